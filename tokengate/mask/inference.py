"""What statements may choose, join, group and sort rows by: conditions tell masked values without showing them.

`where ssn = $1` says whether somebody has a number, `order by salary` who earns most, and a join with all numbers there
are says every salary at once. How much of that a route allows is a policy of its own (`inference` of the masker).
"""

from __future__ import annotations

import enum

from tokengate.mask.lineage import Chosen
from tokengate.mask.patterns import Rules


class Inference(enum.Enum):
    """How masked columns may be used in conditions, from everything to nothing."""

    ALLOW = "allow"
    CONSTANTS = "constants"
    EQUALITY = "equality"
    DENY = "deny"

    def refuses(self, chosen: Chosen, rules: Rules) -> str:
        """Why a test is refused, "" when it isn't."""
        flow, sensitive = chosen.flow, rules.sensitive(chosen.flow)
        if self is Inference.ALLOW or (self is Inference.EQUALITY and chosen.equal):
            return ""
        if not sensitive and not flow.unknown:
            return ""
        name = min(map(str, sensitive), default=f"what may be masked ({flow.unknown})")
        if self is Inference.DENY:
            return f"rows may not be chosen by {name}"
        if self is Inference.EQUALITY:
            return f"rows may only be chosen by {name} being equal to a parameter"
        if chosen.apart and (flow.many or flow.unknown or not flow.origins <= sensitive):
            return f"{name} may only be compared with constants and masked columns, not with values that vary"
        return ""


def inference(text: str) -> Inference:
    """The option's value. Raises ValueError with a sentence."""
    try:
        return Inference(text.strip())
    except ValueError:
        words = ", ".join(one.value for one in Inference)
        raise ValueError(f"{text!r} is not one of: {words}") from None
