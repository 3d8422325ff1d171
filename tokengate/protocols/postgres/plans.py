"""Row masks for results: from the columns the server describes, through the catalogue and the maskers, to the row
engine.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Any

from tokengate.errors import ProtocolError
from tokengate.protocols.postgres import cells, wire
from tokengate.protocols.postgres.copy import CopyMask
from tokengate.protocols.postgres.namespace import Namespace
from tokengate.protocols.postgres.wire import FieldDescription
from tokengate.session.pipeline import Pipeline
from tokengate.sql.facts import CopyFacts
from tokengate.values import Action, Column, RowMask

PLANS_KEPT = 1024
"""Plans kept a session: one a statement and result shape in use. Beyond that the cache starts anew."""


class Plans:
    """Plans for one session. `catalogue` is the target's `Catalogue`.

    `seen` in its methods is the catalogue as the session's names meant it when the statement was sent, None: it was not
    noted.
    """

    def __init__(self, pipeline: Pipeline, catalogue: Any, namespace: Namespace) -> None:
        self._pipeline = pipeline
        self._catalogue = catalogue
        self._namespace = namespace
        self._kept: dict[tuple[Any, ...], Any] = {}
        self._basis: tuple[Any, int] = (None, 0)
        self._asked: set[Any] = set()

    @property
    def masking(self) -> bool:
        """Whether results are masked now."""
        return self._pipeline.masks

    def _fresh(self) -> None:
        basis = (self._pipeline.policy, self._catalogue.version)
        if basis != self._basis:
            self._kept.clear()
            self._asked.clear()
            self._basis = basis

    def stale(self, action: Action, described: bytes | Sequence[FieldDescription], seen: Any) -> bool:
        """Whether the catalogue doesn't know what this result is made of and has not been asked for it yet."""
        catalogue = self._catalogue
        self._fresh()
        if action.facts in self._asked:
            return False
        if isinstance(described, bytes) and self._key(action, described, seen) in self._kept:
            return False
        fields = wire.parse_row_description(described) if isinstance(described, bytes) else described
        unknown = any(field.table and not catalogue.knows(field.table) for field in fields)
        if not unknown and action.facts is not None:
            reads = [name for statement in action.facts.statements for name in statement.reads]
            unknown = any(catalogue.expand(name.schema, name.name) is None for name in reads)
        if unknown:
            if len(self._asked) >= PLANS_KEPT:
                self._asked.clear()
            self._asked.add(action.facts)
        return unknown

    def refresh(self) -> Awaitable[None]:
        """Ask the target for a new snapshot."""
        refreshed: Awaitable[None] = self._catalogue.refresh()
        return refreshed

    def altered(self) -> Awaitable[None] | None:
        """The session has changed the database: have the target asked. What to wait for before anything else is judged,
        or None where nobody judges by the catalogue.
        """
        if not self._catalogue.version:
            self._catalogue.expire()
            return None
        renewal: Awaitable[None] = self._catalogue.refresh(changed=True)
        return renewal

    def plan(self, action: Action, payload: bytes, seen: Any) -> Any:
        """The compiled plan for a RowDescription's payload; None: rows pass untouched."""
        self._fresh()
        key = self._key(action, payload, seen)
        if key not in self._kept:
            if len(self._kept) >= PLANS_KEPT:
                self._kept.clear()
            fields = wire.parse_row_description(payload)
            masks = self._masks(action, fields, seen)
            self._kept[key] = None if masks is None else cells.compile_plan(masks, fields)
        return self._kept[key]

    def copy(
        self, action: Action, facts: CopyFacts, fields: Sequence[FieldDescription], count: int, seen: Any
    ) -> CopyMask | None:
        """The mask for a COPY to the client of `count` columns, of which a probe said `fields`; None: it passes
        untouched.

        COPY of a whole table leaves generated columns out, which the probe's SELECT has.
        """
        if facts.relation is not None and not facts.columns:
            fields = [field for field in fields if not self._catalogue.generated(field.table, field.attnum)]
        if len(fields) != count:
            raise ProtocolError("the columns of a COPY can't be told apart", "0A000")
        masks = self._masks(action, fields, seen)
        return None if masks is None else CopyMask(facts, masks, fields)

    def _key(self, action: Action, payload: bytes, seen: Any) -> tuple[Any, ...]:
        """What a plan depends on, besides the policy and the catalogue's version."""
        return action.facts, payload, self._namespace.meant(seen), self._pipeline.session.unsettled.made

    def _masks(self, action: Action, fields: Sequence[FieldDescription], seen: Any) -> RowMask | None:
        self._namespace.look_back(seen)
        try:
            return self._pipeline.plan(columns(fields, self._catalogue), action)
        finally:
            self._namespace.look()


def columns(fields: Sequence[FieldDescription], catalogue: Any) -> list[Column]:
    """A result's columns, with what the catalogue (a `Lookup`) knows of their origins."""
    return [_column(field, catalogue) for field in fields]


def _column(field: FieldDescription, catalogue: Any) -> Column:
    origins = catalogue.origins(field.table, field.attnum) if field.table and field.attnum > 0 else None
    return Column(field.name, catalogue.type_name(field.type), origins)
