"""The relations that a session's open transaction has made, as far as its statements tell.

Nobody else sees them, so nobody else can have changed them, and what may be in them is known from this session's
statements alone. The protocol notes them in `session.session.Session.unsettled`; maskers take those for clean into
which they let nothing sensitive. What is once in doubt stays so until the transaction is over: answers to earlier
statements may still be under way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from attrs import evolve, frozen

from tokengate.sql.facts import Name, Statement

_MAKING = frozenset({"create", "create_table_as", "view", "select"})
"""Kinds of statement that make relations as they run."""

_UNSEEN = frozenset({"create_extension", "alter_extension", "alter_extension_contents", "import_foreign_schema"})
"""Kinds of statement that may make or move relations which they don't name."""

_ENDING = frozenset({"commit", "rollback", "rollback_to", "prepare"})
"""What is made by a transaction is everybody's, or nobody's, after these."""

_PATH = frozenset({"search_path", "role", "session_authorization", "all", "*"})
"""Settings by which an unqualified name may come to mean something else."""

_TEMPORARY = (None, "pg_temp")


@frozen(cache_hash=True)
class Clean:
    """Relations of which it is certain that nothing sensitive is in them, as they were named when they were made.

    `crowded`: others may just have made some as well, so that an unqualified name can be any schema's.
    """

    names: frozenset[Name] = frozenset()
    crowded: bool = False

    def __contains__(self, name: object) -> bool:
        if name in self.names:
            return True
        return isinstance(name, Name) and any(self._may_mean(name, one) for one in self.names if one.name == name.name)

    def _may_mean(self, name: Name, made: Name) -> bool:
        if name.schema in _TEMPORARY and made.schema in _TEMPORARY:
            return True
        return not self.crowded and None in (name.schema, made.schema)


@frozen(cache_hash=True)
class Made:
    """What there is. `relations`: made for sure; `unsure`: made unless they were there (IF NOT EXISTS); `links`: pairs
    of relations of which each may show the other's rows; `views`: (view, relation that it reads); `doubted`: names that
    may be anything; `unseen`: code has run that may have done anything to them. `crowded`: see `Clean`.
    """

    relations: frozenset[Name] = frozenset()
    unsure: frozenset[Name] = frozenset()
    links: frozenset[tuple[Name, Name]] = frozenset()
    views: frozenset[tuple[Name, Name]] = frozenset()
    doubted: frozenset[str] = frozenset()
    unseen: bool = False
    crowded: bool = False

    def clean(self, known: Callable[[Name], bool]) -> Clean:
        """Those that show nothing but their own rows, and those of what is clean: `known` says it of a relation that
        the catalogue has.
        """
        if self.unseen or not self.relations:
            return NOTHING_CLEAN
        found = Clean(frozenset(one for one in self.relations if one.name not in self.doubted), self.crowded)
        while spoiled := {
            one
            for pair in self.links
            for one, other in (pair, pair[::-1])
            if one in found.names and other not in found and not known(other)
        }:
            found = evolve(found, names=found.names - spoiled)
        return found

    def after(self, statement: Statement, acts: Callable[[Name], bool]) -> Made:
        """The same after a statement. `acts`: whether a function may change what is stored, unseen."""
        made = self
        if statement.dynamic or statement.kind in _UNSEEN or any(map(acts, statement.functions)):
            made = evolve(made, unseen=True)
        if statement.transaction in _ENDING:
            return made.over()
        if any(setting.name in _PATH for setting in statement.settings):
            made = made.without(one for one in made.relations | made.unsure if one.schema is None)
        if "ddl" not in statement.categories:
            return made
        if statement.inherits:
            made = made._linked(statement)
        if statement.renamed is not None:
            return made._renamed(statement, statement.renamed)
        if statement.kind == "rename":
            return made if statement.defines else evolve(made, unseen=True)  # of something in it, or a schema
        if statement.kind == "drop":
            return made._dropped({name.name for name in statement.defines})
        return made._created(statement) if "create" in statement.categories and statement.kind != "index" else made

    def over(self) -> Made:
        """The same when none of it is this transaction's own any more."""
        return evolve(self, relations=frozenset(), unsure=frozenset())

    def back(self, saved: Made) -> Made:
        """The same after all that was done since `saved` is undone. What was in doubt stays so."""
        return evolve(self, relations=saved.relations, unsure=saved.unsure)

    def settled(self, names: frozenset[Name]) -> Made:
        """The same when these were made for sure, if nothing has happened to them since."""
        sure = self.unsure & names
        return evolve(self, relations=self.relations | sure, unsure=self.unsure - sure)

    def without(self, names: Iterable[Name]) -> Made:
        """The same when nothing is known of these."""
        gone = frozenset(names)
        return evolve(self, relations=self.relations - gone, unsure=self.unsure - gone)

    def _created(self, statement: Statement) -> Made:
        makes = statement.makes if statement.kind in _MAKING else frozenset[Name]()
        strange = {name.name for name in statement.defines - makes - statement.inherits}
        relations, unsure = self.relations, self.unsure
        if statement.if_absent:
            unsure |= makes - relations
        else:
            relations, unsure = relations | makes, unsure - makes
        views = frozenset[Name]() if statement.inherits else makes - statement.tables
        return evolve(
            self,
            relations=relations,
            unsure=unsure,
            views=self.views | {(view, read) for view in views for read in statement.reads},
            doubted=self.doubted | strange,
        )

    def _linked(self, statement: Statement) -> Made:
        """Of a view over what shows other rows now, nothing is known any more."""
        others = statement.defines - statement.inherits
        pairs = frozenset((one, other) for one in others for other in statement.inherits)
        spoiled = self._seen_through({name.name for name in statement.defines | statement.inherits})
        return evolve(self, links=self.links | pairs, doubted=self.doubted | spoiled)

    def _renamed(self, statement: Statement, new: Name) -> Made:
        olds = statement.defines
        if statement.inside or not olds <= self.relations:
            return evolve(self, doubted=self.doubted | {name.name for name in (*olds, new)})

        def both(pairs: frozenset[tuple[Name, Name]]) -> frozenset[tuple[Name, Name]]:
            renamed = {tuple(new if one in olds else one for one in pair) for pair in pairs}
            return pairs | frozenset((one, other) for one, other in renamed)

        return evolve(self, relations=self.relations - olds | {new}, links=both(self.links), views=both(self.views))

    def _dropped(self, names: set[str]) -> Made:
        gone = names | self._seen_through(names)
        return self.without(one for one in self.relations | self.unsure if one.name in gone)

    def _seen_through(self, names: set[str]) -> set[str]:
        """The views over relations of these names, and those over them."""
        found: set[str] = set()
        while more := {v.name for v, read in self.views if read.name in names | found} - found:
            found |= more
        return found


NOTHING_CLEAN = Clean()
NOTHING_MADE = Made()
