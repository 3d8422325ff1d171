"""Tests of tokengate.mask.effects: what calling a function may do."""

from __future__ import annotations

import pytest

from tests.mask.database import Catalogue
from tokengate.mask.effects import Effects
from tokengate.mask.functions import Effect
from tokengate.mask.trust import Trust
from tokengate.mask.unknown import UNKNOWN
from tokengate.sql.facts import Name

COMPUTING = [
    "upper",
    "pg_catalog.upper",
    "app.pure",
    "pure",
    "app.nested",
    "digest",
    "public.uuid_generate_v4",
    "replaced",
    "unaccent",
    "app.st_area",
]
KEEPING = ["set_config", "app.keeping"]
REACHING = [
    "app.reveal",
    "app.looping",
    "app.operating",
    "app.running",
    "app.adding",
    "crosstab",
    "native",
    "set_limit",
    "app.nosuch",
    "lo_get",
]


@pytest.mark.parametrize(
    ("names", "effect"), [(COMPUTING, Effect.COMPUTES), (KEEPING, Effect.KEEPS), (REACHING, Effect.REACHES)]
)
def test_effects(names: list[str], effect: Effect) -> None:
    """The server's by a list, SQL by its body, immutable C by its extension, what is vouched for; all else may do anything."""
    effects = Effects(Trust(("app.st_*",)), Catalogue())
    for name in names:
        schema, _, function = name.rpartition(".")
        assert effects(Name(schema or None, function)) is effect, name


def test_operators_are_the_functions_behind_them() -> None:
    """One that the server ships computes until somebody adds another of its name that does more."""
    effects = Effects(Trust(), Catalogue())
    for name, effect in (
        ("+", Effect.COMPUTES),
        ("||", Effect.COMPUTES),
        ("<#>", Effect.COMPUTES),
        ("@@", Effect.REACHES),
        ("<<<", Effect.REACHES),
    ):
        assert effects.operator(Name(None, name)) is effect, name
    assert effects.operator(Name("app", "+")) is Effect.REACHES
    assert effects.symbols({"+", "||", "<#>"}) == ""
    assert effects.symbols({"+", "@@"}) == "@@"


def test_without_a_catalogue_nothing_only_computes() -> None:
    """Any name may be a user's."""
    assert Effects(Trust(), UNKNOWN)(Name(None, "upper")) is Effect.REACHES
