"""JWTs of an issuer, and everything an attacker may send instead."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt as signing
from joserfc.jwk import ECKey, OKPKey, RSAKey

from tokengate.errors import ConfigError, TokengateError, TokenRejected, VerifierUnavailable
from tokengate.identity import oidc
from tokengate.identity.claims import requirements
from tokengate.identity.jwks import FileKeys
from tokengate.values import ConnectionContext, Kind, Principal

ISSUER = "https://ci.example.org"
CONTEXT = ConnectionContext("route", "postgres", "192.0.2.1:1")
NOW = 1_800_000_000.0

EC = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
OKP = OKPKey.generate_key("Ed25519", {"kid": "okp", "use": "sig"})
SMALL = RSAKey.generate_key(1024, {"kid": "small", "use": "sig"})
ENC = ECKey.generate_key("P-256", {"kid": "enc", "use": "enc"})
STRANGER = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"})


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> FileKeys:
    """The issuer's published keys."""
    path: Path = tmp_path_factory.mktemp("keys") / "jwks.json"
    published = [key.as_dict(private=False) for key in (EC, RSA, OKP, SMALL, ENC)]
    path.write_text(json.dumps({"keys": published}))
    return FileKeys(path)


class Store:
    """Token ids used so far."""

    def __init__(self) -> None:
        self.used: set[str] = set()

    async def use_once(self, issuer: str, jti: str, expires_at: float) -> bool:
        new = jti not in self.used
        self.used.add(jti)
        return new


def verifier(keys: Any, **options: Any) -> oidc.OIDC:
    usual: dict[str, Any] = {"issuer": ISSUER, "audience": ("tokengate",), "jwks_file": "unused"}
    return oidc.OIDC(oidc.Options(**{**usual, **options}), keys, Store(), "ci", lambda: NOW)


def mint(key: Any = EC, alg: str = "ES256", header: dict[str, Any] | None = None, **claims: Any) -> bytes:
    usual = {"iss": ISSUER, "aud": "tokengate", "sub": "repo:acme/shop", "iat": int(NOW), "exp": int(NOW) + 600}
    body = {name: value for name, value in {**usual, **claims}.items() if value is not ...}
    return signing.encode({"alg": alg, "kid": key.kid, **(header or {})}, body, key, algorithms=[alg]).encode()


def run(work: Any) -> Principal:
    """The result of a coroutine that never waits."""
    try:
        work.send(None)
    except StopIteration as done:
        found: Principal = done.value
        return found
    raise AssertionError("it waited")


def check(keys: Any, token: bytes, **options: Any) -> Principal:
    return run(verifier(keys, **options).verify(token, CONTEXT))


def test_a_good_token_becomes_a_principal(keys: FileKeys) -> None:
    """Who it is, from where, what it may be called by, until when."""
    token = mint(jti="j-1", groups=["a", "b"], team={"name": "core"})
    found = check(keys, token, groups=("groups", "team.name"), kind="human")
    assert (found.issuer, found.subject, found.token_id, found.kind) == (ISSUER, "repo:acme/shop", "j-1", Kind.HUMAN)
    assert found.groups == {"a", "b", "core"}
    assert found.expires_at == NOW + 600
    assert token.decode() not in repr(found)


@pytest.mark.parametrize(("key", "alg"), [(EC, "ES256"), (RSA, "RS256"), (RSA, "PS256"), (OKP, "EdDSA")])
def test_algorithms(keys: FileKeys, key: Any, alg: str) -> None:
    """Each allowed algorithm with a key of its type."""
    assert check(keys, mint(key, alg)).subject


