"""The store's values: who counts as the requester, what a revocation covers."""

from __future__ import annotations

import pytest

from tests.support.held import DIGEST, ISSUER, held, principal
from tokengate.store.records import Approver, Revocation, Revocations
from tokengate.values import Principal


@pytest.mark.parametrize(
    "who",
    [
        principal("repo:acme/shop"),
        principal("somebody", token_digest=DIGEST),
        principal("somebody", token_id="jti-1"),
    ],
    ids=["same subject, another token", "the same token", "the same token id"],
)
def test_requester_is_recognised(who: Principal) -> None:
    """Whoever shares subject or token with the requester is the requester."""
    assert Approver.of_principal(who).requested(held())


def test_others_are_not_the_requester() -> None:
    """Another subject, the same subject of another issuer, and an account of this machine are other people."""
    assert not Approver.of_principal(principal("alice")).requested(held())
    assert not Approver.of_principal(principal("repo:acme/shop", issuer="https://other")).requested(held())
    assert not Approver.of_account("root", "host").requested(held())


def test_token_cannot_claim_an_account() -> None:
    """A token whose subject or groups read like a machine account is not that account."""
    who = principal("unix:root", groups=frozenset({"unix:alice", "dba"}))
    assert Approver.of_principal(who).names == {"dba"}


def test_account_is_known_with_and_without_host() -> None:
    """A hold may list `unix:NAME` or `unix:NAME@HOST`."""
    assert Approver.of_account("alice", "db1").names == {"unix:alice", "unix:alice@db1"}


@pytest.mark.parametrize(
    ("kind", "value"),
    [("token", "jti-of-alice"), ("digest", principal().token_digest), ("subject", "alice"), ("issuer", ISSUER)],
)
def test_revocation_covers_its_kind(kind: str, value: str) -> None:
    """Each kind covers the principal it names, and nobody when the value is another's."""
    assert Revocations([Revocation(kind, value)]).covers(principal())  # type: ignore[arg-type]
    assert not Revocations([Revocation(kind, value + "x")]).covers(principal())  # type: ignore[arg-type]


@pytest.mark.parametrize(("kind", "value"), [("token", "jti-of-alice"), ("subject", "alice")])
def test_revocation_narrowed_to_an_issuer(kind: str, value: str) -> None:
    """With an issuer, a token id or subject is only that issuer's."""
    assert Revocations([Revocation(kind, value, ISSUER)]).covers(principal())  # type: ignore[arg-type]
    assert not Revocations([Revocation(kind, value, "https://other")]).covers(principal())  # type: ignore[arg-type]


def test_kinds_do_not_mix() -> None:
    """A subject's name revoked as a token id revokes no subject."""
    assert not Revocations([Revocation("token", "alice"), Revocation("issuer", "alice")]).covers(principal())


def test_nothing_revoked_covers_nobody() -> None:
    """An empty snapshot lets everybody go on."""
    assert not Revocations().covers(principal())


def test_no_secret_in_reprs() -> None:
    """What a hold is bound to is not shown by accident."""
    assert "mac=" not in repr(held())
    assert "mac=" not in repr(held().binding)
