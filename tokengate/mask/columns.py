"""The masker `columns`: masks by the stored column a value comes from.

It stands between the gate, which asks it about every request, result and message, and the lineage of statements. What
it finds out about one depends on the text, the configuration and one version of the catalogue, and is kept for as long
as these stay.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Any

from attrs import field, frozen
from zope.interface import implementer

from tokengate.components import option
from tokengate.convert import names, one_of
from tokengate.errors import ConfigError
from tokengate.interfaces import IMasker
from tokengate.mask import exchange, patterns
from tokengate.mask.effects import Effects
from tokengate.mask.flow import Flow
from tokengate.mask.inference import Inference, inference
from tokengate.mask.messages import shown
from tokengate.mask.patterns import Mode, Rule, Rules, Tokenise, strictest
from tokengate.mask.subjects import MOVING, Knowledge, Subject, Subjects
from tokengate.mask.tokens import Tokens
from tokengate.mask.trust import Trust
from tokengate.mask.unknown import UNKNOWN
from tokengate.mask.veto import Veto
from tokengate.secrets.file import read_private
from tokengate.session.session import Session
from tokengate.session.tools import Tools
from tokengate.sql.facts import SqlFacts
from tokengate.sql.made import Made
from tokengate.store.keyfile import load_or_make
from tokengate.values import (
    ALLOW,
    Action,
    Column,
    ColumnLineage,
    Deny,
    Hash,
    Mask,
    Operand,
    Redact,
    Request,
    RowMask,
    Token,
    Verdict,
)

KEPT = 8192
"""Assessments kept, one a statement's facts and catalogue; beyond that it starts anew. Applications have fewer in
use.
"""

KEY_BYTES = 32
"""Length of a key made here: HMAC-SHA-256 gains nothing from a longer one."""

LEAST_KEY = 16
"""Bytes of a configured key at the least: a shorter one can be found by trying."""

WITHHELD_TEXT = "(a statement of {} characters, withheld: it may hold masked values)"
"""What a recording keeps of a text in which literals can't be told from the rest, or that is too long for that."""

SERVERS_OWN = patterns.rules(
    """
    pg_catalog.pg_statistic.stavalues*: redact
    pg_catalog.pg_statistic_ext_data.stxd*: redact
    pg_catalog.pg_stats.most_common_*: redact, pg_catalog.pg_stats.*histogram*: redact
    pg_catalog.pg_stats_ext.most_common_val*: redact
    pg_catalog.pg_stats_ext_exprs.most_common_*: redact, pg_catalog.pg_stats_ext_exprs.*histogram*: redact
    pg_catalog.pg_largeobject.data: redact, pg_toast.*.*: redact
    pg_catalog.pg_stat_activity.query: redact, *.pg_stat_statements.query: redact
    pg_catalog.pg_prepared_statements.statement: redact, pg_catalog.pg_cursors.statement: redact
    pg_catalog.pg_authid.rolpassword: redact, pg_catalog.pg_shadow.passwd: redact
    pg_catalog.pg_user_mapping.umoptions: redact, pg_catalog.pg_user_mappings.umoptions: redact
    pg_catalog.pg_subscription.subconninfo: redact, pg_catalog.pg_stat_wal_receiver.conninfo: redact
    """
)
"""Columns of the server's own in which it shows samples of stored values, statements with their literals, or
credentials.
"""


UNREAD = Flow(unknown="nothing is known of the statement")


