"""The decision pipeline: one session's requests through its route's enforcers and maskers, in config order.

On the hot path of every request, so it is synchronous and free of Twisted, and a verdict that depends on the action
and the principal alone is computed once a session and policy. `Deny` ends the evaluation; a `Hold` is taken after
everybody had the chance to deny. A plugin that raises, or answers anything but a verdict, ends the session.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from attrs import field, frozen

from tokengate.errors import SessionEnded
from tokengate.interfaces import IMasker
from tokengate.session.session import Session
from tokengate.values import ALLOW, Action, Allow, Column, Deny, Hold, Mask, Operand, Request, Rewrite, RowMask, Verdict

VERDICTS_KEPT = 2048
"""Cached verdicts a session; beyond that the cache starts anew. An application has fewer distinct statements in use
at a time.
"""


class Named(NamedTuple):
    """A configured enforcer or masker, and its section's name."""

    name: str
    part: Any


@frozen(eq=False)
class Policy:
    """A route's plugins as configured now. A reload replaces it whole; sessions adopt it at their next request.

    `shadows`: those whose verdicts are only written down; `names`: the sections of `judges`.
    """

    enforcers: tuple[Any, ...]
    maskers: tuple[Any, ...]
    shadows: tuple[Named, ...] = ()
    names: tuple[str, ...] = ()
    asks_catalogue: bool = field(init=False)
    """Whether anybody judges by what the target stores: sessions then wait until something is known of it."""

    @asks_catalogue.default
    def _asks(self) -> bool:
        judges = (*self.enforcers, *(named.part for named in self.shadows))
        asking = any(getattr(one, "asks_catalogue", False) or IMasker.providedBy(one) for one in judges)
        return bool(self.maskers) or asking

    @classmethod
    def of(cls, enforcers: Sequence[Named], maskers: Sequence[Named], shadows: Sequence[Named] = ()) -> Policy:
        """The policy of these sections."""
        return cls(
            tuple(named.part for named in enforcers),
            tuple(named.part for named in maskers),
            tuple(shadows),
            tuple(named.name for named in (*enforcers, *maskers)),
        )

    @property
    def judges(self) -> tuple[Any, ...]:
        """Everybody who judges, in order: enforcers, then the maskers' veto."""
        return self.enforcers + self.maskers


