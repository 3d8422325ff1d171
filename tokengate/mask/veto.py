"""What is refused on a route that masks columns: whatever would let a sensitive value out of the masks' reach.

A masked value is recognised by the stored column it comes from. So no statement may copy one into another column, hand
it to something that keeps it, or change what a column is called or a view shows; nor bring code along that could. ADR 4
has the reasons.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from tokengate.mask.flow import Flow
from tokengate.mask.functions import runs_text
from tokengate.mask.inference import Inference
from tokengate.mask.lineage import Stored
from tokengate.mask.subjects import Subject, Subjects
from tokengate.sql.facts import Name
from tokengate.values import Deny, Null, Redact

FOLLOWED = frozenset(
    {"select", "insert", "update", "delete", "merge", "copy", "explain", "declare_cursor", "prepare", "execute",
     "fetch", "call", "create_table_as"}
)  # fmt: skip
"""Kinds that may move values, as far as they write or call anything."""

DEFINING = frozenset(
    {"create", "view", "create_domain", "alter_domain", "composite_type", "create_schema", "create_seq", "alter_seq"}
)
"""Kinds that define something which may move values when it is used."""

ALTERING = frozenset({"alter_table", "rename", "rename_type", "alter_object_schema"})
"""Kinds that change what a name means."""

HARMLESS = frozenset(
    {"transaction", "constraints_set", "variable_set", "variable_show", "discard", "deallocate", "close", "listen",
     "unlisten", "notify", "lock", "truncate", "vacuum", "reindex", "cluster", "check_point", "refresh_mat_view",
     "index", "create_stats", "alter_stats", "rename_apart", "drop", "drop_owned", "reassign_owned", "alter_owner",
     "alter_object_depends", "comment", "sec_label", "grant", "grant_role", "alter_default_privileges", "create_role",
     "alter_role", "alter_role_set", "drop_role", "create_enum", "alter_enum", "create_database", "alter_database",
     "alter_database_set", "alter_database_refresh_coll", "drop_database"}
)  # fmt: skip
"""Kinds that move no values, whatever they name."""

COMPUTING = frozenset({"index", "create_stats"})
"""Kinds that compute with every row of the relation that they name."""

CODE = frozenset({"code", "remote"})
"""Categories of statements that define code or reach another server."""

HINT = "Use a route or a token that may see these columns unmasked."
COPY_HINT = "What it is copied to may be masked as well."
TRUST_HINT = "If the function only computes from its arguments, the masker's option `trust` may name it."


@frozen(eq=False)
class Veto:
    """One masker's refusals. `name`: its section's; `inference`: what statements may choose rows by; `tainted`: whether
    a result may have masked columns ("mask"), only plain ones ("refuse-computed"), or none ("refuse").
    """

    name: str
    inference: Inference = Inference.CONSTANTS
    tainted: str = "mask"

    def refusal(self, text: Subjects) -> Deny | None:
        """The first refusal of a text's statements."""
        return next((deny for subject in text.subjects for deny in self._refusals(subject, text)), None)

    def _refusals(self, subject: Subject, text: Subjects) -> Iterator[Deny]:
        statement = subject.statement
        kind = statement.kind
        if statement.inside and (learned := subject.learns()):
            yield self._deny("code", f"a block may keep masked values: {learned}")
        seen = kind == "do" and not statement.dynamic
        if not seen and (kind not in FOLLOWED | DEFINING | ALTERING | HARMLESS or statement.categories & CODE):
            yield self._deny("code", f"{kind.replace('_', ' ')} may bring code along that masks can't follow")
        if statement.copy is not None and statement.copy.endpoint != "client":
            yield self._deny("files", "masks don't reach the server's files and programs")
        yield from self._calls(subject)
        if kind in ALTERING:
            yield from self._alters(subject)
        elif len(statement.inherits) > 1:
            yield from self._mingles(subject)
        if kind != "explain" or statement.explain_analyze:
            yield from self._copies(subject, text)
            yield from self._sets_off(subject)
        yield from self._chooses(subject)
        if self.tainted != "mask":
            yield from self._shows(subject, text)

    def _calls(self, subject: Subject) -> Iterator[Deny]:
        for function in sorted(subject.statement.functions, key=str):
            if runs_text(function.name):
                yield self._deny("code", f"{function} may run a text as SQL that masks can't follow")
        for fed in sorted(subject.lineage.fed, key=lambda one: str(one.function)):
            carried = subject.known.why(fed.flow)
            if carried:
                reason = f"masked values may reach {fed.function} ({fed.effect.value}): {carried}"
                yield self._deny("feeds", reason, TRUST_HINT)
        if subject.statement.kind in DEFINING | ALTERING | HARMLESS:
            yield from self._keeps_code(subject)

    def _keeps_code(self, subject: Subject) -> Iterator[Deny]:
        """What is defined may run later, an index on every row at once."""
        called = subject.calls()
        if called and subject.statement.kind in DEFINING | ALTERING:
            yield self._deny("code", f"code may not be put where it runs later: {called}", TRUST_HINT)
        if subject.statement.kind in COMPUTING:
            called = called or subject.casts()
        for name in subject.named() if called else ():
            if subject.known.holds_sensitive(name) is not False:
                yield self._deny("feeds", f"masked values of {name} may reach code: {called}", TRUST_HINT)

    def _alters(self, subject: Subject) -> Iterator[Deny]:
        statement = subject.statement
        if statement.kind == "rename_type":
            if told := subject.casts():
                yield self._deny("alters", f"the type may not be renamed or moved: {told}", TRUST_HINT)
            return
        only_referred = statement.references - statement.defines - statement.writes - statement.inherits
        names = [name for name in subject.named() if name not in only_referred]
        if not names:  # a schema with all that is in it, a function, a language
            yield self._deny("alters", "no schema may be renamed, and no code be moved")
        for name in names:
            sensitive = subject.known.holds_sensitive(name)
            if sensitive and (why := self._changes(subject, name)):
                yield self._deny("alters", f"{name} has masked columns: {why}")
            index = subject.known.catalogue.is_index(name.schema, name.name)
            if sensitive is None and not index and (statement.kind != "alter_table" or statement.inherits):
                reason = "it may not be renamed, moved or attached"
                yield self._deny("alters", f"{name} is nothing the gateway knows yet: {reason}")

    @staticmethod
    def _changes(subject: Subject, name: Name) -> str:
        """Why an ALTER TABLE on what has masked columns might show them; "" when it can't."""
        statement = subject.statement
        if not statement.plain:
            return "it may not be altered so"
        if told := subject.casts():
            return f"they may reach code: {told}"
        keyed = sorted(column for column in statement.keyed if subject.known.may_be_sensitive(name, column))
        return f"whether all of {keyed[0]} is somewhere else would tell what is in it" if keyed else ""

    def _mingles(self, subject: Subject) -> Iterator[Deny]:
        """A child of several tables shows what is written to it through one in the others' columns of the same name."""
        for name in sorted(subject.statement.inherits, key=str):
            if subject.known.holds_sensitive(name) is not False:
                yield self._deny("copies", f"{name} may have masked columns: a child would show them through others")

    def _copies(self, subject: Subject, text: Subjects) -> Iterator[Deny]:
        for stored in sorted(subject.lineage.stored, key=str):
            carried = subject.known.why(stored.flow)
            if carried and not _stays_masked(subject, stored):
                hint = TRUST_HINT if stored.flow.unknown else HINT
                yield self._deny("copies", f"a masked value may be copied: {carried}", hint)
        for name, column in sorted(subject.statement.follows, key=str):
            if subject.known.may_be_sensitive(name, column):
                reason = f"a foreign key would copy {name}.{column or '(its primary key)'}, which is masked, on update"
                yield self._deny("copies", reason)
        statement = subject.statement
        if statement.defines and statement.cursor is not None:  # CREATE TABLE … AS EXECUTE
            shown = text.unresolved() or next(filter(None, (_shown(one) for one in text.subjects)), "")
            if shown:
                yield self._deny("copies", f"a masked value may be copied: {shown}")

    def _sets_off(self, subject: Subject) -> Iterator[Deny]:
        """What rules and triggers on what it writes copy of tables that they name. What they make of the row at hand is
        their author's to answer for.
        """
        for deed in sorted(subject.fired(), key=lambda one: sorted(map(str, one.statement.writes))):
            for stored in sorted(deed.lineage.stored, key=str):
                sensitive = deed.known.rules.sensitive(stored.flow)
                if sensitive and not _stays_masked(deed, stored):
                    target = f"{stored.target}.{stored.column}" if stored.column else stored.target
                    reason = f"a rule or trigger would copy {min(map(str, sensitive))}, which is masked, to {target}"
                    yield self._deny("copies", reason, COPY_HINT)

    def _chooses(self, subject: Subject) -> Iterator[Deny]:
        known, lineage = subject.known, subject.lineage
        if known.rules.sensitive(lineage.limits):
            yield self._deny("counts", f"the number of rows would tell a masked value: {known.why(lineage.limits)}")
        for chosen in sorted(lineage.chosen, key=lambda one: (one.clause, str(sorted(map(str, one.flow.origins))))):
            reason = self.inference.refuses(chosen, known.rules)
            if reason:
                yield self._deny("inference", f"{chosen.clause}: {reason}")

    def _shows(self, subject: Subject, text: Subjects) -> Iterator[Deny]:
        if unresolved := text.unresolved():
            yield self._deny("tainted", unresolved)
        flows = [flow for _, flow in subject.lineage.outputs.columns]
        if subject.lineage.outputs.rest is not None:
            flows.append(subject.lineage.outputs.rest)
        for flow in flows:
            why = subject.known.why(flow)
            plain = not flow.unknown and not subject.known.rules.sensitive(Flow(computed=flow.computed))
            if why and (self.tainted == "refuse" or not plain):
                yield self._deny("tainted", f"a column of the result may hold a masked value: {why}")

    def _deny(self, rule: str, reason: str, hint: str = HINT) -> Deny:
        return Deny(reason, f"{self.name}: {rule}", hint)


def _shown(subject: Subject) -> str:
    """Why a statement's result may hold a sensitive value."""
    return subject.known.why(subject.lineage.outputs.loose())


def _stays_masked(subject: Subject, stored: Stored) -> bool:
    """Whether what is written stays as hidden as it is: in a column that nobody is shown even in part, or, unchanged,
    in one that is masked as strictly.
    """
    if stored.creates or stored.target is None or stored.column is None:
        return False
    target = subject.known.column_mode(stored.target, stored.column)
    if isinstance(target, Null | Redact):
        return True
    if target is None or stored.flow.computed or stored.flow.unknown:
        return False
    modes = [subject.known.rules.mode(origin) for origin in stored.flow.exact]
    return all(mode is None or mode == target for mode in modes)
