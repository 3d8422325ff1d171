"""The words every stage of the data path shares, as frozen values.

Nothing here knows a wire format, Twisted or a plugin. `Action`s and facts compare and hash by identity:
a protocol keeps one per distinct text, so that everything derived from it can be cached under it.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

from attrs import field, frozen

# ---------------------------------------------------------------- identity


class Kind(enum.Enum):
    """What sort of holder a token has."""

    WORKLOAD = "workload"
    HUMAN = "human"


@frozen
class Principal:
    """A verified identity.

    Times are Unix seconds. `token_digest` is the hex SHA-256 of the credential as presented: it names this
    very token in holds, recordings and revocations without revealing it. `token_id` is the token's own id
    (`jti`), or the digest's first 16 characters where it has none. `expires_at` None: never by itself.
    """

    issuer: str
    subject: str
    verifier: str
    token_id: str
    token_digest: str
    groups: frozenset[str] = frozenset()
    claims: Mapping[str, Any] = field(factory=dict, hash=False)
    issued_at: float | None = None
    expires_at: float | None = None
    kind: Kind = Kind.WORKLOAD

    @property
    def name(self) -> str:
        """How people refer to it: `subject@issuer`."""
        return f"{self.subject}@{self.issuer}"


@frozen
class ConnectionContext:
    """What is known of a connection before anybody is identified. `client` is "host:port", or "unix:".

    `proven_key` is the wire form of the public key (RFC 4253, section 6.6) whose private key the client has proved to
    hold, by a signature over this very connection; None where it proved none. A credential that is no secret, such as a
    certificate, counts only with the key it is about.
    """

    route: str
    protocol: str
    client: str
    requested_user: str = ""
    tls_client_subject: str | None = None
    proven_key: bytes | None = None


# ---------------------------------------------------------------- actions


@frozen
class Access:
    """One thing an action touches, and how.

    `mode`: "read", "write", "define" (create, alter, drop) or "execute". `kind`: "relation", "function",
    "setting", "role", "file", "program", "path", "resource" … `name` as its field writes it (`app.orders`);
    an unqualified relation stays unqualified (`orders`), because it may be any schema's.
    """

    mode: Literal["read", "write", "define", "execute"]
    kind: str
    name: str


@frozen(eq=False)
class Action:
    """One thing a client asks for, protocol-neutral.

    `verb` is the protocol's word for the request ("query", "copy", "exec", "GET" …). `text` is what the client
    wrote. `categories` are the kinds of effect it has ("read", "write", "ddl", "unfiltered-write" …): each
    protocol documents its own. `facts` is the protocol's full analysis (`tokengate.sql.facts.SqlFacts` for SQL).
    """

    protocol: str
    verb: str
    text: str
    categories: frozenset[str]
    accesses: tuple[Access, ...] = ()
    facts: Any = None


# ---------------------------------------------------------------- verdicts


@frozen
class Allow:
    """Go on. `rule` names what allowed it where a rule did."""

    rule: str = ""


@frozen
class Deny:
    """Refuse. `reason` is for the client; `rule` is "enforcer" or "enforcer: rule"; `hint` says what to do."""

    reason: str
    rule: str
    hint: str = ""
    code: str = ""  # the protocol's own error code, "" for its ordinary refusal
    position: int = 0  # 1-based character in the action's text, 0 when not about a place


@frozen
class Hold:
    """Wait for a person. `why` is shown to client and approver; after `timeout` seconds the wait ends in refusal."""

    why: str
    rule: str
    timeout: float
    approvers: frozenset[str] = frozenset()  # groups or subjects who may decide; empty: anybody but the requester


Verdict = Allow | Deny | Hold

ALLOW = Allow()


@frozen
class Ticket:
    """An open hold as its client is told of it."""

    id: str
    why: str
    url: str = ""
    expires_at: float = 0.0


class Request(NamedTuple):
    """An action at the moment it is to happen, with what is particular to this time.

    `number` counts a session's requests from 1: a result's event names its request by it. `arguments` is the
    SHA-256 of its parameters as sent (b"" when it has none or they were not kept), `argument_count` how many
    there are.

    `stage`: "run" for the action itself; "prepare" when the client only announces it (a `Deny` counts, a `Hold`
    waits for the run); "continue" for more of what was allowed before (a `Deny` counts, a `Hold` does not).
    `refusal` is what the protocol itself refuses, whatever the policy says: it is the verdict.
    """

    action: Action
    number: int
    arguments: bytes = b""
    argument_count: int = 0
    stage: Literal["prepare", "run", "continue"] = "run"
    refusal: Deny | None = None


# ---------------------------------------------------------------- columns and masks


@frozen
class Origin:
    """A stored column that a value may descend from."""

    schema: str
    relation: str
    column: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.relation}.{self.column}"


@frozen
class Column:
    """One column of a result, protocol-neutral.

    `origins`: the stored columns its values may descend from, through views and partitions (a partition's
    column counts as its parents' too); empty when known to descend from none; None when it can't be known.
    `type` is the protocol's type name ("text", "int4", "timestamptz" …), "" when unknown.
    """

    name: str
    type: str
    origins: frozenset[Origin] | None


@frozen
class ColumnLineage:
    """What one column of a result descends from, as far as its statement tells.

    `name`: what the result calls it, "" where only the server knows. `exact`: stored columns that it may be, unchanged;
    `computed`: those it is made of; `unknown`: why it may be made of anything, "" when it can't.
    """

    name: str
    exact: frozenset[Origin] = frozenset()
    computed: frozenset[Origin] = frozenset()
    unknown: str = ""


@frozen
class Redact:
    """Replace by a fixed value that is valid for the column's type."""


@frozen
class Null:
    """Replace by NULL."""


@frozen
class Partial:
    """Keep the first `prefix` and last `suffix` characters, star the rest; an e-mail keeps its domain."""

    prefix: int = 1
    suffix: int = 0


@frozen
class Hash:
    """Replace by a keyed digest (HMAC-SHA-256), stable for equal values; valid for the column's type."""

    key: bytes = field(repr=False)


@frozen
class Token:
    """Replace by a token that stands for the value, and that the gateway turns back where it is sent (`tokens`: a
    `tokengate.mask.tokens.Tokens`); valid for the column's type. What can have no token is redacted.
    """

    tokens: Any = field(repr=False)


@frozen(eq=False)
class Rewrite:
    """Pass the value's text through `apply`, which returns it changed, or the same object when nothing was found.

    For detectors. Binary values that carry no text are left to the protocol to refuse or redact. `sieve`: of
    `tokengate.mask.sieve`; a text that is not likely to it need not be passed. Empty: every text is likely.
    """

    apply: Callable[[bytes], bytes] = field(repr=False)
    name: str = "rewrite"
    sieve: bytes = field(default=b"", repr=False)


Mask = Redact | Null | Partial | Hash | Token | Rewrite
RowMask = tuple[Mask | None, ...]
"""One mask, or None for untouched, a column. An all-None mask is given as None instead."""


class Operand(NamedTuple):
    """Where an action may hold a token: its parameter `number` (from 1), or the literal that begins at character
    `start` of its text and ends before `end`.

    `any`: it is an array, whose elements may be tokens. `tokens`: a `tokengate.mask.tokens.Tokens`; `type`: of the
    columns they stand for, as in `Column`.
    """

    tokens: Any
    type: str
    number: int = 0
    start: int = -1
    end: int = -1
    any: bool = False


# ---------------------------------------------------------------- events

EndReason = Literal[
    "client", "upstream", "expired", "revoked", "policy", "recorder", "protocol", "shutdown", "error", "limit"
]


class Event(NamedTuple):
    """One line of a recording, before its chain is added.

    `kind` is "start", "action", "hold", "result", "notice" or "end", or of a terminal "terminal", "resize", "output" or
    "input"; `fields` are JSON values.
    `docs/recording.md` lists them all.
    """

    kind: str
    fields: Mapping[str, Any]


# ---------------------------------------------------------------- steps
# Named tuples, as requests and events are: several are made for every statement, and these cost least.


class Side(enum.IntEnum):
    """The two ends of a session."""

    CLIENT = 0
    UPSTREAM = 1


class Send(NamedTuple):
    """Write `data` to `side`."""

    side: Side
    data: bytes


class Ask(NamedTuple):
    """Judge `request`; nothing more of the client's is read before `IGate.answer`."""

    request: Request


class Record(NamedTuple):
    """Write `event` to the recording, before any later step."""

    event: Event


class Await(NamedTuple):
    """Wait for `work()`; nothing more from `side` is fed before `IGate.resume`."""

    side: Side
    work: Callable[[], Any]


class Close(NamedTuple):
    """End the session, after what was sent has gone out."""

    reason: EndReason
    detail: str = ""


Step = Send | Ask | Record | Await | Close
