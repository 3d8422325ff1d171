"""What no policy can allow, because behind it nothing the gateway decides would be true any more. The gate applies
these itself.
"""

from __future__ import annotations

from tokengate.values import Action, Deny

RULE = "gateway"
_REFUSED = "unknown", "parser-setting"

SETTINGS = "pg_settings"
"""A view of pg_catalog whose rule turns an UPDATE into set_config of any setting, by way of other views too."""

KEPT = Deny(
    "the session's client_encoding, standard_conforming_strings and backslash_quote can't be changed",
    RULE,
    "tokengate reads SQL by them.",
)
"""To what may change them, or any setting."""


def invariants(action: Action) -> Deny | None:
    """The refusal of a text that can't be parsed or understood, or that would change how SQL is read; None for any
    other.
    """
    facts = action.facts
    if facts.error:
        hint = "tokengate refuses what it can't parse." if facts.error_position == 0 else ""
        return Deny(facts.error, RULE, hint, "42601", facts.error_position)
    if action.categories.isdisjoint(_REFUSED) and not _writes_settings(action):
        return None
    if "unknown" in action.categories:
        return Deny("a statement of a kind that tokengate does not know", RULE)
    return KEPT


def _writes_settings(action: Action) -> bool:
    if "write" not in action.categories:
        return False
    return any(name.name == SETTINGS for statement in action.facts.statements for name in statement.writes)
