"""Every public interface of tokengate. A plugin needs this module, `values`, `errors` and `components`.

Snake-case methods are tokengate's own; nothing here imports an implementation or a reactor. "Awaitable" means
anything a coroutine can await under Twisted (a coroutine or a Deferred).
"""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Sequence
from typing import TYPE_CHECKING, Any

from zope.interface import Attribute, Interface

if TYPE_CHECKING:
    from OpenSSL import SSL

    from tokengate.session.session import Session
    from tokengate.session.tools import Tools
    from tokengate.sql.bodies import Done
    from tokengate.sql.facts import Code, Name, Statement
    from tokengate.store.records import (
        Approver,
        Binding,
        ClosedState,
        HeldAction,
        HoldLimits,
        Revocation,
        Revocations,
    )
    from tokengate.values import (
        Action,
        Column,
        ColumnLineage,
        ConnectionContext,
        Deny,
        EndReason,
        Event,
        Hold,
        Operand,
        Origin,
        Principal,
        Request,
        RowMask,
        Side,
        Step,
        Ticket,
        Verdict,
    )


class IStream(Interface):
    """One byte stream to a peer: a TCP or unix socket, with or without TLS. Implemented by `edge.stream.Stream`.

    It starts in pull mode (`read_exactly`, for start-up dialogues: never takes more from the socket than asked
    for) and goes to push mode with `attach`, for good.
    """

    peer = Attribute("'host:port' of the other end (after PROXY protocol), or 'unix:'")
    tls = Attribute("the pyOpenSSL Connection once TLS is up, else None")

    def read_exactly(count: int) -> Awaitable[bytes]:
        """Await `count` bytes. Raises `ConnectionLost` (twisted.internet.error) when the peer ends first."""

    def peek(count: int) -> Awaitable[bytes]:
        """Await up to `count` (at least 1) bytes that are read again later. Only before TLS."""

    def pending() -> bool:
        """Whether bytes are already waiting in the socket, unread: what a client sent too early."""

    def start_tls(context: SSL.Context, server_side: bool, hostname: str | None = None) -> Awaitable[None]:
        """Await the TLS handshake over pyOpenSSL. `hostname` is sent as SNI on the client side."""

    def write(data: bytes) -> None:
        """Send at once if nothing is queued, queue the rest. Never blocks, never raises on a lost peer."""

    queued = Attribute("bytes written and not yet taken by the kernel")

    def attach(receiver: Any) -> None:
        """Go to push mode: `receiver` is an `IReceiver`."""

    def pause(reason: str) -> None:
        """Stop reading for a named reason; reading goes on when no reason is left."""

    def resume(reason: str) -> None:
        """Withdraw a reason to pause."""

    def close() -> None:
        """Close once everything queued has gone out, or after `LINGER` seconds."""

    def abort() -> None:
        """Close now, dropping what is queued."""


class IReceiver(Interface):
    """Who gets an attached stream's events."""

    def received(data: bytes) -> None:
        """`data`: bytes, at least one."""

    def lost(reason: Any) -> None:
        """The stream is gone, both ways; called once. `reason`: a twisted Failure."""

    def congested() -> None:
        """More than `edge.stream.HIGH_WATER` bytes are queued for the peer."""

    def drained() -> None:
        """Fewer than `edge.stream.LOW_WATER` bytes are queued again."""


class IProtocol(Interface):
    """A protocol plugin's configured form, one a route.

    Its options class may have `ENCRYPTS = True`: the protocol needs no TLS, and its routes take no keys about it.
    """

    def serve(stream: Any, route: Any) -> Awaitable[None]:
        """Await one client connection's whole life on `route` (an `IRoute`), from its first byte.

        Raises nothing: every failure is answered in the protocol's own form and recorded.
        """

    def explain(route: Any, principal: Principal, text: str) -> Awaitable[dict[str, Any]]:
        """Await what would happen to `text`, sent by `principal` on `route`, as `session.explain.explained` has it.
        Nothing is carried out. Raises `UpstreamError`."""

    def start(route: Any) -> None:
        """Called when the service starts (the reactor runs, privileges are dropped), before any connection: start
        pools, catalogues. Called again when the route's policy has been reloaded.
        """

    def stop() -> Awaitable[None]:
        """Await the end of what `start` began."""


