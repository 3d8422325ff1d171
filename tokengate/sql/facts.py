"""The facts of a SQL text: everything policy and masking decide on, whatever the dialect.

One `SqlFacts` per distinct text, made by `tokengate.sql.postgres.analyse` (and later by its MySQL sibling),
immutable and shared between sessions.
"""

from __future__ import annotations

from attrs import field, frozen


@frozen
class Name:
    """A possibly schema-qualified name, case-folded as the database folds it. `schema` None: unqualified."""

    schema: str | None
    name: str

    def __str__(self) -> str:
        return self.name if self.schema is None else f"{self.schema}.{self.name}"


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
    force_quote: tuple[str, ...] | None = None  # None: none; () : all of them
    encoding: str | None = None


@frozen
class Statement:
    """One statement of a text.

    `kind` is the grammar's word in lower snake case ("select", "insert", "drop", "variable_set" …).
    `reads`/`writes` are relations (CTE names excluded); `functions` every function called by name; `operators`
    every operator that is not one of the plain built-in ones; `columns` every column name mentioned, with its
    qualifier or None; `stars`: whether `*`, `t.*` appears as output; `aliased`: an alias renames columns (`t(a, b)`);
    `whole_rows`: names of ColumnRefs that may be a whole row (a bare name equal to a relation's name or alias in
    scope). `settings` are (name, value) of SET; value None for DEFAULT/RESET. `cursor`: the cursor or prepared
    statement named by DECLARE, FETCH, MOVE, CLOSE, PREPARE, EXECUTE, DEALLOCATE. `dynamic`: it runs code that can't
    be seen here (DO, CALL, EXECUTE of a string).

    `shown` and `stored` are column mentions by where their values can go: into a result row (output expressions,
    RETURNING), into what is written (SET, the rows of INSERT and MERGE, CREATE TABLE AS). Mentions that only choose or
    order rows (WHERE, ON, HAVING, GROUP BY, ORDER BY) are in neither; output expressions of sub-selects in FROM and of
    CTEs, and arguments of functions in FROM, are in both; a star or a whole row is (qualifier, "*"). In these and in
    `columns`, the qualifier is "" for what is selected from an expression: `(x).name`. `aliases` has, for every
    qualifier in use, each relation it may stand for (INSERT's, UPDATE's … target too, also as `excluded`, `old`, `new`;
    for an alias of a join, each relation in it), or None for a sub-select, CTE or function: PostgreSQL reads `c.f` as
    the call `f(c)` where c has no such column. All three None: not worked out, anything may be anywhere.
    """

    kind: str
    categories: frozenset[str]
    reads: frozenset[Name] = frozenset()
    writes: frozenset[Name] = frozenset()
    defines: frozenset[Name] = frozenset()
    functions: frozenset[Name] = frozenset()
    operators: frozenset[str] = frozenset()
    columns: frozenset[tuple[str | None, str]] = frozenset()
    written_columns: frozenset[str] = frozenset()
    stars: bool = False
    aliased: bool = False
    whole_rows: frozenset[str] = frozenset()
    has_where: bool = False
    dynamic: bool = False
    settings: tuple[tuple[str, str | None], ...] = ()
    cursor: str | None = None
    copy: CopyFacts | None = None
    explain_analyze: bool = False
    returning: bool = False
    shown: frozenset[tuple[str | None, str]] | None = None
    stored: frozenset[tuple[str | None, str]] | None = None
    aliases: frozenset[tuple[str, Name | None]] | None = None


@frozen(eq=False)
class SqlFacts:
    """The facts of one text, which may hold several statements, or none (an empty query).

    `error` is the parser's message when the text can't be parsed: `statements` is then empty and the text is
    refused. `error_position`: 1-based character, 0 when unknown. `backslash_literal`: a plain literal has a
    backslash in it, so its end depends on standard_conforming_strings. `normalized`: the text with every literal
    replaced by a placeholder, as recordings keep it ("" when it can't be parsed).
    """

    statements: tuple[Statement, ...]
    error: str = ""
    error_position: int = 0
    backslash_literal: bool = False
    normalized: str = ""
    named: bool = field(init=False)  # whether a statement names a cursor or a prepared statement

    @named.default
    def _named(self) -> bool:
        return any(statement.cursor is not None for statement in self.statements)
