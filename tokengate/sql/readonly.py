"""What a route that is read-only refuses, whatever its policy says: the gate applies it, as `invariants`.

The server keeps such sessions' transactions read-only itself, as long as nobody may tell it otherwise.
"""

from __future__ import annotations

from tokengate.sql.categories import HARMLESS, READ_ONLY_SETTINGS
from tokengate.sql.facts import Setting
from tokengate.sql.invariants import RULE
from tokengate.values import Action, Deny

_ON = frozenset({"on", "true", "yes", "1"})
_READ_ONLY = "25006"
"""read_only_sql_transaction: what the server says of a write where only reading is allowed."""


def read_only(action: Action) -> Deny | None:
    """The refusal of a text that does more than read, or that would let a later one; None for any other."""
    beyond = sorted(action.categories - HARMLESS)
    if beyond:
        return Deny(f"this route is read-only: {beyond[0]} is not allowed", RULE, code=_READ_ONLY)
    if any(_loosens(setting) for statement in action.facts.statements for setting in statement.settings):
        return Deny("this route is read-only: its transactions stay so", RULE, code=_READ_ONLY)
    return None


def ends_transactions(action: Action) -> bool:
    """Whether a text of several statements may end one transaction and begin another."""
    statements = action.facts.statements
    return len(statements) > 1 and any(statement.kind == "transaction" for statement in statements)


def _loosens(setting: Setting) -> bool:
    """RESET ALL is harmless: sessions begin read-only."""
    if setting.name not in READ_ONLY_SETTINGS | {"*"}:
        return False
    return not setting.known or setting.name == "*" or (setting.value or "").strip().lower() not in _ON