class IGate(Interface):
    """A protocol's pure state machine between the two sides of a session. Imports nothing of Twisted.

    Every method returns a list of `values.Step`s, to be carried out in order. After an `Ask` or an `Await` the
    gate keeps what it has not looked at; that side is not fed again before `answer` or `resume`.
    """

    def feed(side: Side, data: bytes) -> list[Step]:
        """Bytes came from `side` (`values.Side`). Raises `ProtocolError` on bytes that can't be allowed."""

    def answer(verdict: Verdict) -> list[Step]:
        """The verdict on the last `Ask`: `Allow` or `Deny`."""

    def hold(ticket: Ticket) -> list[Step]:
        """The last `Ask` waits for a person: tell the client of `ticket` (`values.Ticket`); `answer` follows later."""

    def resume() -> list[Step]:
        """The last `Await`'s work is done."""

    def finish(reason: EndReason, message: str) -> list[Step]:
        """The gateway ends the session (`values.EndReason`): say so to the client in the protocol's form, tell the
        upstream.
        """

    def ended(side: Side) -> list[Step]:
        """`side` closed its stream: whatever the protocol still owes the other one."""

    idle = Attribute("True when no request is under way: a graceful stop may end the session here")


class ITokenVerifier(Interface):
    """Turns a credential into a Principal.

    One whose issuer logs people in by a link has an attribute `device`: an `IDeviceFlow`, or None.
    """

    def verify(credential: bytes, context: ConnectionContext) -> Awaitable[Principal]:
        """Await a `values.Principal`. `credential`: bytes as presented; `context`: `values.ConnectionContext`.

        A credential that is no secret (a certificate) is accepted only where `context.proven_key` is the key that it is
        about. Raises `TokenRejected` (not acceptable), `VerifierUnavailable` (can't decide: the caller refuses).
        """

    def assume(claims: dict[str, Any]) -> Principal:
        """The `values.Principal` that a token with these claims would give, for `tokengate explain`: nothing is
        verified. Claims that only make a token acceptable (issuer, audience, times) may be left out.

        Raises `TokenRejected` where the claims themselves are not acceptable."""

    def recognises(credential: bytes) -> bool:
        """Whether this credential is of the kind this verifier decides, by its form (and unverified issuer)
        alone: a route asks its verifiers in order and the first that recognises it decides alone."""

    def start() -> None:
        """Called when the service starts: fetch keys, begin refreshing."""

    def stop() -> Awaitable[None]:
        """Await the end of what `start` began."""


class IDeviceFlow(Interface):
    """How people get a token of an issuer's on the spot, by a link that they approve in a browser (RFC 8628)."""

    def begin(source: str) -> Awaitable[Any]:
        """Await an `IDeviceLogin` for `source` ("host:port" or "unix:"). Asks the issuer: call it only for somebody who
        is about to see the link. Raises `VerifierUnavailable`; `TokenRejected` ("limit") when too many wait."""


class IDeviceLogin(Interface):
    """One person's login by link. Whoever began it calls `close` in the end, whatever happened."""

    link = Attribute("what to open: a URL of printable ASCII")
    code = Attribute("what the page shows, or asks for, to tell this login from others: printable ASCII")
    seconds = Attribute("for how long it can be approved")

    def token() -> Awaitable[bytes]:
        """Await the issuer's token, to be verified as any other. Raises `TokenRejected` ("denied", "expired"),
        `VerifierUnavailable`. Cancelling it asks the issuer no more."""

    def close() -> None:
        """It waits no longer."""


class IEnforcer(Interface):
    """A policy: judges every request, synchronously, on the hot path.

    A raising enforcer ends the session. `constant` False asks to be called every time; True promises that the
    verdict depends on the action's facts, categories and accesses and on the principal alone (not on its text), so
    that it may be cached for the session. One that asks `session.catalogue` has a true attribute `asks_catalogue`: then
    sessions wait until something is known.
    """

    constant = Attribute("bool, see above")

    def judge(request: Request, session: Session) -> Verdict:
        """A `values.Verdict`. `request`: `values.Request`; `session`: `session.session.Session`."""


