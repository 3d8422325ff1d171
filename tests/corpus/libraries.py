"""Object mappers and migration tools, each given a connection string; what they read and leave is compared.

Each undoes what it did, so that the next way finds what the first one found.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import alembic.autogenerate
import alembic.migration
import alembic.operations
import django
import sqlalchemy as sa
from django.conf import settings
from django.core.management import call_command
from django.db import connections, models, transaction
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import orm
from sqlalchemy.dialects.postgresql import insert

Library = Callable[[str], list[Any]]

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql"}},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions"],
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()


def sqlalchemy_reflection(conninfo: str) -> list[Any]:
    """Everything its inspector asks about each schema, and a reflected MetaData's own SQL."""
    engine = _engine(conninfo)
    inspector = sa.inspect(engine)
    found: list[Any] = [inspector.get_schema_names(), inspector.default_schema_name]
    for schema in ("app", "shop"):
        found += [
            inspector.get_table_names(schema),
            inspector.get_view_names(schema),
            inspector.get_sequence_names(schema),
        ]
        found += [inspector.get_materialized_view_names(schema), inspector.get_foreign_table_names(schema)]  # type: ignore[attr-defined]  # PostgreSQL's
        found += [inspector.get_enums(schema), inspector.get_domains(schema)]  # type: ignore[attr-defined]  # PostgreSQL's
        for ask in ("columns", "pk_constraint", "foreign_keys", "indexes", "unique_constraints", "check_constraints"):
            found.append(sorted(map(repr, getattr(inspector, f"get_multi_{ask}")(schema).items())))
        found += [inspector.get_view_definition(view, schema) for view in inspector.get_view_names(schema)]
        found.append(sorted(map(repr, inspector.get_multi_table_comment(schema).items())))
    metadata = sa.MetaData()
    metadata.reflect(engine, schema="shop", views=True)
    found += [str(sa.schema.CreateTable(table)) for table in metadata.sorted_tables]
    engine.dispose()
    return found


class Base(orm.DeclarativeBase):
    """The unit of work's tables, in a schema of their own making."""


class Author(Base):
    """One of two related classes."""

    __tablename__ = "authors"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    name: orm.Mapped[str] = orm.mapped_column(sa.String(50), unique=True)
    version: orm.Mapped[int] = orm.mapped_column()
    books: orm.Mapped[list[Book]] = orm.relationship(back_populates="author", cascade="all, delete-orphan")
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's way


class Book(Base):
    """The other."""

    __tablename__ = "books"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    title: orm.Mapped[str]
    price: orm.Mapped[float | None] = orm.mapped_column(sa.Numeric(10, 2))
    facts: orm.Mapped[dict[str, Any] | None] = orm.mapped_column(sa.JSON)
    author_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("authors.id"))
    author: orm.Mapped[Author] = orm.relationship(back_populates="books")


def _write(session: orm.Session) -> None:
    authors = (
        Author(name=f"a{n}", books=[Book(title=f"b{m}", price=m, facts={"m": m}) for m in range(4)]) for n in range(300)
    )
    session.add_all(authors)
    session.commit()
    first = session.scalars(sa.select(Author).order_by(Author.id).limit(1)).one()
    first.name = "changed"
    del first.books[0]
    with session.begin_nested():
        session.add(Author(name="nested"))
    session.commit()
    upsert = insert(Author).values([{"name": "changed", "version": 7}, {"name": "new", "version": 1}])
    session.execute(upsert.on_conflict_do_update(index_elements=["name"], set_={"version": upsert.excluded.version}))
    session.execute(sa.update(Book).where(Book.price > 2).values(price=Book.price + 1))
    session.execute(sa.delete(Book).where(Book.title == "b1"))
    session.commit()