@frozen
class Options:
    """What can be configured."""

    mask: tuple[Rule, ...] = option(
        "which columns and how, as schema.table.column: MODE; * in a part stands for anything; a MODE is redact, null, "
        "hash, partial, partial(PREFIX, SUFFIX), token or token(SPACE)",
        convert=patterns.rules,
    )
    default: Mode = option("the mode for values that can't be traced", default=Redact(), convert=patterns.mode)
    tainted: str = option(
        "results with masked columns: mask them (mask), refuse the statement (refuse), or refuse it only where a "
        "column is computed from them or can't be traced (refuse-computed)",
        default="mask",
        convert=one_of("mask", "refuse-computed", "refuse"),
    )
    inference: Inference = option(
        "what masked columns may choose, join, group and sort rows by: anything (allow), constants and masked columns "
        "(constants), equality with parameters (equality), nothing (deny)",
        default=Inference.CONSTANTS,
        convert=inference,
    )
    key: str = option("file:PATH of the key for hash and token; without it one is made in the state folder", default="")
    clear_for: tuple[str, ...] = option("groups whose members see and do everything", default=(), convert=names)
    trust: tuple[str, ...] = option(
        "user-defined functions that only compute from their arguments, by name as written, * for anything",
        default=(),
        convert=names,
    )


@frozen(eq=False)
class Assessment:
    """What is known of one text. `speaks`: why a message may quote a masked value; `exchanges`: it may hold tokens."""

    subjects: Subjects
    speaks: str
    refusal: Deny | None
    exchanges: bool


@implementer(IMasker)
@frozen(eq=False)
class Columns:
    """One configured section. `key()` gives the hash key, and is asked for it when it is first needed."""

    rules: Rules
    default: Mode
    clear: frozenset[str]
    trust: Trust
    veto: Veto
    key: Callable[[], bytes] = field(repr=False)
    constant = False  # its verdicts change with the catalogue
    _kept: dict[tuple[Any, ...], tuple[int, Assessment]] = field(factory=dict, init=False, repr=False)
    _known: dict[Any, tuple[int, Knowledge]] = field(factory=dict, init=False, repr=False)
    _spaces: dict[str, Tokens] = field(factory=dict, init=False, repr=False)

    def judge(self, request: Request, session: Session) -> Verdict:
        """`Deny` for what would take sensitive values out of reach."""
        if self._sees_all(session):
            return ALLOW
        assessment = self._assess(request.action, session)
        return ALLOW if assessment is None else assessment.refusal or ALLOW

    def plan(self, columns: Sequence[Column], action: Action, session: Session) -> RowMask | None:
        """Masks by origin: the server's word, and where it has none the statement's lineage."""
        if self._sees_all(session):
            return None
        count = len(columns)
        plan = tuple(self._mask(self._mode(action, session, *at, count)) for at in enumerate(columns))
        return plan if any(mask is not None for mask in plan) else None

    def lineage(self, action: Action, session: Session) -> Sequence[ColumnLineage]:
        """See `IMasker`."""
        assessment = self._assess(action, session)
        return () if assessment is None else assessment.subjects.lineage()

    def operands(self, action: Action, session: Session) -> Sequence[Operand]:
        """Where the action's parameters and literals may be tokens of the columns they are compared with or set to."""
        assessment = None if self._sees_all(session) else self._assess(action, session)
        if assessment is None or not assessment.exchanges:
            return ()
        return tuple(exchange.operands(action.text, assessment.subjects, self._tokens))

    def conceal(self, text: str, action: Action | None, session: Session, placed: bool = False) -> str:
        """The text where it can't quote a sensitive value, else what of it can't."""
        if self._sees_all(session) or (action is not None and not self._speaks(action, session)):
            return text
        echoes = action is not None and (placed or not _moves(action))
        return shown(text, action.text if action is not None and echoes else "", _run_by_name(action))

    def record_text(self, text: str, action: Action, session: Session) -> str:
        """The text without literals where it touches sensitive columns, whoever sent it."""
        if not text or not self._speaks(action, session):
            return text
        normalized: str = action.facts.normalized if action.facts is not None else ""
        return normalized or WITHHELD_TEXT.format(len(text))

    def _sees_all(self, session: Session) -> bool:
        return not self.clear.isdisjoint(session.principal.groups)

    def _mode(self, action: Action, session: Session, position: int, column: Column, count: int) -> Mode | None:
        if column.origins is not None:
            return strictest(map(self.rules.mode, column.origins))
        assessment = self._assess(action, session)
        flow = UNREAD if assessment is None else assessment.subjects.column(position, count)
        mode = strictest(map(self.rules.mode, flow.origins))
        computed = self.rules.sensitive(Flow(computed=flow.computed, present=flow.present))
        return strictest((mode, self.default)) if flow.unknown or computed else mode

    def _mask(self, mode: Mode | None) -> Mask | None:
        if isinstance(mode, Tokenise):
            return Token(self._tokens(mode.space))
        return Hash(self.key()) if isinstance(mode, type) else mode

    def _tokens(self, space: str) -> Tokens:
        if space not in self._spaces:
            self._spaces[space] = Tokens(self.key(), space)
        return self._spaces[space]

    def _speaks(self, action: Action, session: Session) -> str:
        assessment = self._assess(action, session)
        return "nothing is known of the statement" if assessment is None else assessment.speaks

    def _assess(self, action: Action, session: Session) -> Assessment | None:
        facts = action.facts
        if facts is None or facts.error:
            return None
        catalogue = UNKNOWN if session.catalogue is None else session.catalogue
        version = catalogue.version
        made = session.unsettled.made
        key = (facts, catalogue, made)
        kept = self._kept.get(key)
        if kept is None or kept[0] != version:
            if len(self._kept) >= KEPT:
                self._kept.clear()
            kept = self._kept[key] = version, self._assessed(facts, catalogue, version, made)
        return kept[1]

    def _assessed(self, facts: SqlFacts, catalogue: Any, version: int, made: Made) -> Assessment:
        known = self._known.get(catalogue)
        if known is None or known[0] != version:
            knowledge = Knowledge(self.rules, catalogue, Effects(self.trust, catalogue))
            known = self._known[catalogue] = version, knowledge
        subjects = Subjects(tuple(map(Subject, facts.statements, known[1].through(facts.statements, made))))
        return Assessment(subjects, subjects.speaks(), self.veto.refusal(subjects), exchange.possible(subjects))


