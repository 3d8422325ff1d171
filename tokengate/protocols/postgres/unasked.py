"""The code that runs though no statement names it: behind types, and behind writing and reading relations. Pure.

Part of a `Snapshot`, made of what the server says of casts, domains, operator classes, ranges, defaults, checks,
generated columns, indexes and statistics (`questions`). A usual database has none of it, and nothing is asked then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import field, frozen

from tokengate.protocols.postgres.questions import FIRST_USER_OID
from tokengate.protocols.postgres.reach import closure
from tokengate.sql.facts import NO_CODE, Code, Name


@frozen
class Holding:
    """What holds such code, by OID.

    `types`: what is behind a type itself; `inside`: type -> the types that its values hold; `several`: those of them
    that hold several of one type (arrays, ranges), which the server's own code may add to; `anywhere`: functions that
    any value may be given to; `named`: operator classes by their names; `rows`: relation -> the type of its rows;
    `written` and `read`: relation -> functions that writing it may run, and reading it; `written_types` and
    `read_types`: the types that are cast to when that is done.
    """

    types: Mapping[int, Code] = field(factory=dict)
    inside: Mapping[int, frozenset[int]] = field(factory=dict)
    several: frozenset[int] = frozenset()
    anywhere: frozenset[Name] = frozenset()
    named: Mapping[Name, frozenset[Name]] = field(factory=dict)
    rows: Mapping[int, int] = field(factory=dict)
    written: Mapping[int, frozenset[Name]] = field(factory=dict)
    read: Mapping[int, frozenset[Name]] = field(factory=dict)
    written_types: Mapping[int, frozenset[int]] = field(factory=dict)
    read_types: Mapping[int, frozenset[int]] = field(factory=dict)

    def __bool__(self) -> bool:
        return bool(self.types or self.named or self.written or self.read)


@frozen(eq=False)
class Unasked:
    """Answers from a `Holding`. `types`: OID -> name, with its schema unless that is pg_catalog; `relations`: all of
    them, for rows are types as well.
    """

    holding: Holding = field(factory=Holding)
    _types: Mapping[int, str] = field(factory=dict)
    _relations: Iterable[Any] = ()
    _names: dict[str, list[tuple[str, int]]] = field(factory=dict, init=False)
    _kept: dict[int, Code] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        if not self.holding.types:
            return
        for oid, name in self._types.items():
            schema, _, bare = name.rpartition(".")
            self._names.setdefault(bare, []).append((schema or "pg_catalog", oid))
        for relation in self._relations:
            if row := self.holding.rows.get(relation.oid):
                self._names.setdefault(relation.name, []).append((relation.schema, row))

    def __bool__(self) -> bool:
        return bool(self.holding)

    def named(self, name: Name) -> Code:
        """What is behind every type or operator class that a name may mean."""
        types = [self.type(oid) for schema, oid in self._names.get(name.name, ()) if name.schema in (None, schema)]
        classes = self.holding.named.items()
        used = [code for one, code in classes if one.name == name.name and name.schema in (None, one.schema)]
        return together([*types, *(Code(uses=code) for code in used)])

    def type(self, oid: int) -> Code:
        """What is behind a type, and those that its values hold."""
        if oid not in self._kept:
            inside = closure([oid], lambda one: self.holding.inside.get(one, ()))
            code = together(self.holding.types.get(one, NO_CODE) for one in inside)
            added = code.checks if inside & self.holding.several else frozenset()
            self._kept[oid] = code._replace(uses=code.uses | added) if added else code
        return self._kept[oid]

    def telling(self, oid: int) -> Name | None:
        """The name of a type, or of the relation whose rows are of it; None where nothing is behind it."""
        if self.type(oid) is NO_CODE:
            return None
        found = (Name(schema, name) for name, all in self._names.items() for schema, one in all if one == oid)
        return next(found, None)

    def writing(self, relation: int) -> frozenset[Name]:
        """What inserting or updating rows may run: defaults, checks, indexes, and what is behind the columns' types."""
        holding = self.holding
        own = self.type(holding.rows.get(relation, 0))
        cast = self._becoming(holding.written_types.get(relation, ()))
        return own.checks | own.stores | cast | holding.written.get(relation, frozenset())

    def reading(self, relation: int) -> Code:
        """What using rows may run: what is behind the columns' types, indexes, casts in a view's definition."""
        holding = self.holding
        own = self.type(holding.rows.get(relation, 0))
        uses = holding.read.get(relation, frozenset()) | self._becoming(holding.read_types.get(relation, ()))
        return own._replace(makes=frozenset(), stores=frozenset(), uses=own.uses | uses)

    def _becoming(self, types: Iterable[int]) -> frozenset[Name]:
        code = together(map(self.type, types))
        return code.checks | code.makes


def together(codes: Iterable[Code]) -> Code:
    found = [code for code in codes if code is not NO_CODE]
    return Code(*(frozenset().union(*parts) for parts in zip(*found, strict=True))) if found else NO_CODE


# ------------------------------------------------------------ from the server's answer


def holding(answer: Mapping[str, Any]) -> Holding:
    """What the server has answered: `questions.state` has the rows."""
    rows = {key: found or () for key, found in answer.items()}
    types: dict[int, Code] = {}
    anywhere: set[Name] = set()
    for source, target, context, *function in rows["casts"]:
        if _users(source):
            _add(types, source, uses=function)
        if _users(target) or not _users(source):
            _add(types, target, makes=function)
            if context != "e":
                _add(types, target, stores=function)
        if context == "i" and _users(target):
            _add(types, target, uses=function)
        elif context == "i" and not _users(source):
            anywhere.add(Name(*function))
    for oid, sorts, usual, _, _, *function in rows["classes"]:
        if sorts and (usual or _users(oid)):
            _add(types, oid, uses=function)
    for oid, *function in rows["ranges"]:
        _add(types, oid, makes=function, uses=function)
    for oid, *function in rows["checks"]:
        _add(types, oid, checks=function)
    written = rows["written"]
    return Holding(
        types,
        _grouped((holder, held) for holder, held, _ in rows["inside"]),
        frozenset(holder for holder, _, several in rows["inside"] if several),
        frozenset(anywhere),
        _grouped((Name(schema, name), Name(space, function)) for *_, schema, name, space, function in rows["classes"]),
        dict(rows["rows"]),
        _grouped((relation, Name(*function)) for relation, _, *function in written),
        _grouped((relation, Name(*function)) for relation, sorted_by, *function in written if sorted_by),
        _grouped((relation, oid) for relation, read, oid in rows["typed"] if not read),
        _grouped((relation, oid) for relation, read, oid in rows["typed"] if read),
    )


def sorting(answer: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What ORDER BY … USING an operator compares by: rows as those of operators, which `walk` calls "using NAME"."""
    return [(f"using {operator}", *function) for operator, *function in answer["sorting"] or ()]


def _users(oid: int) -> bool:
    return oid >= FIRST_USER_OID


def _add(types: dict[int, Code], oid: int, **functions: list[str]) -> None:
    code = types.get(oid, NO_CODE)
    types[oid] = code._replace(**{part: getattr(code, part) | {Name(*one)} for part, one in functions.items()})


def _grouped(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, frozenset[Any]]:
    found: dict[Any, set[Any]] = {}
    for key, value in pairs:
        found.setdefault(key, set()).add(value)
    return {key: frozenset(values) for key, values in found.items()}
