"""What is refused on a route that masks columns: whatever would let a sensitive value out of the masks' reach.

A masked value is recognised by the stored column it comes from. So no statement may copy one into another column, hand
it to something that keeps it, or change what a column is called or a view shows; nor bring code along that could. ADR 4
has the reasons.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from tokengate.mask.functions import Effect, runs_text
from tokengate.mask.proof import Subject, Subjects
from tokengate.sql.facts import Name
from tokengate.values import Deny

FOLLOWED = frozenset(
    {"select", "insert", "update", "delete", "merge", "copy", "explain", "declare_cursor", "prepare", "execute",
     "fetch", "call", "create_table_as"}
)  # fmt: skip
"""Kinds that may move values, as far as they write or call anything."""

DEFINING = frozenset(
    {"create", "view", "create_domain", "alter_domain", "composite_type", "create_schema", "create_seq", "alter_seq"}
)
"""Kinds that define something which may move values when it is used."""

ALTERING = frozenset({"alter_table", "rename", "alter_object_schema"})
"""Kinds that change what a name means."""

HARMLESS = frozenset(
    {"transaction", "constraints_set", "variable_set", "variable_show", "discard", "deallocate", "close", "listen",
     "unlisten", "notify", "lock", "truncate", "vacuum", "reindex", "cluster", "check_point", "refresh_mat_view",
     "index", "create_stats", "alter_stats", "drop", "drop_owned", "reassign_owned", "alter_owner",
     "alter_object_depends", "comment", "sec_label", "grant", "grant_role", "alter_default_privileges", "create_role",
     "alter_role", "alter_role_set", "drop_role", "create_enum", "alter_enum", "create_database", "alter_database",
     "alter_database_set", "alter_database_refresh_coll", "drop_database"}
)  # fmt: skip
"""Kinds that move no values, whatever they name."""

CODE = frozenset({"code", "remote"})
"""Categories of statements that define code or reach another server."""

HINT = "Use a route or a token that may see these columns unmasked."
TRUST_HINT = "If the function only computes from its arguments, the masker's option `trust` may name it."


@frozen(eq=False)
class Veto:
    """One masker's refusals. `name`: its section's."""

    name: str

    def refusal(self, text: Subjects) -> Deny | None:
        """The first refusal of a text's statements."""
        return next((deny for subject in text.subjects for deny in self._refusals(subject, text)), None)

    def _refusals(self, subject: Subject, text: Subjects) -> Iterator[Deny]:
        statement = subject.statement
        kind = statement.kind
        if kind not in FOLLOWED | DEFINING | ALTERING | HARMLESS or statement.categories & CODE:
            yield self._deny("code", f"{kind.replace('_', ' ')} may bring code along that masks can't follow")
        if statement.copy is not None and statement.copy.endpoint != "client":
            yield self._deny("files", "masks don't reach the server's files and programs")
        yield from self._calls(subject)
        if kind in ALTERING:
            yield from self._alters(subject)
        runs = kind != "explain" or statement.explain_analyze
        if kind not in HARMLESS and runs and (statement.writes or statement.defines):
            yield from self._copies(subject, text)

    def _calls(self, subject: Subject) -> Iterator[Deny]:
        for function in sorted(subject.statement.functions, key=str):
            if runs_text(function.name):
                yield self._deny("code", f"{function} may run a text as SQL that masks can't follow")
        called = subject.calls(Effect.KEEPS, Effect.REACHES)
        carried = called and subject.carries(subject.everything)
        if carried:
            yield self._deny("feeds", f"masked values may reach code: {called}, and {carried}", TRUST_HINT)
        for call, contents in subject.row_calls(subject.everything):
            if (contents is None or contents.sensitive) and subject.effect(Name(None, call)) is not Effect.COMPUTES:
                yield self._deny(
                    "feeds", f"masked values may reach code: {call} is no known column, so maybe a function"
                )
        if called and subject.statement.kind in DEFINING | ALTERING:
            yield self._deny("code", f"code may not be put where it runs later: {called}", TRUST_HINT)

    def _alters(self, subject: Subject) -> Iterator[Deny]:
        statement = subject.statement
        names = statement.reads | statement.writes | statement.defines
        if not names:  # a schema with all that is in it, a function, a type
            yield self._deny("alters", "only tables and their columns may be renamed or moved")
        for name in sorted(names, key=str):
            contents = subject.relations.contents(name)
            if contents is not None and contents.sensitive:
                yield self._deny("alters", f"{name} has masked columns: it may not be altered")
            if contents is None and statement.kind != "alter_table":
                yield self._deny("alters", f"{name} is nothing the gateway knows yet: it may not be renamed or moved")

    def _copies(self, subject: Subject, text: Subjects) -> Iterator[Deny]:
        statement = subject.statement
        called = subject.calls(Effect.REACHES)
        if called:
            yield self._deny("copies", f"a masked value may be copied: {called}", TRUST_HINT)
        mentioned = subject.everything if statement.kind in DEFINING else subject.stored
        carried = subject.carries(mentioned) if mentioned or statement.stored is None else ""  # constants alone
        if carried and not _stays_hidden(subject):
            yield self._deny("copies", f"a masked value may be copied: {carried}")
        if statement.cursor is not None and statement.kind != "prepare":  # CREATE TABLE … AS EXECUTE
            shown = text.shows()
            if shown:
                yield self._deny("copies", f"a masked value may be copied: {shown}")

    def _deny(self, rule: str, reason: str, hint: str = HINT) -> Deny:
        return Deny(reason, f"{self.name}: {rule}", hint)


def _stays_hidden(subject: Subject) -> bool:
    """Whether all that is written are columns of one table that are shown to nobody at all, not even in part."""
    statement = subject.statement
    if statement.defines or len(statement.writes) != 1 or not statement.written_columns:
        return False
    (target,) = statement.writes
    contents = subject.relations.contents(target)
    return contents is not None and statement.written_columns <= contents.hidden