@pytest.mark.parametrize(
    ("reason", "claims"),
    [
        ("issuer", {"iss": "https://evil.example"}),
        ("issuer", {"iss": ISSUER + "/"}),
        ("issuer", {"iss": ...}),
        ("audience", {"aud": "other"}),
        ("audience", {"aud": ["a", "b"]}),
        ("audience", {"aud": ...}),
        ("audience", {"aud": {"tokengate": 1}}),
        ("expired", {"exp": int(NOW) - 31}),
        ("claim", {"exp": ...}),
        ("malformed", {"exp": "1900000000"}),
        ("malformed", {"exp": True}),
        ("malformed", {"exp": 1e300}),
        ("malformed", {"iat": -5}),
        ("not yet valid", {"nbf": int(NOW) + 31}),
        ("not yet valid", {"iat": int(NOW) + 31}),
        ("lifetime", {"exp": int(NOW) + 90_000}),
        ("lifetime", {"exp": int(NOW) + 90_000, "iat": ...}),
        ("claim", {"sub": ...}),
        ("claim", {"sub": ""}),
        ("claim", {"sub": ["x"]}),
    ],
)
def test_claims_that_do_not_hold(keys: FileKeys, reason: str, claims: dict[str, Any]) -> None:
    """A good signature under claims that are not for us, not now, or not sensible."""
    with pytest.raises(TokenRejected) as caught:
        check(keys, mint(**claims))
    assert caught.value.reason == reason


def test_leeway_is_for_clocks(keys: FileKeys) -> None:
    """Within the leeway a token is taken; its session then ends with the leeway, else with the token."""
    assert check(keys, mint(exp=int(NOW) - 29)).expires_at == NOW + 1
    assert check(keys, mint(nbf=int(NOW) + 29, iat=int(NOW) + 29)).subject


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def parts(token: bytes) -> list[str]:
    return token.decode().split(".")


def attacks() -> Iterator[tuple[str, bytes]]:
    """Tokens that must not be taken, by what is wrong with them."""
    header, body, signature = parts(mint())
    claims = base64.urlsafe_b64decode(body + "==")
    pem = RSA.as_pem(private=False)
    none = b64(b'{"alg":"none"}')
    yield "alg none", f"{none}.{body}.".encode()
    yield "alg none with signature", f"{none}.{body}.{signature}".encode()
    shared = b64(json.dumps({"alg": "HS256", "kid": "rsa"}).encode()) + f".{body}"
    yield "HS256 by the public key", f"{shared}.{b64(hmac.digest(pem, shared.encode(), 'sha256'))}".encode()
    yield "another's key of the same id", mint(STRANGER)
    yield (
        "a key of another type",
        f"{b64(json.dumps({'alg': 'RS256', 'kid': 'ec'}).encode())}.{body}.{signature}".encode(),
    )
    yield "a key too small", mint(SMALL, "RS256")
    yield "a key for encryption", mint(ECKey.import_key({**ENC.as_dict(private=True), "use": "sig"}))
    yield "an unknown key id", mint(header={"kid": "nobody"})
    yield "a key id that is a path", mint(header={"kid": "../../etc/passwd"})
    yield (
        "a key id that is no text",
        f"{b64(json.dumps({'alg': 'ES256', 'kid': 5}).encode())}.{body}.{signature}".encode(),
    )
    nameless = b64(b'{"alg":"RS256"}') + f".{body}"
    yield "no key id and several keys", f"{nameless}.{signature}".encode()
    for name in ("jwk", "jku", "x5u", "crit", "b64", "zip", "enc"):
        forged = b64(json.dumps({"alg": "ES256", "kid": "ec", name: ["x"]}).encode())
        yield f"header {name}", f"{forged}.{body}.{signature}".encode()
    yield "claims changed", f"{header}.{b64(claims.replace(b'shop', b'shot'))}.{signature}".encode()
    yield "signature cut", f"{header}.{body}.{signature[:-4]}".encode()
    yield "signature of zeros", f"{header}.{body}.{b64(bytes(64))}".encode()
    yield "padding", f"{header}.{body}==.{signature}".encode()
    yield "white space", f" {header}.{body}.{signature}".encode()
    yield "a line end", f"{header}.{body}.{signature}\n".encode()
    yield "four parts", f"{header}.{body}.{signature}.x".encode()
    yield "five parts, as JWE", f"{header}.x.{body}.{signature}.y".encode()
    yield "two parts", f"{header}.{body}".encode()
    yield (
        "JSON serialisation",
        json.dumps({"payload": body, "signatures": [{"protected": header, "signature": signature}]}).encode(),
    )
    yield "standard alphabet", f"{header}.{body}.{signature[:-2]}+/".encode()
    twice = b64(claims[:-1] + b',"sub":"root"}')
    yield "duplicate claims", f"{header}.{twice}.{signature}".encode()
    yield "claims that are a list", f"{header}.{b64(b'[1]')}.{signature}".encode()
    yield "claims too deep", f"{header}.{b64(b'[' * 100_000)}.{signature}".encode()
    no_number = b64(b'{"exp": NaN}')
    yield "not a number", f"{header}.{no_number}.{signature}".encode()
    yield "not UTF-8", f"{header}.{b64(bytes([255, 254]))}.{signature}".encode()
    yield "an access token's type of another kind", mint(header={"typ": "dpop+jwt"})
    yield "huge", mint(x="y" * 200_000)
    yield "empty", b""
    yield "dots", b"..."