def _read(session: orm.Session) -> list[Any]:
    everyone = sa.select(Author).options(orm.selectinload(Author.books)).order_by(Author.id)
    found: list[Any] = [(a.id, a.name, a.version, len(a.books)) for a in session.scalars(everyone)]
    sums = sa.select(Author.name, sa.func.sum(Book.price)).join(Book).group_by(Author.name).order_by(Author.name)
    found += [tuple(row) for row in session.execute(sums)]
    joined = sa.select(Book).options(orm.joinedload(Book.author)).order_by(Book.id).limit(3)
    found += [(book.id, book.title, book.author.name) for book in session.scalars(joined).unique()]
    found += session.scalars(sa.select(Book.id).order_by(Book.id).execution_options(yield_per=50))
    return found


def sqlalchemy_unit_of_work(conninfo: str) -> list[Any]:
    """create_all, flushes in bulk with RETURNING, loads of all kinds, versions, upserts, streaming, drop_all."""
    engine = _engine(conninfo)
    Base.metadata.create_all(engine)
    with orm.Session(engine) as session:
        _write(session)
        found = _read(session)
    Base.metadata.drop_all(engine)
    engine.dispose()
    return found


def sqlalchemy_on_a_table_with_masks(conninfo: str) -> list[Any]:
    """Masked columns are written and filtered by, not read; a table with them is otherwise as any."""
    engine = _engine(conninfo)
    customers = sa.table("customers", *map(sa.column, ("id", "name", "email", "balance")), schema="app")
    with engine.connect() as connection:
        connection.execute(sa.insert(customers).values(id=77, name="New", email="new@example.org", balance=5))
        connection.execute(
            sa.update(customers).where(customers.c.email == "new@example.org").values(balance=6, email="x@y.z")
        )
        query = sa.select(customers.c.id, customers.c.name, customers.c.balance).order_by(customers.c.id)
        found = [tuple(row) for row in connection.execute(query)]
        found += [
            tuple(row) for row in connection.execute(sa.select(sa.func.count(), sa.func.max(customers.c.balance)))
        ]
        found += [tuple(row) for row in connection.execute(query.where(customers.c.email.like("%@y.z")))]
        connection.rollback()
    engine.dispose()
    return found


def alembic_migrations(conninfo: str) -> list[Any]:
    """The version table, operations of all kinds, and what autogenerate sees of a schema."""
    engine = _engine(conninfo)
    with engine.connect() as connection:
        context = alembic.migration.MigrationContext.configure(connection)
        context._ensure_version_table()  # what an upgrade begins with
        op = alembic.operations.Operations(context)
        op.create_table(
            "moved", sa.Column("id", sa.Integer, primary_key=True), sa.Column("a", sa.String(10)), comment="x"
        )
        op.add_column("moved", sa.Column("b", sa.DateTime(timezone=True), server_default=sa.func.now()))
        op.alter_column("moved", "a", type_=sa.Text, nullable=False, new_column_name="c", existing_type=sa.String(10))
        op.create_index("moved_c", "moved", ["c"], unique=True, postgresql_where=sa.text("c <> ''"))
        op.create_check_constraint("moved_check", "moved", "length(c) < 100")
        op.bulk_insert(sa.table("moved", sa.column("id"), sa.column("c")), [{"id": n, "c": f"c{n}"} for n in range(5)])
        op.execute("update moved set c = upper(c)")
        found: list[Any] = [tuple(row) for row in connection.execute(sa.text("select id, c from moved order by id"))]
        found += [diff[0] for diff in alembic.autogenerate.compare_metadata(context, sa.MetaData())]
        op.drop_constraint("moved_check", "moved")
        op.drop_index("moved_c")
        op.rename_table("moved", "moved_again")
        op.drop_column("moved_again", "b")
        op.drop_table("moved_again")
        connection.rollback()
    engine.dispose()
    return [str(item) for item in found]


def django_introspection(conninfo: str) -> list[Any]:
    """inspectdb of tables and views, with constraints and sequences."""
    with DjangoConnection(conninfo, "shop,app") as connection:
        text = io.StringIO()
        call_command("inspectdb", "--include-views", "--include-partitions", stdout=text)
        with connection.cursor() as cursor:
            ask = connection.introspection
            found: list[Any] = [text.getvalue(), sorted(map(str, ask.get_table_list(cursor)))]
            for table in ("products", "order_lines", "customers"):
                found += [
                    sorted(map(str, ask.get_constraints(cursor, table).items())),
                    ask.get_relations(cursor, table),
                ]
                found += [ask.get_sequences(cursor, table), ask.get_primary_key_column(cursor, table)]
    return found