class IMasker(Interface):
    """Decides what of a result is masked. Raising ends the session."""

    def judge(request: Request, session: Session) -> Verdict:
        """`Deny` for an action whose result or effect this masker could not mask (a copy of a masked column into
        another table, a rename), else `Allow`. Synchronous, constant as an enforcer's."""

    def plan(columns: Sequence[Column], action: Action, session: Session) -> RowMask | None:
        """The `values.RowMask` for a result of these `values.Column`s, or None: rows pass untouched."""

    def lineage(action: Action, session: Session) -> Sequence[ColumnLineage]:
        """What the columns of the action's result descend from (`values.ColumnLineage`), for `tokengate explain` and
        shadow mode. Empty where this masker doesn't ask, or nothing is known."""

    def operands(action: Action, session: Session) -> Sequence[Operand]:
        """Where the action may hold tokens of this masker's (`values.Operand`), which the protocol turns back."""

    def conceal(text: str, action: Action | None, session: Session, placed: bool = False) -> str:
        """What of a free text (an error's message or detail, a notice) the client may see. `action` None: unrelated
        to any; `placed`: it points at a place in the action's text, and so is about that, not about what it did.
        Returns the text, changed, or "" to withhold it."""

    def record_text(text: str, action: Action, session: Session) -> str:
        """`text` (the action's, as earlier maskers left it) as a recording may keep it, without sensitive literals."""


class IRecorder(Interface):
    """Where sessions are recorded."""

    def open(session: Session) -> Any:
        """An `IRecording`. Raises `RecorderFailed`: no session without a recording."""

    def start() -> None:
        """Called when the service starts: seal what a crash left open, begin group commits."""

    def stop() -> Awaitable[None]:
        """Await everything being on disk."""


class IRecording(Interface):
    """One session's recording. Every method may raise `RecorderFailed`: the session then ends."""

    def write(event: Event) -> None:
        """Add a `values.Event`; may stay buffered until `commit`."""

    def commit() -> Awaitable[None] | None:
        """Hand everything written to the operating system: called before any action is forwarded.

        Returns None when done, or an awaitable that the action has to wait for."""

    def close(reason: EndReason) -> Awaitable[None]:
        """Write the end and the signed footer. Awaitable."""


class ISecretSource(Interface):
    """Where upstream credentials come from."""

    def fetch(reference: str) -> Awaitable[str]:
        """Await the secret text a reference ("ORDERS_DB_URL" of `env:ORDERS_DB_URL`) names. Raises `UpstreamError`."""

    def check(reference: str) -> None:
        """Raise `ConfigError` when the reference can't be right (a file others can read)."""


class IHolds(Interface):
    """Open approvals, shared with the processes that decide them."""

    def open(request: Request, hold: Hold, session: Session) -> Awaitable[Ticket | Deny]:
        """Await a `values.Ticket`. It is bound to the session's token, the action's text, its arguments, once.

        A `values.Deny` instead when too many holds are pending, or the text is too long for a person to be shown.
        Raises `StoreError`."""

    def wait(ticket: Ticket) -> Awaitable[Verdict]:
        """Await `Allow` or `Deny` (refused, timed out, closed). Its `rule` is "approval ID: OUTCOME[ by WHO]".
        Cancelling it withdraws the hold."""


class IStore(Interface):
    """Durable shared state: holds, used token ids, revocations. `store.records` has the values.

    Every awaitable raises `StoreError` when the store fails. `store.sqlite` implements it.
    """

    def start() -> None:
        """Open it, bring its schema up to date, close what a crashed gateway left pending. Raises `StoreError`."""

    def stop() -> Awaitable[None]:
        """Close it, after what was asked before."""

    def add_hold(held: HeldAction, limits: HoldLimits) -> Awaitable[str | None]:
        """Await the hold being pending (None), or the name of the limit that keeps it out: "session", "principal" or
        "route"."""

    def hold(id: str) -> Awaitable[HeldAction | None]:
        """Await one hold."""

    def holds(pending: bool) -> Awaitable[list[HeldAction]]:
        """Await the holds that somebody may still decide, or the latest ones in any state; newest first."""

    def settled(ids: Collection[str]) -> Awaitable[list[HeldAction]]:
        """Await those of these holds that are no longer pending."""

    def decide_hold(id: str, approver: Approver, approve: bool, reason: str) -> Awaitable[HeldAction]:
        """Await the decision being kept. Raises `DecisionRefused`."""

    def close_hold(id: str, state: ClosedState) -> Awaitable[HeldAction]:
        """Await a hold's end without a decision, "timeout" or "cancelled": the hold as it then is, which is as decided
        when somebody was faster."""

    def claim_hold(id: str, binding: Binding) -> Awaitable[bool]:
        """Await the one use of an approved hold: whether it was approved for exactly this, and not used before."""

    def use_once(issuer: str, jti: str, expires_at: float) -> Awaitable[bool]:
        """Await whether this token id is new: True once, whoever asks, from whatever process."""

    def revoke(revocation: Revocation) -> Awaitable[None]:
        """Await a revocation being in force for every later snapshot."""

    def revocations() -> Awaitable[Revocations]:
        """Await a snapshot of what is revoked now: `snapshot.covers(principal)` is synchronous."""