@pytest.mark.parametrize(("name", "token"), list(attacks()), ids=[name for name, _ in attacks()])
def test_attacks(keys: FileKeys, name: str, token: bytes) -> None:
    """Each is refused, and the refusal doesn't repeat the token."""
    with pytest.raises(TokenRejected) as caught:
        check(keys, token)
    assert len(token) < 8 or token.decode("utf-8", "replace") not in str(caught.value)


def test_a_signature_with_stray_bits_is_another_token(keys: FileKeys) -> None:
    """One token, one form: the last character's unused bits can't be varied."""
    token = mint().decode()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(token[-1])
    with pytest.raises(TokenRejected):
        check(keys, (token[:-1] + alphabet[last ^ 1]).encode())


@given(st.one_of(st.binary(max_size=300), st.from_regex(rb"[\w-]{0,30}\.[\w-]{0,60}\.[\w-]{0,30}", fullmatch=True)))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_refused_and_nothing_else(data: bytes) -> None:
    """Garbage is TokenRejected, never another exception; and nobody recognises it."""
    subject = verifier(FileKeys(Path("/nonexistent")))
    assert subject.recognises(data) in (True, False)
    with pytest.raises(TokengateError):
        run(subject.verify(data, CONTEXT))


GITHUB = {
    "repository": "acme/shop", "repository_owner": "acme", "ref": "refs/heads/main", "workflow": "deploy", "run_id": "42",
    "environment": "prod", "job_workflow_ref": "acme/shop/.github/workflows/deploy.yml@refs/heads/main", "sub": "repo:acme/shop:environment:prod",
}  # fmt: skip
GITLAB = {
    "project_path": "acme/shop",
    "ref_protected": "true",
    "namespace_id": "7",
    "sub": "project_path:acme/shop:ref_type:branch:ref:main",
}
KUBERNETES = {
    "kubernetes.io": {"namespace": "shop", "serviceaccount": {"name": "deploy", "uid": "x"}, "pod": {"name": "p"}},
    "sub": "system:serviceaccount:shop:deploy",
}
SPIFFE = {"sub": "spiffe://example.org/ns/shop/sa/deploy"}


@pytest.mark.parametrize(
    ("claims", "accepted", "refused"),
    [
        (GITHUB, "repository: acme/*, ref: refs/heads/main, environment: prod|staging", "repository: evil/*"),
        (GITHUB, "job_workflow_ref: /acme\\/shop\\/.*@refs\\/heads\\/main/", "ref: main"),
        (GITHUB, "run_id: 42", "repository: acme"),
        (GITLAB, "project_path: acme/*, ref_protected: true", "ref_protected: false"),
        (
            KUBERNETES,
            "kubernetes.io.namespace: shop, kubernetes.io.serviceaccount.name: deploy",
            "kubernetes.io.namespace: sho",
        ),
        (KUBERNETES, "kubernetes.io.pod.name: ?", "kubernetes.io: *"),
        (SPIFFE, "sub: spiffe://example.org/ns/shop/*", "sub: spiffe://example.com/*"),
        ({"flag": True, "list": ["a", "b"], "n": 3}, "flag: true, list: b, n: 3", "list: c"),
    ],
)
def test_required_claims_of_real_issuers(keys: FileKeys, claims: dict[str, Any], accepted: str, refused: str) -> None:
    """GitHub's, GitLab's, Kubernetes' and SPIFFE's tokens by pattern; whole values only."""
    token = mint(**claims)
    assert check(keys, token, require=requirements(accepted)).subject == claims.get("sub", "repo:acme/shop")
    with pytest.raises(TokenRejected, match="claim"):
        check(keys, token, require=requirements(refused))


