"""Configuration: every mistake, with its line, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokengate.config import ConfigErrors, load
from tokengate.registry import Registry

GOOD = """\
[gateway]
state = state

[verifier:ci]
use = oidc
issuer = https://ci.example.org
audience = tokengate

[enforcer:safety]
use = sql
deny = drop,
    truncate

[recorder:audit]
use = ndjson
path = recordings

[route:orders]
protocol = postgres
listen = tcp:5433
certificate = a.crt
key = a.key
upstream = tcp:db.internal:5432
credential = env:ORDERS_DB_URL
verify = ci
enforce = safety
record = audit
databases = orders, archive
"""


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.installed()


def problems(text: str, registry: Registry, folder: Path) -> list[tuple[int | None, str]]:
    """(line, problem) of all mistakes."""
    file = folder / "gateway.ini"
    file.write_text(text)
    try:
        load(file, registry)
    except ConfigErrors as error:
        assert all(problem.file == str(file) for problem in error.problems)
        return [(problem.line, problem.problem) for problem in error.problems]
    return []


def test_a_good_file_becomes_typed_options(registry: Registry, tmp_path: Path) -> None:
    """Common, component and protocol options, converted; defaults where nothing is said."""
    (tmp_path / "gateway.ini").write_text(GOOD)
    config = load(tmp_path / "gateway.ini", registry)
    route = config.routes["orders"]
    assert route.options.listen.port == 5433
    assert route.options.upstream_tls == "verify-full"
    assert route.protocol_options.databases == ("orders", "archive")
    assert [str(item) for item in config.components["enforcer", "safety"].options.deny] == ["drop", "truncate"]
    assert config.base == tmp_path


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("state = state", "state = state\nstat = x", 3, "unknown key 'stat'"),
        ("[recorder:audit]", "[recorders:audit]", 14, "unknown section"),
        ("[verifier:ci]", "[verifier:]", 4, "unknown section"),
        ("use = oidc", "use = oidcc", 5, "no verifier 'oidcc' is installed"),
        ("use = sql\n", "", 9, "needs a key: use"),
        ("issuer = https://ci.example.org\n", "", 4, "needs a key: issuer"),
        ("verify = ci", "verify = cy", 25, "there is no section [verifier:cy]"),
        ("verify = ci", "verify =", 25, "needs a verifier"),
        ("record = audit", "record = audit, audit", 27, "needs one recorder"),
        ("record = audit\n", "", 18, "needs a key: record"),
        ("listen = tcp:5433", "listen = tcp:0", 20, "is no endpoint"),
        ("listen = tcp:5433", "listen = tcp:5433\ntls = off", 21, "loopback"),
        ("certificate = a.crt\n", "", 18, "needs a certificate"),
        ("upstream = tcp:db.internal:5432", "upstream = db", 23, "is no upstream"),
        ("credential = env:ORDERS_DB_URL", "credential = secret", 24, "SOURCE:REFERENCE"),
        ("protocol = postgres", "protocol = postgres9", 19, "no protocol 'postgres9'"),
        ("protocol = postgres\n", "", 18, "needs a key: protocol"),
        ("deny = drop,", "deny = dropp,", 11, "begins with no category"),
        ("databases = orders, archive", "database = orders", 28, "unknown key 'database'"),
        ("[enforcer:safety]", "[enforcer:safety]\nuse = sql", 11, "already exists"),
        ("[recorder:audit]", "[verifier:ci]", 14, "already exists"),
        ("use = ndjson", "nonsense", 15, "no [section]"),
        ("state = state", "state = state\nadmin = tcp:9464", 3, "loopback"),
        ("verify = ci", "verify = ci\nupstream_tls = prefer", 26, "is not one of"),
        ("verify = ci", "verify = ci\nclient_certificates = required", 26, "client_ca"),
    ],
)
def test_each_mistake_is_found_where_it_is(
    registry: Registry, tmp_path: Path, old: str, new: str, line: int, says: str
) -> None:
    """File, line and a sentence."""
    assert old in GOOD
    found = problems(GOOD.replace(old, new), registry, tmp_path)
    assert any(at == line and says in problem for at, problem in found), found


def test_all_mistakes_are_found_at_once(registry: Registry, tmp_path: Path) -> None:
    """Three mistakes are three problems, in the file's order."""
    text = GOOD.replace("deny = drop", "deny = x").replace("tcp:5433", "tcp:x").replace("path =", "paht =")
    found = problems(text, registry, tmp_path)
    assert [line for line, _ in found] == sorted(line or 0 for line, _ in found)
    assert len(found) == 4


def test_files_that_are_none(registry: Registry, tmp_path: Path) -> None:
    """Empty, not there, not text."""
    assert problems("", registry, tmp_path)
    with pytest.raises(ConfigErrors):
        load(tmp_path / "missing.ini", registry)
    (tmp_path / "binary.ini").write_bytes(bytes(range(256)))
    with pytest.raises(ConfigErrors):
        load(tmp_path / "binary.ini", registry)


def test_percent_and_dollar_mean_themselves(registry: Registry, tmp_path: Path) -> None:
    """No interpolation: a secret's name may hold anything."""
    assert not problems(GOOD.replace("env:ORDERS_DB_URL", "file:/run/%(x)s/$y"), registry, tmp_path)


@given(
    st.lists(
        st.sampled_from([*GOOD.splitlines(), "", "[", "=", "use", "  x", "[route:x]", "# c", "listen = unix:/x"]),
        max_size=30,
    )
)
@settings(max_examples=150, deadline=None)
def test_any_lines_load_or_are_config_errors(lines: list[str]) -> None:
    """Shuffled and broken files never raise anything else."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        problems("\n".join(lines), Registry.installed(), Path(folder))


def test_the_shipped_configuration_is_valid(registry: Registry) -> None:
    """etc/gateway.ini loads."""
    assert load(Path(__file__).parent.parent / "etc" / "gateway.ini", registry).routes