class ICatalogue(Interface):
    """What maskers and enforcers may ask about a target's stored relations and functions. A snapshot: synchronous.

    A relation's `schema` None means: unqualified. It may then be any schema's, or what `under` says. "pg_temp" is any
    session's temporary schema.
    """

    version = Attribute("int, grows with every change seen; 0: nothing is known yet")
    search_path = Attribute(
        "the schemas (tuple of str) that unqualified names are looked for in when a session of this route's credential "
        "begins; those that exist and that it may use. None: not known"
    )

    def under(paths: frozenset[tuple[str, ...]] | None) -> ICatalogue:
        """The same catalogue for a session whose search_path is one of these (schema names in order).

        An unqualified relation is what the first schema that has one has, for each path; pg_catalog comes first unless
        it is listed, and any session's temporary relation is possible. What no path finds may be any schema's. None:
        any schema's.

        The same object for the same paths, as long as they are in use."""

    def expand(schema: str | None, relation: str) -> frozenset[Origin] | None:
        """Every stored column (`frozenset[Origin]`) that reading this relation may show: a table's own, a view's
        through its definition, a partition's also under its parents' names, a generated one's with those that it is
        made of.
        None when there is no such relation in the snapshot."""

    def columns(schema: str | None, relation: str) -> tuple[tuple[tuple[str, frozenset[Origin] | None], ...], ...]:
        """For every relation that the name may mean its columns in order: name, and as `expand` what it may show; None
        where that can't be known. () when there is no such relation."""

    def type_of(origin: Origin) -> str:
        """The type of a stored column, as in `values.Column`; "" when unknown."""

    def reached(schema: str | None, relation: str) -> frozenset[Name]:
        """Every relation (`tokengate.sql.facts.Name`, with schema) that reading this one may read: itself, what views
        and policies refer to, partitions and inheriting tables and what those are attached to.
        Empty when there is no such relation, or that can't be known."""

    def deeds(statement: Statement) -> Done:
        """What code that the database keeps may do when a statement (`tokengate.sql.facts.Statement`) runs, as
        `tokengate.sql.bodies.Done`, however one piece of code leads to another."""

    def changed(schema: str | None, relation: str, kind: str) -> frozenset[tuple[Name, str]] | None:
        """Everything that such a write ("insert", "update", "delete", "truncate") to the relation may do: relations,
        each with a kind of write to it. Through views, to partitions and what those are attached to, and by foreign
        keys (a TRUNCATE may cascade). Empty when there is no such relation; None: that can't be known."""

    def dependents(schema: str | None, relation: str, cascading: bool = True) -> frozenset[Name] | None:
        """Every relation that is altered or dropped with this one: itself, partitions and inheriting tables, and where
        that is `cascading` views over it and tables with foreign keys to it. None: that can't be known."""

    def reads_code(schema: str | None, relation: str) -> bool:
        """Whether merely reading this relation may run code that is not the server's own: a view or a row-level
        policy that calls user-defined functions, a foreign table. True for what is not known."""

    def reads_volatile(schema: str | None, relation: str) -> bool:
        """The same of VOLATILE functions alone, and of foreign tables: reading it may change something."""

    def runs_code(schema: str | None, relation: str, kinds: Collection[str] = ...) -> bool:
        """Whether writing it in these ways (all, when not said), or what is then `changed`, may: triggers and rules,
        and as `reads_code`. For defaults, checks and indexes see `behind_writing`. True for what is not known."""

    behind_any = Attribute(
        "the functions (frozenset of `tokengate.sql.facts.Name`, with schema) that any value may be given to though "
        "no statement names them: implicit casts among the server's own types. This and what follows is without the "
        "server's functions, and without those in C of an extension that are IMMUTABLE"
    )

    def behind_type(name: Name) -> Code:
        """The functions (`tokengate.sql.facts.Code`) behind whatever type or operator class the name may mean, and
        behind the types that its values hold: of casts, domains' checks, operator classes, ranges. Empty for one that
        is not known, as long as anything is."""

    def behind_column(origin: Origin) -> Code:
        """The functions behind the type of a stored column."""

    def behind_writing(schema: str | None, relation: str, kinds: Collection[str] = ...) -> frozenset[Name]:
        """The functions that writing whatever is then `changed` may run by defaults, checks, generated columns, indexes
        and the columns' types; `kinds` as in `runs_code`. Of every schema's relation where there is none."""

    def behind_reading(schema: str | None, relation: str) -> Code:
        """The functions that using what is read from this relation may run: `uses` by the types of its columns, by
        indexes, or by casts in a view's definition, `checks` of its columns' domains."""

    def is_builtin(function: str) -> bool:
        """Whether `function` ("name" or "schema.name") can only mean one the server ships, not one a user created."""

    def is_index(schema: str | None, relation: str) -> bool:
        """Whether an index has that name, and no relation that is known: what is done to it is done to no relation."""

    def is_builtin_operator(operator: str) -> bool:
        """The same of an operator."""

    def operator_functions(operator: str) -> tuple[Name, ...]:
        """The functions behind the operators of this name that the server does not ship."""

    def is_function(name: str) -> bool:
        """Whether any schema has a function of this unqualified name: `c.name` may then be a call."""

    def is_volatile(function: str) -> bool:
        """Whether `function` may mean a VOLATILE one that the server does not ship, or one that nobody knows."""

    def functions(name: str) -> tuple[Any, ...]:
        """The functions of this name ("name" or "schema.name") that the server does not ship.

        Each has `schema`, `name`, `volatility` ("i", "s", "v"), `language`, `kind` (pg_proc.prokind), `extension` (""
        for none) and `body`: the text of one in SQL or PL/pgSQL, None where it is too long or can't be read."""