class Pipeline:
    """Judges one session's requests.

    `policy()` gives the route's current `Policy`; `standing(principal)` gives None, or the `values.EndReason` why this
    principal's session must not go on (expired, revoked).
    """

    def __init__(self, session: Session, policy: Callable[[], Policy], standing: Callable[[Any], str | None]) -> None:
        self.session = session
        self._current = policy
        self._standing = standing
        self._adopt(policy())

    def _adopt(self, policy: Policy) -> None:
        self.policy = policy
        self._constant = tuple(j for j in policy.judges if getattr(j, "constant", False))
        self._varying = tuple(j for j in policy.judges if not getattr(j, "constant", False))
        self._verdicts: dict[Any, Verdict] = {}

    def renew(self) -> None:
        """Go by the route's current policy from now on. `judge` does; masks that are chosen ahead of it need it too."""
        policy = self._current()
        if policy is not self.policy:
            self._adopt(policy)

    def judge(self, request: Request) -> Verdict:
        """The verdict on `request`. Raises `SessionEnded` when the principal's standing is gone, and whatever a
        plugin raises.
        """
        reason = self._standing(self.session.principal)
        if reason is not None:
            raise SessionEnded(reason)
        if request.refusal is not None:
            return request.refusal
        self.renew()
        key = request.action.facts or request.action
        verdict = self._verdicts.get(key)
        if verdict is None:
            verdict = self._evaluate(self._constant, request)
            if len(self._verdicts) >= VERDICTS_KEPT:
                self._verdicts.clear()
            self._verdicts[key] = verdict
        if self._varying and not isinstance(verdict, Deny):
            varying = self._evaluate(self._varying, request)
            if not isinstance(varying, Allow):
                return varying
        return verdict

    def shadowed(self, request: Request) -> list[dict[str, Any]]:
        """What rules in shadow mode would have done to `request`, as its event has it. Never raises."""
        return [would for named in self.policy.shadows if (would := _would(named, request, self.session)) is not None]

    def _evaluate(self, judges: Sequence[Any], request: Request) -> Verdict:
        held: Hold | None = None
        for judge in judges:
            verdict = judge.judge(request, self.session)
            match verdict:
                case Deny():
                    return verdict
                case Hold():
                    held = held or verdict
                case Allow():
                    pass
                case _:
                    raise TypeError(f"{judge!r} answered {verdict!r}, which is no verdict")
        return held or ALLOW

    @property
    def masks(self) -> bool:
        """Whether the route masks at all: a protocol may skip everything about columns when not."""
        return bool(self.policy.maskers)

    def plan(self, columns: Sequence[Column], action: Action) -> RowMask | None:
        """The masks for a result of these columns: the first mask of a whole value wins, rewrites add
        up.
        """
        plan: list[Mask | None] = [None] * len(columns)
        for masker in self.policy.maskers:
            row = masker.plan(columns, action, self.session)
            if row is None:
                continue
            if len(row) != len(columns):
                raise TypeError(f"{masker!r} planned {len(row)} masks for {len(columns)} columns")
            plan = [_combined(earlier, later) for earlier, later in zip(plan, row, strict=True)]
        return tuple(plan) if any(mask is not None for mask in plan) else None

    def operands(self, action: Action) -> list[Operand]:
        """Where the action may hold tokens, of whichever masker."""
        return [one for masker in self.policy.maskers for one in masker.operands(action, self.session)]

    def conceal(self, text: str, action: Action | None, placed: bool = False) -> str:
        """What of a free text the client may see."""
        for masker in self.policy.maskers:
            if text:
                text = masker.conceal(text, action, self.session, placed)
        return text

    def record_text(self, action: Action) -> str:
        """The action's text as the recording keeps it."""
        text = action.text
        for masker in self.policy.maskers:
            text = masker.record_text(text, action, self.session)
        return text


def _combined(earlier: Mask | None, later: Mask | None) -> Mask | None:
    if isinstance(earlier, Rewrite) and isinstance(later, Rewrite):
        first, second = earlier.apply, later.apply
        sieve = earlier.sieve + later.sieve if earlier.sieve and later.sieve else b""
        return Rewrite(lambda value: second(first(value)), f"{earlier.name}, {later.name}", sieve)
    if earlier is None or (isinstance(earlier, Rewrite) and later is not None):
        return later  # a mask of the whole value hides more than what a detector finds in it
    return earlier


def _would(named: Named, request: Request, session: Session) -> dict[str, Any] | None:
    """What one rule in shadow mode would have done; None for nothing."""
    would: dict[str, Any] = {"section": named.name}
    try:
        verdict = named.part.judge(request, session)
        columns = _masked(named.part, request.action, session) if isinstance(verdict, Allow) else []
    except Exception as error:  # noqa: BLE001  it would have ended the session
        return {**would, "verdict": "error", "reason": repr(error)}
    match verdict:
        case Deny(reason, rule):
            return {**would, "verdict": "deny", "rule": rule, "reason": reason}
        case Hold(why, rule):
            return {**would, "verdict": "hold", "rule": rule, "reason": why}
        case _:
            return {**would, "verdict": "mask", "columns": columns} if columns else None


def _masked(part: Any, action: Action, session: Session) -> list[str]:
    """The columns of an action's result that a masker would mask, as far as its lineage tells."""
    if not IMasker.providedBy(part):
        return []
    lineage = part.lineage(action, session)
    plan = part.plan([Column(one.name, "", None) for one in lineage], action, session) or ()
    return [one.name or "?column?" for one, mask in zip(lineage, plan, strict=False) if mask is not None]