def test_single_use(keys: FileKeys) -> None:
    """A jti is taken once; a token without one never."""
    subject = verifier(keys, single_use=True)
    token = mint(jti="once")
    assert run(subject.verify(token, CONTEXT)).token_id == "once"
    with pytest.raises(TokenRejected, match="used"):
        run(subject.verify(token, CONTEXT))
    with pytest.raises(TokenRejected, match="claim"):
        run(subject.verify(mint(), CONTEXT))


def test_a_token_seen_a_moment_ago_is_not_verified_anew(keys: FileKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second connection of a job costs no signature; after a minute, or its expiry, it does again."""
    clock = [NOW]
    subject = verifier(keys)
    subject.now = lambda: clock[0]
    token = mint(exp=int(NOW) + 30)
    run(subject.verify(token, CONTEXT))
    checked: list[int] = []
    monkeypatch.setattr(oidc.OIDC, "_check_signature", lambda *_: checked.append(1) or _done())  # type: ignore[func-returns-value]  # append's None
    run(subject.verify(token, CONTEXT))
    assert not checked
    clock[0] = NOW + 61
    with pytest.raises(TokenRejected, match="expired"):
        run(subject.verify(token, CONTEXT))
    assert checked


async def _done() -> None:
    return None


def test_recognising_is_by_unverified_issuer(keys: FileKeys) -> None:
    """A route finds the verifier that decides; another issuer's token is left to another."""
    subject = verifier(keys)
    assert subject.recognises(mint())
    assert subject.recognises(mint(STRANGER))
    assert not subject.recognises(mint(iss="https://other.example"))
    assert not subject.recognises(b"tg_0123456789abcdef")


def test_a_missing_key_file_is_unavailable_not_rejected(tmp_path: Path) -> None:
    """Nobody can decide without keys, and that is said to the operator."""
    with pytest.raises(VerifierUnavailable):
        check(FileKeys(tmp_path / "missing"), mint())
    (tmp_path / "broken").write_text("{")
    with pytest.raises(VerifierUnavailable):
        check(FileKeys(tmp_path / "broken"), mint())
    (tmp_path / "private").write_text(json.dumps({"keys": [EC.as_dict(private=True)]}))
    with pytest.raises(VerifierUnavailable, match="private"):
        check(FileKeys(tmp_path / "private"), mint())


def test_key_files_are_read_anew(tmp_path: Path) -> None:
    """A rotated file counts at once."""
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": [EC.as_dict(private=False)]}))
    subject = FileKeys(path)
    assert check(subject, mint()).subject
    time.sleep(0.01)
    path.write_text(json.dumps({"keys": [OKP.as_dict(private=False)]}))
    with pytest.raises(TokenRejected, match="key"):
        check(subject, mint())


class Tools:
    reactor = store = None
    section = "ci"

    @staticmethod
    def path(text: str) -> Path:
        return Path("/nonexistent") / text


@pytest.mark.parametrize(
    "options",
    [
        {"issuer": "http://ci.example.org"},
        {"issuer": "http://127.0.0.1:1"},
        {"jwks_file": "missing.json"},
        {"ca": "missing.crt"},
        {"jwks_uri": "http://ci.example.org/keys", "insecure_http": True},
    ],
)
def test_configurations_that_cannot_be_right(options: dict[str, Any]) -> None:
    """Keys over plain http (but from this machine, when asked for), files that aren't there."""
    usual = {"issuer": ISSUER, "audience": ("tokengate",)}
    with pytest.raises(ConfigError):
        oidc.configure(oidc.Options(**{**usual, **options}), Tools)  # type: ignore[arg-type]  # enough of Tools