class IRoute(Interface):
    """A running route, as protocols see it. Implemented by `session.route.Route`."""

    name = Attribute("the route's name")
    options = Attribute("the protocol's own options (its attrs class) for this route")
    tls = Attribute("the server's pyOpenSSL Context, or None: this route speaks plaintext on loopback")
    device = Attribute("how people get a token here (`IDeviceFlow`): the first verifier's that can; or None")

    def recognises(credential: bytes) -> bool:
        """Whether one of the route's verifiers decides credentials of this kind."""

    def authenticate(credential: bytes, context: ConnectionContext) -> Awaitable[Principal]:
        """Await the Principal, from the route's verifiers, checked against revocations. Raises as
        `ITokenVerifier.verify`.
        """

    def admit(
        principal: Principal, context: ConnectionContext, *, details: dict[str, Any], catalogue: Any = None
    ) -> Any:
        """An `Admission`: the session, its pipeline, and its recording with the "start" written. Raises
        `RecorderFailed`, `SessionEnded`.
        """

    def credential() -> Awaitable[str]:
        """Await the upstream secret's text. Raises `UpstreamError`."""

    def connect() -> Awaitable[Any]:
        """Await an `IStream` to the upstream, before TLS. Raises `UpstreamError`."""

    def upstream_tls() -> tuple[SSL.Context, str | None] | None:
        """(pyOpenSSL client Context, hostname to verify or None), or None when the route's upstream_tls is off."""


class IComponent(Interface):
    """A plugin's declaration, found through `twisted.plugin.getPlugins(IComponent, tokengate.plugins)` and the
    entry-point group `tokengate.components`. Implemented by `components.Component`."""

    kind = Attribute("the section it serves: 'verifier', 'enforcer', 'masker', 'recorder', 'secret' or 'protocol'")
    name = Attribute("what `use =` (or `protocol =`) says")
    description = Attribute("one line for `tokengate plugins`")

    def options() -> type[Any]:
        """The attrs class of its options: field names are the section's keys; `metadata['help']` describes each."""

    def configure(options: Any, tools: Tools) -> Any:
        """The configured object, providing the kind's interface. Raises `ConfigError`."""
