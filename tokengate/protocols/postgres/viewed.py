"""What a view's columns are made of, followed through its definition. Pure; part of a `Snapshot`.

PostgreSQL says which of a view's columns are stored ones, and of the others only what all of them together refer to.
Their definition says it of each. Where it can't be followed the answer stays PostgreSQL's.
"""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from tokengate.mask.effects import Effects
from tokengate.mask.flow import Rows
from tokengate.mask.lineage import follow
from tokengate.mask.trust import Trust
from tokengate.protocols.postgres.questions import FIRST_USER_OID
from tokengate.sql.postgres import analyse
from tokengate.values import Origin

SERVERS_OWN = frozenset(
    {"pg_stat_activity", "pg_prepared_statements", "pg_cursors", "pg_locks", "pg_settings", "pg_stat_replication",
     "pg_stat_ssl", "pg_stat_gssapi", "pg_stat_wal_receiver", "pg_prepared_xacts", "pg_timezone_names",
     "pg_timezone_abbrevs", "pg_available_extensions", "pg_available_extension_versions", "pg_config",
     "pg_stat_progress_analyze", "pg_stat_progress_vacuum", "pg_stat_progress_cluster", "pg_stat_progress_copy",
     "pg_stat_progress_create_index", "pg_stat_progress_basebackup", "pg_replication_slots",
     "pg_stat_replication_slots", "pg_stat_slru", "pg_stat_io", "pg_wait_events"}
)  # fmt: skip
"""Views of pg_catalog over functions that read more than their arguments: what of them is sensitive, maskers know by
name.
"""


@frozen(eq=False)
class Views:
    """The definitions of views, by OID. `catalogue`: what they are followed with."""

    _definitions: Any
    _catalogue: Any
    _followed: dict[int, Rows] = field(factory=dict, init=False)
    _effects: Effects = field(init=False)

    @_effects.default
    def _of_the_server(self) -> Effects:
        return Effects(Trust(), self._catalogue)

    def column(self, view: int, position: int, width: int) -> frozenset[Origin] | None:
        """What column `position` (from 0) of `width` is made of; None where that can't be followed."""
        if view not in self._followed:
            self._followed[view] = self._follow(view)
        flow = self._followed[view].at(position, width)
        return None if flow.unknown else flow.origins

    def _follow(self, view: int) -> Rows:
        facts = analyse(self._definitions.get(view, ""))
        if facts.error or len(facts.statements) != 1:
            return Rows()
        (statement,) = facts.statements
        query = None if statement.reading is None else statement.reading.query
        shipped = all(self._catalogue.is_builtin(str(name)) for name in statement.functions)
        if query is None or not shipped or self._effects.symbols(statement.symbols):
            return Rows()  # what others call so now may not be what the view calls
        found = follow(query, self._catalogue, self._effects)
        if view >= FIRST_USER_OID and any(chosen.apart and chosen.flow.many for chosen in found.chosen):
            return Rows()  # it tries values from nowhere against stored ones: what is left tells what these are
        return found.outputs


def servers_own(schema: str, relation: str) -> bool:
    """Whether this view shows what is only masked by name."""
    return schema == "pg_catalog" and relation in SERVERS_OWN
