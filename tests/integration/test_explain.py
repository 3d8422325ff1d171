"""What would happen, and what a rule in shadow mode would have done: asked as an operator does."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.support.gateway import Gateway, gateway
from tests.support.postgres import Server

EXTRA = """
[enforcer:planned]
use = sql
deny = write on app.people
hold = read on app.events
shadow = yes

[masker:planned]
use = columns
mask = app.orders.note: redact
shadow = yes

[enforcer:two]
use = approval
hold = delete

[route:explained]
listen = tcp:{more}:interface=127.0.0.1
enforce = safety, two, planned
mask = pii, planned
{common}
"""


@pytest.fixture(scope="module")
def explained(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway with rules in shadow mode."""
    with gateway(postgres, tmp_path_factory.mktemp("explained"), EXTRA) as running:
        running.ports["explained"] = running.ports["more"]
        yield running


def command(at: Gateway, text: str, tmp_path: Path, *more: str, **claims: Any) -> tuple[int, str]:
    """`tokengate explain` as another process: its exit code and output."""
    (tmp_path / "claims.json").write_text(json.dumps({"sub": "repo:acme/shop", **claims}))
    done = subprocess.run(
        [str(Path(sys.executable).with_name("tokengate")), "explain", "-c", str(at.folder / "gateway.ini"), "--route", "explained",
         "--as", str(tmp_path / "claims.json"), *more, text],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def ask(at: Gateway, body: Any, token: str | None = None, raw: bytes | None = None) -> tuple[int, dict[str, Any]]:
    """`POST /explain`: status and answer."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{at.ports['admin']}/explain", data=raw or json.dumps(body).encode(), method="POST"
    )
    if token is not None:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


QUERY = "select c.id, c.email, upper(c.email) as loud, n.note from app.customers c join app.orders n on n.customer_id = c.id"


def test_columns_have_lineage_and_masks(explained: Gateway, tmp_path: Path) -> None:
    """For each column where it comes from and what becomes of it, by the target's own description."""
    code, output = command(explained, QUERY, tmp_path, "--json")
    assert code == 0, output
    found = json.loads(output)
    assert found["outcome"] == "allow"
    columns = {one["name"]: one for one in found["columns"]}
    assert columns["id"] == {
        "name": "id", "type": "int4", "exact": ["app.customers.id"], "computed": [], "unknown": "", "masks": {},
    }  # fmt: skip
    assert columns["email"]["masks"] == {"pii": "partial(1, 0)"}
    assert columns["loud"]["computed"] == ["app.customers.email"]
    assert columns["loud"]["masks"] == {"pii": "redact"}
    assert columns["note"]["masks"] == {}
    assert [one["section"] for one in found["verdicts"]] == ["safety", "two", "pii"]
    assert [one["section"] for one in found["shadow"]] == ["planned", "planned"]
    assert found["statements"][0]["reads"] == ["app.customers", "app.orders"]


def test_every_rule_is_heard(explained: Gateway, tmp_path: Path) -> None:
    """A refusal, a hold and a veto at once; the exit code says the outcome."""
    code, output = command(explained, "drop table app.customers", tmp_path)
    assert code == 2
    assert "deny" in output
    assert "safety" in output
    code, output = command(explained, "delete from app.orders where id = 0", tmp_path)
    assert code == 3
    assert "hold" in output
    code, output = command(
        explained, "insert into app.orders (note) select email from app.customers", tmp_path, "--json"
    )
    verdicts = {one["section"]: one["verdict"] for one in json.loads(output)["verdicts"]}
    assert (code, verdicts["pii"], verdicts["two"]) == (2, "deny", "allow")
    code, output = command(explained, "selec", tmp_path)
    assert code == 2
    assert "syntax error" in output


def test_what_can_not_be_explained_says_why(explained: Gateway, tmp_path: Path) -> None:
    """No such route, no claims, a token that would be refused."""
    code, output = command(explained, "select 1", tmp_path, exp=1)
    assert code == 1
    assert "expired" in output
    (tmp_path / "claims.json").write_text("[]")
    program = str(Path(sys.executable).with_name("tokengate"))
    usual = [program, "explain", "-c", str(explained.folder / "gateway.ini"), "--as", str(tmp_path / "claims.json")]
    for more, problem in ((["--route", "nosuch"], "no section"), (["--route", "explained"], "no JSON object")):
        done = subprocess.run([*usual, *more, "select 1"], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 1
        assert problem in done.stderr


def test_the_api_answers_for_the_tokens_holder(explained: Gateway, tmp_path: Path) -> None:
    """The same as the command; for others only operators may ask."""
    status, found = ask(explained, {"route": "explained", "text": QUERY}, explained.token())
    assert status == 200
    command_says = json.loads(command(explained, QUERY, tmp_path, "--json")[1])
    assert found == command_says
    body = {"route": "explained", "text": "select ssn from app.customers", "claims": {"sub": "x", "groups": ["dba"]}}
    assert ask(explained, body, explained.token())[0] == 403
    status, found = ask(explained, body, explained.token(groups=["operators"]))
    assert status == 200
    assert found["columns"][0]["masks"]
    assert ask(explained, {**body, "claims": {"exp": 1}}, explained.token(groups=["operators"]))[0] == 422
    assert ask(explained, {**body, "claims": []}, explained.token(groups=["operators"]))[0] == 400


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"route": "explained", "text": "select 1"}, 401),
        ({"route": "nosuch", "text": "select 1"}, 401),
        ({"route": "explained"}, 400),
        ([], 400),
        (b"{", 400),
        (b" " * (2 * 1024 * 1024 + 1), 413),
    ],
)
def test_the_api_needs_a_token_and_a_question(explained: Gateway, body: Any, status: int) -> None:
    """And says which is missing, in the form of RFC 9457."""
    raw = body if isinstance(body, bytes) else None
    got, problem = ask(explained, body, raw=raw)
    assert got == status
    assert problem["status"] == status
    assert ask(explained, {"route": "explained", "text": "select 1"}, "nonsense")[0] == 401
    assert ask(explained, {"route": "nosuch", "text": "select 1"}, explained.token())[0] == 404


