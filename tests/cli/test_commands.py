"""The commands that need no gateway."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.test_config import GOOD
from tokengate.cli.main import COMMANDS, main
from tokengate.identity.tokens import parse


def run(*arguments: str, text: str | None = None) -> tuple[int, str]:
    done = CliRunner().invoke(main, arguments, input=text)
    return done.exit_code, done.output


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    """Each loads and explains itself."""
    code, output = run(name, "--help")
    assert code == 0
    assert "Usage" in output


def test_plugins_lists_components_with_their_options() -> None:
    """Kinds, names, keys, defaults, what is required."""
    code, output = run("plugins")
    assert code == 0
    for word in ("verifier oidc", "masker detectors", "required", "issuer"):
        assert word in output
    assert run("plugins", "nothing-of-the-kind")[0] == 1


def test_check_says_what_is_wrong_and_changes_nothing(tmp_path: Path) -> None:
    """A good file that leads to missing keys and secrets; nothing is created."""
    file = tmp_path / "gateway.ini"
    file.write_text(GOOD)
    code, output = run("check", "-c", str(file))
    assert code == 1
    assert "ORDERS_DB_URL is not set" in output
    assert "a.key" in output
    file.write_text(GOOD.replace("deny = drop", "deny = nonsense"))
    code, output = run("check", "-c", str(file))
    assert code == 1
    assert f"{file}:11: deny:" in output
    assert [path.name for path in tmp_path.iterdir()] == ["gateway.ini"]


def test_the_shipped_configuration_checks() -> None:
    """etc/gateway.ini is right as it lies in the repository."""
    code, output = run("check", "-c", str(Path(__file__).parent.parent.parent / "etc" / "gateway.ini"))
    assert code == 0, output
    assert "Row engine" in output


def test_a_new_token_and_its_line(tmp_path: Path) -> None:
    """The line is for the file, the token for its holder; the line doesn't hold the token."""
    program = Path(sys.executable).with_name("tokengate")
    done = subprocess.run(
        [program, "token", "new", "--subject", "a job", "--groups", "x,y"], capture_output=True, text=True, check=True
    )
    (entry,) = parse(done.stdout).values()
    assert (entry.subject, entry.groups) == ("a job", {"x", "y"})
    token = done.stderr.split()[-1]
    assert token.startswith("tg_")
    assert len(token) <= 79
    assert token not in done.stdout


def test_inspecting_a_token() -> None:
    """Header and claims, said to be unverified."""
    code, output = run("token", "inspect", text="eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln")
    assert code == 0
    assert json.loads(output) == {"header": {"alg": "ES256"}, "claims": {"sub": "x"}, "verified": False}
    assert run("token", "inspect", text="nonsense")[0] == 1
