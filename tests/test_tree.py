"""The tree is the architecture: its rules, held."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "tokengate"

PURE = (
    "values.py", "errors.py", "session/pipeline.py", "session/session.py", "session/explain.py", "sql/*.py", "shell/*.py", "enforce/*.py", "mask/*.py",
    "protocols/*/wire.py", "protocols/*/gate.py", "protocols/*/requests.py", "protocols/*/meanings.py", "protocols/*/answers.py", "protocols/*/exchange.py",
    "protocols/*/names.py", "protocols/*/inbox.py", "protocols/*/plans.py", "protocols/*/rows.py", "protocols/*/cells.py",
    "protocols/*/types.py", "protocols/*/copy.py", "protocols/*/restore.py", "protocols/*/refusals.py", "protocols/*/screen.py", "protocols/*/namespace.py",
    "protocols/*/paths.py", "record/chain.py", "record/verify.py",
    "protocols/ssh/algorithms.py", "protocols/ssh/ciphers.py", "protocols/ssh/packets.py", "protocols/ssh/greeting.py",
    "protocols/ssh/keys.py", "protocols/ssh/certificates.py", "protocols/ssh/authorities.py", "protocols/ssh/credentials.py", "protocols/ssh/pktoken.py", "protocols/ssh/knownhosts.py",
    "protocols/ssh/throttle.py", "protocols/ssh/steps.py", "protocols/ssh/lane.py", "protocols/ssh/channel.py",
    "protocols/ssh/program.py", "protocols/ssh/forward.py", "protocols/ssh/globals.py", "protocols/ssh/terminal.py",
    "protocols/ssh/sftp.py", "protocols/ssh/replies.py", "protocols/ssh/operations.py", "protocols/ssh/actions.py", "protocols/ssh/permissions.py",
    "session/record.py", "record/asciicast.py", "record/screen.py",
)  # fmt: skip
"""Modules that decide or translate and so must not know the reactor."""

TESTED_ELSEWHERE = {
    "values.py": "everywhere", "errors.py": "everywhere", "interfaces.py": "everywhere", "components.py": "test_registry.py",
    "testing.py": "edge/test_driver.py", "service.py": "integration/test_operations.py", "tap.py": "integration/test_operations.py",
    "plugins/builtin.py": "test_registry.py", "admin/metrics.py": "integration/test_operations.py",
    "admin/site.py": "integration/test_operations.py",
    "admin/explain.py": "integration/test_explain.py", "cli/explain.py": "integration/test_explain.py",
    "session/explain.py": "integration/test_explain.py", "protocols/postgres/explanation.py": "integration/test_explain.py", "cli/main.py": "cli/test_commands.py", "cli/check.py": "cli/test_commands.py",
    "cli/plugins.py": "cli/test_commands.py", "cli/token.py": "cli/test_commands.py", "cli/sessions.py": "integration/test_operations.py",
    "cli/approvals.py": "integration/test_operations.py", "cli/revocations.py": "integration/test_operations.py",
    "demo/command.py": "integration/test_demo.py", "demo/stage.py": "integration/test_demo.py", "demo/issuer.py": "identity/test_jwks.py",
    "enforce/sql.py": "enforce/test_enforcers.py", "enforce/approval.py": "enforce/test_enforcers.py",
    "enforce/expression.py": "enforce/test_enforcers.py", "enforce/rules.py": "enforce/test_enforcers.py",
    "identity/jwt.py": "identity/test_oidc.py", "identity/claims.py": "identity/test_oidc.py",
    "secrets/env.py": "secrets/test_sources.py", "secrets/file.py": "secrets/test_sources.py", "secrets/plain.py": "secrets/test_sources.py",
    "session/session.py": "edge/test_driver.py", "session/route.py": "integration/test_operations.py", "session/counts.py": "edge/test_driver.py",
    "session/tools.py": "test_registry.py", "sql/facts.py": "sql/test_postgres.py", "sql/walk.py": "sql/test_postgres.py", "sql/nodes.py": "sql/test_postgres.py",
    "sql/libpg.py": "sql/test_postgres.py", "sql/settings.py": "sql/test_postgres.py", "sql/categories.py": "sql/test_postgres.py", "record/chain.py": "record/test_ndjson.py",
    "record/files.py": "record/test_ndjson.py", "record/ledger.py": "record/test_ndjson.py", "record/recovery.py": "record/test_ndjson.py",
    "record/signing.py": "record/test_ndjson.py", "record/verify.py": "record/test_ndjson.py",
    "protocols/postgres/wire.py": "protocols/postgres/test_gate.py", "protocols/postgres/requests.py": "protocols/postgres/test_gate.py",
    "protocols/postgres/answers.py": "protocols/postgres/test_gate.py", "protocols/postgres/exchange.py": "protocols/postgres/test_gate.py",
    "protocols/postgres/screen.py": "protocols/postgres/test_gate.py",
    "protocols/postgres/names.py": "protocols/postgres/test_gate.py", "protocols/postgres/inbox.py": "protocols/postgres/test_gate.py",
    "protocols/postgres/plans.py": "protocols/postgres/test_gate.py", "protocols/postgres/meanings.py": "protocols/postgres/test_gate.py",
    "protocols/postgres/types.py": "protocols/postgres/test_cells.py",
    "protocols/postgres/peer.py": "protocols/postgres/test_login.py", "protocols/postgres/viewed.py": "protocols/postgres/test_census.py",
    "protocols/ssh/credentials.py": "protocols/ssh/test_userauth.py",
    "protocols/ssh/keying.py": "protocols/ssh/test_transport.py", "protocols/ssh/steps.py": "protocols/ssh/test_gate.py",
    "protocols/ssh/channel.py": "protocols/ssh/test_gate.py", "protocols/ssh/operations.py": "protocols/ssh/test_sftp.py",
    "session/record.py": "edge/test_driver.py",
    "store/schema.py": "session/test_holds.py",
    "shell/facts.py": "shell/test_posix.py",
    "sql/blocks.py": "sql/test_queries.py", "sql/expressions.py": "sql/test_queries.py",
    "mask/flow.py": "mask/test_lineage.py", "mask/scope.py": "mask/test_lineage.py", "mask/unknown.py": "mask/test_effects.py",
}  # fmt: skip
"""Module -> the test file that is about it, where that isn't its own test_NAME.py."""