def django_migrations(conninfo: str) -> list[Any]:
    """migrate of three applications, their state, and back to nothing."""
    with DjangoConnection(conninfo, "public") as connection:
        text = io.StringIO()
        call_command("migrate", verbosity=1, stdout=text)
        call_command("showmigrations", stdout=text)
        call_command("sqlmigrate", "auth", "0001", stdout=text)
        names = connection.introspection.table_names()
        with connection.cursor() as cursor:
            for name in sorted(name for name in names if name.startswith(("auth_", "django_"))):
                cursor.execute(f'drop table "{name}" cascade')
    return [text.getvalue(), sorted(names)]


class Thing(models.Model):
    """Something for Django's schema editor and query sets."""

    name = models.CharField(max_length=50, unique=True)
    size = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    facts = models.JSONField(default=dict)
    made = models.DateTimeField(null=True)

    class Meta:
        app_label = "corpus"
        db_table = "things"


def django_query_sets(conninfo: str) -> list[Any]:
    """A schema editor's table; bulk work, upserts, savepoints, annotations, JSON, server-side cursors."""
    with DjangoConnection(conninfo, "public") as connection:
        with connection.schema_editor() as editor:
            editor.create_model(Thing)
        with transaction.atomic():
            Thing.objects.bulk_create(
                [Thing(name=f"n{n}", size=n, facts={"n": n, "even": n % 2 == 0}) for n in range(300)]
            )
            Thing.objects.bulk_create(
                [Thing(name="n1", size=99)], update_conflicts=True, unique_fields=["name"], update_fields=["size"]
            )
            try:
                with transaction.atomic():
                    Thing.objects.create(name="n1")
            except django.db.IntegrityError as error:
                found: list[Any] = [str(error)]
            thing, _ = Thing.objects.get_or_create(name="n2", defaults={"size": 0})
            Thing.objects.update_or_create(name="n3", defaults={"size": 33})
            Thing.objects.filter(size__gt=200).update(size=models.F("size") + 1)
            Thing.objects.filter(facts__n__gte=290).delete()
        found += list(Thing.objects.filter(facts__even=True).order_by("id").values_list("id", "name", "size")[:20])
        found += [Thing.objects.aggregate(models.Sum("size"), models.Count("id")), thing.name]
        found += [len(list(Thing.objects.iterator(chunk_size=50))), Thing.objects.filter(name__icontains="N1").count()]
        found.append(Thing.objects.order_by("id").explain(verbose=True))
        with connection.schema_editor() as editor:
            editor.delete_model(Thing)
    return found


ALL: tuple[Library, ...] = (
    sqlalchemy_reflection, sqlalchemy_unit_of_work, sqlalchemy_on_a_table_with_masks, alembic_migrations, django_introspection,
    django_migrations, django_query_sets,
)  # fmt: skip


REFUSED: dict[Library, str] = {
    alembic_migrations: "refused: a table that was just made may not be renamed nor its columns",
}
"""What a route that masks is known to refuse of them."""


def _engine(conninfo: str) -> sa.Engine:
    return sa.create_engine("postgresql+psycopg://", connect_args=_arguments(conninfo))


def _arguments(conninfo: str) -> dict[str, Any]:
    return {key: value for key, value in conninfo_to_dict(conninfo).items() if value is not None}


class DjangoConnection:
    """Django's default connection made to go another way, and closed."""

    def __init__(self, conninfo: str, schemas: str) -> None:
        self.options = _arguments(conninfo)
        self.schemas = schemas

    def __enter__(self) -> Any:
        connection = connections["default"]
        given = self.options
        connection.settings_dict.update(NAME=given.pop("dbname"), USER=given.pop("user"), HOST=given.pop("host"),
            PORT=given.pop("port"), PASSWORD=given.pop("password", ""), OPTIONS=given)  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(f"set search_path = {self.schemas}")
        return connection

    def __exit__(self, *_: object) -> None:
        connections["default"].close()
