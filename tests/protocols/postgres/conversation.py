"""A gate between two scripted ends, for tests that read like sequence diagrams.

`Conversation` plays the driver: it carries out steps, answers questions by a policy function, and keeps what each
side got.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from twisted.internet.defer import Deferred, ensureDeferred, succeed
from twisted.python.failure import Failure

from tokengate.mask.tokens import Tokens
from tokengate.protocols.postgres.gate import Gate
from tokengate.protocols.postgres.namespace import Namespace
from tokengate.session.pipeline import Policy
from tokengate.session.session import Session
from tokengate.sql.bodies import Done
from tokengate.sql.facts import NO_CODE, Code, CopyFacts, Name, SqlFacts, Statement
from tokengate.testing import principal
from tokengate.values import (
    ALLOW,
    Action,
    Ask,
    Await,
    Close,
    Column,
    Deny,
    Event,
    Hold,
    Operand,
    Origin,
    Record,
    Redact,
    Request,
    RowMask,
    Send,
    Side,
    Step,
    Ticket,
    Verdict,
)

SECRET = Origin("app", "customers", "email")

TOKENS = Tokens(b"a key for tests", "email")
REAL = "o'hara@example.com"
TOKEN = TOKENS.text(REAL) or ""


def statement(kind: str, **facts: Any) -> Statement:
    """A Statement with the category its kind suggests."""
    return Statement(kind=kind, categories=frozenset({"read" if kind == "select" else kind}), **facts)


def action(text: str, *statements: Statement, **facts: Any) -> Action:
    """An Action over these statements."""
    categories = frozenset().union(*(s.categories for s in statements)) if statements else frozenset()
    return Action("postgres", "query", text, categories, (), SqlFacts(statements, normalized=text, **facts))


CUSTOMERS = frozenset({Name(None, "customers")})


def copying(direction: str, endpoint: str, relation: str) -> Statement:
    """A COPY statement of a whole relation in text format."""
    return statement("copy", copy=CopyFacts(direction, endpoint, Name(None, relation), (), None, "text"))


ACTIONS = {
    known.text: known
    for known in [
        action("select 1", statement("select")),
        action("select 2", statement("select")),
        action("select email from customers", statement("select", reads=CUSTOMERS)),
        action("select 1; select email from customers", statement("select"), statement("select")),
        action("drop table customers", statement("drop")),
        action("update orders set a = 1", statement("update")),
        action("selec", error='syntax error at or near "selec"', error_position=1),
        action(
            "declare c cursor for select email from customers",
            statement("declare_cursor", cursor="c", reads=CUSTOMERS),
        ),
        action("fetch c", statement("fetch", cursor="c")),
        action("prepare p as select email from customers", statement("prepare", cursor="p", reads=CUSTOMERS)),
        action("execute p", statement("execute", cursor="p")),
        action("deallocate p", statement("deallocate", cursor="p")),
        action("select f()", statement("select", functions=frozenset({Name(None, "f")}))),
        action("select 'a\\b'", statement("select"), backslash_literal=True),
        action("copy customers to stdout", copying("to", "client", "customers")),
        action("begin", statement("transaction")),
        action("commit", statement("transaction")),
        action("create table fresh ()", Statement("create", frozenset({"ddl", "create"}))),
        action("create table fresh (); commit; begin", Statement("create", frozenset({"ddl", "create"}))),
        action("find $1", statement("select")),
        action("find any $1", statement("select")),
        action(f"find '{TOKEN}' and 'x'", statement("select")),
        action("copy orders from stdin", copying("from", "client", "orders")),
    ]
}


class ScriptedPipeline:
    """The pipeline's face to the gate, with masking by the SECRET origin."""

    def __init__(self, masks: bool, judge: Callable[[Request], Verdict]) -> None:
        self.masks = masks
        self.judge = judge
        self.policy = Policy((), ())
        self.session = Session("orders", "postgres", principal(), "192.0.2.1:1")
        self.planned: list[tuple[list[str], Action]] = []

    def renew(self) -> None:
        """Its policy stays."""

    def plan(self, columns: Sequence[Column], action: Action) -> RowMask | None:
        self.planned.append(([column.name for column in columns], action))
        plan = tuple(Redact() if c.origins is None or SECRET in c.origins else None for c in columns)
        return plan if any(plan) else None

    def operands(self, action: Action) -> list[Operand]:
        """ "find" texts look their first argument up, literal or parameter; "find any" in an array."""
        if not action.text.startswith("find "):
            return []
        start = action.text.find("'")
        if start >= 0:
            return [Operand(TOKENS, "text", start=start, end=action.text.index("'", start + 1) + 1)]
        return [Operand(TOKENS, "text", number=1, any="any" in action.text)]

    def conceal(self, text: str, action: Action | None, placed: bool = False) -> str:
        return text.replace("alice@example.com", "") if self.masks else text