def test_explaining_runs_nothing(explained: Gateway, postgres: Server, tmp_path: Path) -> None:
    """Not even what would be allowed."""
    before = postgres.psql("select count(*) from app.orders")
    command(explained, "insert into app.orders (id, customer_id, total) values (7777, 1, 1)", tmp_path)
    ask(explained, {"route": "explained", "text": "update app.orders set total = 0 where id > 0"}, explained.token())
    assert postgres.psql("select count(*) from app.orders") == before


def test_shadow_rules_let_pass_and_are_written_down(explained: Gateway) -> None:
    """What they would have refused, held or masked is in the recording, and counted."""
    with explained.connect("explained") as connection:
        connection.execute("update app.people set name = name where name = 'nobody'")
        connection.execute("select * from app.events")
        assert connection.execute("select note from app.orders where id = 1").fetchone() == ("order 1",)
        connection.execute("select id from app.orders where id = 1")
    actions = [
        event
        for path in explained.recordings()
        for event in map(json.loads, path.read_text().splitlines())
        if event.get("kind") == "action" and event.get("shadow")
    ]
    found = {event["text"]: event["shadow"] for event in actions}
    (update,) = [shadow for text, shadow in found.items() if text.startswith("update")]
    assert [(one["section"], one["verdict"]) for one in update] == [("planned", "deny")]
    assert found["select * from app.events"][0]["verdict"] == "hold"
    assert found["select note from app.orders where id = 1"] == [
        {"section": "planned", "verdict": "mask", "columns": ["note"]}
    ]
    assert "select id from app.orders where id = 1" not in found
    with urllib.request.urlopen(f"http://127.0.0.1:{explained.ports['admin']}/metrics", timeout=10) as answer:
        assert 'tokengate_shadows_total{route="explained",section="planned"} 3.0' in answer.read().decode()


def test_a_route_refuses_what_is_denied_beside_its_shadows(explained: Gateway) -> None:
    """Shadow rules change nothing about the others."""
    with explained.connect("explained") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("drop table app.orders")