def configure(options: Options, tools: Tools) -> Columns:
    """The component. Raises `ConfigError` when a configured key can't be used."""
    kept: list[bytes] = []

    def key() -> bytes:
        if not kept:
            kept.append(_key(options.key, tools))
        return kept[0]

    if options.key:
        key()
    return Columns(
        rules=Rules(options.mask + SERVERS_OWN),
        default=options.default,
        clear=frozenset(options.clear_for),
        trust=Trust(options.trust),
        veto=Veto(tools.section, options.inference, options.tainted),
        key=key,
    )


def _moves(action: Action) -> bool:
    """Whether an action may look at values: a message about what it did may then quote one."""
    facts = action.facts
    return facts is None or bool(facts.error) or any(one.kind in MOVING or one.functions for one in facts.statements)


def _run_by_name(action: Action | None) -> set[str | None]:
    """The cursors and prepared statements that an action names: that there is none of that name tells no value, unless
    code may say it.
    """
    statements = () if action is None or action.facts is None else action.facts.statements
    calls = any(one.functions or one.operators or one.dynamic for one in statements)
    return set() if calls else {one.cursor for one in statements}


def _key(reference: str, tools: Tools) -> bytes:
    if not reference:
        return load_or_make(tools.state / f"mask-{tools.section}.key", lambda: secrets.token_bytes(KEY_BYTES))
    scheme, _, path = reference.partition(":")
    if scheme != "file":
        raise ConfigError(f"key = {reference} is no file; write file:PATH")
    try:
        found = read_private(tools.path(path)).encode()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the key for hash can't be used: {error}") from error
    if len(found) < LEAST_KEY:
        raise ConfigError(f"the key for hash in {path} is shorter than {LEAST_KEY} bytes")
    return found
