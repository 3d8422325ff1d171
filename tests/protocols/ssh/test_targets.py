"""User names, and what they stand for."""

from __future__ import annotations

import pytest

from tokengate.edge.connect import parse_connect
from tokengate.errors import TokenRejected
from tokengate.protocols.ssh.targets import choose, parse_targets, parse_users

USERS = parse_users("deploy, app=www-data")
TARGETS = parse_targets("web1=tcp:10.0.0.1:22, web2=tcp:10.0.0.2:2222")
OWN = parse_connect("tcp:db.internal:22")


def test_a_user_at_the_routes_own_target() -> None:
    """By its name here, with its name there."""
    assert choose("deploy", USERS, TARGETS, OWN).user == "deploy"
    target = choose("app", USERS, TARGETS, OWN)
    assert (target.user, target.endpoint.host) == ("www-data", "db.internal")


def test_a_user_at_a_named_target() -> None:
    """Behind a plus."""
    assert choose("app+web2", USERS, TARGETS, OWN).endpoint.port == 2222


@pytest.mark.parametrize(
    "requested",
    ["root", "", "+web1", "www-data", "deploy+", "deploy+web3", "deploy+web1+web2", "deploy+tcp:1.2.3.4:22", "Deploy"],
)
def test_what_is_not_configured_does_not_exist(requested: str) -> None:
    """A user name never says where to connect to, nor as whom."""
    with pytest.raises(TokenRejected):
        choose(requested, USERS, TARGETS, OWN)


@pytest.mark.parametrize("text", ["=root", "a=", "a+b"])
def test_what_is_no_user(text: str) -> None:
    """Is said so."""
    with pytest.raises(ValueError, match="user"):
        parse_users(text)


@pytest.mark.parametrize("text", ["web", "web=10.0.0.1:22", "a+b=tcp:h:22", "web=tcp:h", "web=unix:/x"])
def test_what_is_no_target(text: str) -> None:
    """Is said so."""
    with pytest.raises(ValueError, match="is no"):
        parse_targets(text)
