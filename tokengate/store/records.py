"""What the store keeps, as frozen values: held actions, who decides them, revocations.

Shared by the gateway, which opens and uses holds, and the command line, which decides them in another process. Times
are Unix seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from attrs import field, frozen

from tokengate.values import Principal

ClosedState = Literal["timeout", "cancelled"]
HoldState = Literal["pending", "approved", "denied", "timeout", "cancelled", "abandoned"]
"""A hold leaves "pending" once and for good. "abandoned": the gateway that held it is gone."""

RevocationKind = Literal["token", "digest", "subject", "issuer"]
REVOCATION_KINDS: tuple[RevocationKind, ...] = ("token", "digest", "subject", "issuer")

UNIX = "unix:"
"""Approvers known by their operating-system account are `unix:NAME@HOST`, and listed as `unix:NAME`. No token's subject
or group counts as such a name.
"""


@frozen
class Binding:
    """What an approval is good for: this token, on this route, for this text with these arguments.

    The last two are HMAC-SHA-256, so that a short parameter can't be found by trying.
    """

    token_digest: str
    route: str
    text_mac: bytes = field(repr=False)
    arguments_mac: bytes = field(repr=False)


@frozen
class HoldLimits:
    """How many holds may be pending at a time. Each costs a person's attention and a waiting connection.

    `session`: more than one only for protocols that multiplex. `principal`: one workload must not bury the others'
    requests. `route`: what people can still look through.
    """

    session: int = 8
    principal: int = 32
    route: int = 256


@frozen
class HeldAction:
    """An action that waits, or waited, for a person.

    `text` is the action's as recordings keep it; `shown` is what the client really wrote, for the person who decides,
    and kept only while the hold is pending. Parameters' values are not kept, only their number.
    """

    id: str
    session: str
    route: str
    protocol: str
    client: str
    issuer: str
    subject: str
    groups: frozenset[str]
    token_id: str
    token_digest: str
    verb: str
    text: str
    shown: str | None
    argument_count: int
    text_mac: bytes = field(repr=False)
    arguments_mac: bytes = field(repr=False)
    rule: str
    why: str
    approvers: frozenset[str]
    created_at: float
    expires_at: float
    state: HoldState = "pending"
    decided_by: str = ""
    decided_at: float | None = None
    reason: str = ""
    executed_at: float | None = None

    @property
    def principal(self) -> str:
        """Who asked, as people refer to them."""
        return f"{self.subject}@{self.issuer}"

    @property
    def binding(self) -> Binding:
        """What its approval is good for."""
        return Binding(self.token_digest, self.route, self.text_mac, self.arguments_mac)


@frozen
class Approver:
    """Who decides. `names` are all a hold's `approvers` may know them by; `name` is what is kept."""

    name: str
    names: frozenset[str]
    issuer: str = ""
    subject: str = ""
    token_id: str = ""
    token_digest: str = ""

    @classmethod
    def of_account(cls, account: str, host: str) -> Approver:
        """A person known by their account on this machine."""
        name = f"{UNIX}{account}@{host}"
        return cls(name, frozenset({f"{UNIX}{account}", name}))

    @classmethod
    def of_principal(cls, principal: Principal) -> Approver:
        """A person known by a verified token."""
        names = {principal.subject, principal.name, *principal.groups}
        return cls(
            principal.name,
            frozenset(name for name in names if not name.startswith(UNIX)),
            principal.issuer,
            principal.subject,
            principal.token_id,
            principal.token_digest,
        )

    def requested(self, held: HeldAction) -> bool:
        """Whether this is who asked for `held`: the same subject, or anybody with the same token."""
        return (
            (self.issuer, self.subject) == (held.issuer, held.subject)
            or self.token_digest == held.token_digest
            or (self.issuer, self.token_id) == (held.issuer, held.token_id)
        )


@frozen
class Revocation:
    """Something that no session may go on with.

    `value`: a token's id (`jti`), its digest (hex SHA-256), a subject or an issuer, by `kind`. `issuer` narrows a
    token id or subject to one issuer; "" means whoever's. `until` None: for good.
    """

    kind: RevocationKind
    value: str
    issuer: str = ""
    until: float | None = None
    by: str = ""
    at: float = 0.0
    reason: str = ""


class Revocations:
    """A snapshot of what is revoked: asked before every action, so synchronous and cheap."""

    def __init__(self, revocations: Iterable[Revocation] = ()) -> None:
        self._keys = frozenset((each.kind, each.issuer, each.value) for each in revocations)

    @classmethod
    def none(cls) -> Revocations:
        """Nothing is revoked."""
        return cls()

    def covers(self, principal: Principal) -> bool:
        """Whether anything about this principal is revoked: token id, token digest, subject or issuer."""
        keys = self._keys
        return bool(keys) and (
            ("digest", "", principal.token_digest) in keys
            or ("token", principal.issuer, principal.token_id) in keys
            or ("token", "", principal.token_id) in keys
            or ("subject", principal.issuer, principal.subject) in keys
            or ("subject", "", principal.subject) in keys
            or ("issuer", "", principal.issuer) in keys
        )