def modules() -> Iterator[Path]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.name != "__init__.py":
            yield path.relative_to(PACKAGE)


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse((PACKAGE / path).read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


@pytest.mark.parametrize("path", [path for path in modules() if any(path.match(pattern) for pattern in PURE)], ids=str)
def test_pure_modules_import_nothing_of_twisted(path: Path) -> None:
    """Gates, facts, rules and formats are plain functions of bytes and values."""
    assert not {name for name in imports(path) if name.split(".")[0] == "twisted"}


@pytest.mark.parametrize("path", list(modules()), ids=str)
def test_nothing_reaches_into_a_protocol(path: Path) -> None:
    """A protocol can be deleted whole. (`check` asks one for its row engine, where it runs.)"""
    inside = {name for name in imports(path) if name.startswith("tokengate.protocols.")}
    allowed = (
        f"tokengate.protocols.{path.parts[1]}" if path.parts[0] == "protocols" else "tokengate.protocols.postgres.rows"
    )
    reached = {name for name in inside if not name.startswith(allowed)}
    assert not reached
    assert path.parts[0] == "protocols" or not inside or path == Path("cli/check.py")


@pytest.mark.parametrize("path", list(modules()), ids=str)
def test_every_module_has_its_test(path: Path) -> None:
    """test_NAME.py in the mirrored folder, or a place that the table above names and that exists."""
    own = ROOT / "tests" / path.parent / f"test_{path.name}"
    elsewhere = TESTED_ELSEWHERE.get(path.as_posix())
    assert own.exists() or elsewhere == "everywhere" or (elsewhere and (ROOT / "tests" / elsewhere).exists()), path


@pytest.mark.parametrize("path", list(modules()), ids=str)
def test_every_module_says_its_place(path: Path) -> None:
    """A docstring opens each."""
    assert ast.get_docstring(ast.parse((PACKAGE / path).read_text()))


def test_nothing_is_left_to_do_and_nothing_names_a_machine() -> None:
    """No marks of unfinished work, no folder of whoever wrote it."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    marks = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b|/" + r"work/|/" + r"root/")
    for name in listed:
        if name.endswith((".py", ".md", ".ini", ".cfg", ".toml", ".pyx")) or name in ("Makefile", ".ci/run"):
            found = marks.search((ROOT / name).read_text())
            assert found is None, f"{name}: {found and found[0]}"


def test_the_plugin_folders_are_no_packages() -> None:
    """Twisted's plugin folders must stay open for other distributions."""
    assert not (ROOT / "twisted" / "__init__.py").exists()
    assert not (ROOT / "twisted" / "plugins" / "__init__.py").exists()
