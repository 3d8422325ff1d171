"""What can go wrong on the data path, as exceptions that carry data.

A message is for a person; the fields are for the code that turns an error into its protocol's own
form, into a log line or into a recording. No error ever carries a token or a credential.
"""

from __future__ import annotations

from attrs import frozen


class TokengateError(Exception):
    """The root of everything tokengate raises on purpose."""


@frozen(auto_exc=True, str=False)
class ConfigError(TokengateError):
    """The configuration can't be used.

    `problem` says what is wrong in one sentence; `file` and `line` (1-based) say where, when known.
    """

    problem: str
    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        where = "" if self.file is None else f"{self.file}: " if self.line is None else f"{self.file}:{self.line}: "
        return where + self.problem


@frozen(auto_exc=True, str=False)
class ProtocolError(TokengateError):
    """A peer sent bytes its protocol doesn't allow, or that a named limit refuses.

    `code` is the protocol's own code for it (an SQLSTATE for PostgreSQL), "" where it has none.
    """

    problem: str
    code: str = ""

    def __str__(self) -> str:
        return self.problem


@frozen(auto_exc=True, str=False)
class TokenRejected(TokengateError):
    """A credential was not accepted.

    `reason` is one stable word for metrics and recordings ("expired", "signature", "audience", …);
    `detail` is for the operator's log. A client is told neither: only that its token was refused.
    """

    reason: str
    detail: str = ""

    def __str__(self) -> str:
        return f"token rejected: {self.reason}" + (f" ({self.detail})" if self.detail else "")


@frozen(auto_exc=True, str=False)
class VerifierUnavailable(TokengateError):
    """A verifier can't decide now (its issuer can't be reached and its keys are too old): refuse, and say so."""

    verifier: str
    detail: str = ""

    def __str__(self) -> str:
        return f"verifier {self.verifier} is unavailable" + (f": {self.detail}" if self.detail else "")


@frozen(auto_exc=True, str=False)
class UpstreamError(TokengateError):
    """The target can't be reached, isn't who it should be, or refused the gateway's credential.

    `detail` may name addresses and is for the log; `problem` may be shown to the client.
    """

    problem: str
    detail: str = ""
    code: str = ""

    def __str__(self) -> str:
        return self.problem + (f": {self.detail}" if self.detail else "")


@frozen(auto_exc=True, str=False)
class RecorderFailed(TokengateError):
    """A recording could not be written: the session it belongs to must end."""

    problem: str

    def __str__(self) -> str:
        return self.problem


@frozen(auto_exc=True, str=False)
class StoreError(TokengateError):
    """The store can't be used: not there, not private, busy for too long, damaged, or of another version."""

    problem: str

    def __str__(self) -> str:
        return self.problem


@frozen(auto_exc=True, str=False)
class DecisionRefused(TokengateError):
    """A person's decision on a hold does not count.

    `reason` is "unknown" (no such hold), "closed" (decided or withdrawn before), "expired", "self" (the requester may
    not decide) or "approver" (the hold names others); `problem` says it in a sentence.
    """

    reason: str
    problem: str

    def __str__(self) -> str:
        return self.problem


@frozen(auto_exc=True, str=False)
class SessionEnded(TokengateError):
    """A session must not go on: `reason` is one of the words of `values.EndReason`."""

    reason: str
    detail: str = ""

    def __str__(self) -> str:
        return f"session ended: {self.reason}" + (f" ({self.detail})" if self.detail else "")
