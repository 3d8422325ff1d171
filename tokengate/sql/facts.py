"""The facts of a SQL text: everything policy and masking decide on, whatever the dialect.

One `SqlFacts` per distinct text, made by `tokengate.sql.postgres.analyse` (and later by its MySQL sibling),
immutable and shared between sessions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from attrs import field, frozen

if TYPE_CHECKING:
    from tokengate.sql.blocks import Reading


@frozen
class Name:
    """A possibly schema-qualified name, case-folded as the database folds it. `schema` None: unqualified."""

    schema: str | None
    name: str

    def __str__(self) -> str:
        return self.name if self.schema is None else f"{self.schema}.{self.name}"


class Code(NamedTuple):
    """The functions behind a type, which run though no statement names them. `checks` see a value that becomes one (a
    domain's), `makes` may make it of another, `stores` of them where that is stored; `uses` may run wherever one is
    computed with, compared, sorted, grouped.
    """

    checks: frozenset[Name] = frozenset()
    makes: frozenset[Name] = frozenset()
    stores: frozenset[Name] = frozenset()
    uses: frozenset[Name] = frozenset()

    @property
    def all(self) -> frozenset[Name]:
        """What a statement may run that names the type."""
        return self.checks | self.makes | self.uses


NO_CODE = Code()


@frozen
class CopyFacts:
    """A COPY.

    `direction`: "to" or "from". `endpoint`: "client" (STDIN/STDOUT), "file" or "program". Either `relation` (with
    `columns`, empty: all of them) or `query` (SQL text). `format`: "text", "csv" or "binary".
    """

    direction: str
    endpoint: str
    relation: Name | None
    columns: tuple[str, ...]
    query: str | None
    format: str
    delimiter: str = "\t"
    null: str = "\\N"
    quote: str = '"'
    escape: str = '"'
    header: bool = False
    encoding: str | None = None


_KINDS = frozenset({"insert", "update", "delete", "truncate"})


class Setting(NamedTuple):
    """A run-time setting that a statement changes. `name` in lower case; "*": computed, any; "all": RESET ALL and
    DISCARD ALL.

    `value` None: what the session began with (RESET, DEFAULT), or where `known` is False a computed one. A search_path
    is written with every name quoted. `local`: until the end of the transaction, or who knows.
    """

    name: str
    value: str | None = None
    known: bool = True
    local: bool = False


@frozen
class Statement:
    """One statement of a text.

    `kind` is the grammar's word in lower snake case ("select", "insert", "drop", "variable_set" …).
    `reads`/`writes`/`defines` are relations (CTE names excluded); `functions` every function called by name;
    `attributes`: the last names of what is written like columns of a row, for each may be a function's;
    `operators` every operator that is not one of the plain built-in ones, `symbols` all of them, without schema
    (`using <` is what ORDER BY … USING < compares by).
    `settings`: what SET, RESET, set_config, transaction modes and ALTER … SET are about. `cursor`: the cursor or
    prepared statement named by DECLARE, FETCH, MOVE, CLOSE, PREPARE, EXECUTE, DEALLOCATE. `dynamic`: it runs code that
    can't be seen here (DO, unless all its code is known; CALL; functions that run a text). `inside`: it stands in the
    code of the DO before it, where it may run any number of times.

    `tables`: those of `defines` that it makes, and that are tables alone; `makes`: all tables and views that it makes,
    `if_absent`: unless they are there; `inherits`: what they, or what it alters, become or cease to be children or
    parents of; `renamed`: what a relation is called by it, in its schema or a new one; `plain`: it is an ALTER TABLE
    that leaves every value where it is and every name what it means. `references`: what foreign keys that it defines
    refer to; `keyed`: the names of the columns that do; `follows`: the columns (relation, name; None: its primary key)
    that they copy on update.
    `transaction`: "begin", "commit", "savepoint", "rollback_to" …; `savepoint`: the name in it.
    `types`: the types that it casts to or declares anything to be, and operator classes; `parameters`: those that
    PREPARE declares its parameters to be.

    `reading` has the statement's query blocks, for whoever follows values through them.
    """

    kind: str
    categories: frozenset[str]
    reads: frozenset[Name] = frozenset()
    writes: frozenset[Name] = frozenset()
    defines: frozenset[Name] = frozenset()
    functions: frozenset[Name] = frozenset()
    attributes: frozenset[str] = frozenset()
    operators: frozenset[str] = frozenset()
    symbols: frozenset[str] = frozenset()
    dynamic: bool = False
    settings: tuple[Setting, ...] = ()
    cursor: str | None = None
    copy: CopyFacts | None = None
    explain_analyze: bool = False
    tables: frozenset[Name] = frozenset()
    makes: frozenset[Name] = frozenset()
    if_absent: bool = False
    inherits: frozenset[Name] = frozenset()
    references: frozenset[Name] = frozenset()
    follows: frozenset[tuple[Name, str | None]] = frozenset()
    types: frozenset[Name] = frozenset()
    parameters: frozenset[Name] = frozenset()
    renamed: Name | None = None
    plain: bool = False
    keyed: frozenset[str] = frozenset()
    transaction: str = ""
    savepoint: str = ""
    inside: bool = False
    reading: Reading | None = field(default=None, eq=False, repr=False)

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of write that it asks for itself; what only makes a relation fills it."""
        return self.categories & _KINDS or frozenset({"insert"})


@frozen(eq=False)
class SqlFacts:
    """The facts of one text, which may hold several statements, or none (an empty query).

    `error` is the parser's message when the text can't be parsed: `statements` is then empty and the text is
    refused. `error_position`: 1-based character, 0 when unknown. `backslash_literal`: a plain literal has a
    backslash in it, so its end depends on standard_conforming_strings. `normalized`: the text with every literal
    replaced by a placeholder, as recordings keep it ("" when it can't be parsed). `moving`: it may change what names
    mean afterwards, by settings, definitions or code.
    """

    statements: tuple[Statement, ...]
    error: str = ""
    error_position: int = 0
    backslash_literal: bool = False
    normalized: str = ""
    named: bool = field(init=False)  # whether a statement names a cursor or a prepared statement
    moving: bool = field(init=False)

    @named.default
    def _named(self) -> bool:
        return any(statement.cursor is not None for statement in self.statements)

    @moving.default
    def _moving(self) -> bool:
        return any(
            s.settings or s.functions or s.operators or s.dynamic or s.categories & {"ddl", "grant"}
            for s in self.statements
        )