class ScriptedCatalogue:
    """Table 100 is app.customers(id, email, secret generated)."""

    def __init__(self) -> None:
        self.version = 1
        self.tables = {100}
        self.refreshed = 0
        self.expired = 0
        self.slow: Deferred[None] | None = None  # what refreshes wait for
        self.doubted = False

    def expire(self) -> None:
        self.expired += 1

    def doubt(self, who: Any) -> None:
        self.doubted = True

    def deeds(self, statement: Statement) -> Done:
        """No code can be read."""
        return Done(unread=True)

    def relieve(self, who: Any) -> None:
        """Nobody has changed anything."""

    def settle(self, who: Any) -> None:
        self.doubted = False

    behind_any: frozenset[Name] = frozenset()

    def telling(self, types: Iterable[int]) -> frozenset[Name]:
        """16500 is a domain that calls a function."""
        return frozenset({Name("app", "told") for oid in types if oid == 16500})

    def behind_type(self, name: Name) -> Code:
        return Code(checks=frozenset({Name("app", "tell")})) if name.name == "told" else NO_CODE

    def behind_writing(self, schema: str | None, relation: str, kinds: Collection[str] = ()) -> frozenset[Name]:
        return frozenset()

    def behind_reading(self, schema: str | None, relation: str) -> Code:
        return NO_CODE

    def is_builtin(self, function: str) -> bool:
        return False

    def may_define(self, function: str) -> bool:
        return False

    def is_builtin_operator(self, operator: str) -> bool:
        return False

    def functions(self, name: str) -> tuple[Any, ...]:
        return ()

    def is_volatile(self, function: str) -> bool:
        return False

    def reads_code(self, schema: str | None, relation: str) -> bool:
        return False

    def knows(self, table: int) -> bool:
        return table in self.tables

    def origins(self, table: int, attnum: int) -> frozenset[Origin] | None:
        if table != 100 and table not in self.tables:
            return None
        return frozenset({SECRET}) if attnum == 2 else frozenset({Origin("app", "customers", "id")})

    def type_name(self, oid: int) -> str:
        return "text"

    def expand(self, schema: str | None, relation: str) -> frozenset[Origin] | None:
        return frozenset({SECRET})

    def generated(self, table: int, attnum: int) -> bool:
        return attnum == 3

    def refresh(self, *, changed: bool = False) -> Deferred[None]:
        self.refreshed += 1
        self.expired += changed
        return succeed(None) if self.slow is None else self.slow


class Conversation:
    """See the module. `verdicts` decides a request; `held` collects requests that wait for `release`."""

    def __init__(
        self,
        *,
        masks: bool = False,
        verdicts: Callable[[Request], Verdict] | None = None,
        max_statement: int = 1 << 20,
        read_only: bool = False,
    ) -> None:
        self.verdicts = verdicts or by_kind
        self.pipeline = ScriptedPipeline(masks, self.verdicts)
        self.catalogue = ScriptedCatalogue()
        self.requests: list[Request] = []
        self.events: list[Event] = []
        self.got: dict[Side, bytearray] = {Side.CLIENT: bytearray(), Side.UPSTREAM: bytearray()}
        self.closed: Close | None = None
        self.held: Request | None = None
        self.failures: list[Failure] = []
        pipeline: Any = self.pipeline
        self.namespace = Namespace(pipeline, self.catalogue, "app")
        self.gate = Gate(
            pipeline,
            lambda raw: ACTIONS[raw.decode()],
            self.catalogue,
            self.namespace,
            max_statement,
            read_only=read_only,
        )

    def _carry_out(self, steps: list[Step]) -> None:
        for step in steps:
            match step:
                case Send(side, data):
                    self.got[side] += data
                case Ask(request):
                    self._decide(request)
                case Record(event):
                    self.events.append(event)
                case Await(_, work):
                    waiting: Deferred[None] = ensureDeferred(work())
                    waiting.addCallback(lambda _: self._carry_out(self.gate.resume()))
                    waiting.addErrback(self.failures.append)
                case Close():
                    self.closed = step

    def _decide(self, request: Request) -> None:
        self.requests.append(request)
        verdict = request.refusal or self.verdicts(request)
        if isinstance(verdict, Hold) and request.stage == "run":
            self.held = request
            self._carry_out(self.gate.hold(Ticket("T1", verdict.why)))
        else:
            self._carry_out(self.gate.answer(verdict))

    def release(self, verdict: Verdict = ALLOW) -> bytes:
        """Answer the hold; what the upstream got."""
        self.held = None
        return self._taking(Side.UPSTREAM, lambda: self._carry_out(self.gate.answer(verdict)))

    def _taking(self, side: Side, work: Callable[[], None]) -> bytes:
        self.got[side].clear()
        work()
        return bytes(self.got[side])

    def client(self, *messages: bytes) -> bytes:
        """The client sends; what the upstream got."""
        return self._taking(Side.UPSTREAM, lambda: self._carry_out(self.gate.feed(Side.CLIENT, b"".join(messages))))

    def upstream(self, *messages: bytes) -> bytes:
        """The upstream sends; what the client got."""
        return self._taking(Side.CLIENT, lambda: self._carry_out(self.gate.feed(Side.UPSTREAM, b"".join(messages))))


def by_kind(request: Request) -> Verdict:
    """Deny DROP, hold UPDATE, allow the rest."""
    if "drop" in request.action.categories:
        return Deny("DROP is not allowed", "no-ddl: drop", "Ask for a migration.")
    if "update" in request.action.categories:
        return Hold("an update", "two-person", 60.0)
    return ALLOW
