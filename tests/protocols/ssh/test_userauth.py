"""Who the user is: every method, every way to be refused, and that refusals look alike."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import SSHCertificateBuilder, SSHCertificateType
from twisted.conch.ssh.service import SSHService
from twisted.internet.defer import Deferred

from tests.protocols.ssh.endpoints import TOKEN, host_keys
from tests.protocols.ssh.test_pktoken import token as pk_token
from tests.protocols.ssh.wired import NOW, PEER, Wired
from tokengate.errors import TokenRejected, VerifierUnavailable
from tokengate.protocols.ssh import certificates
from tokengate.protocols.ssh.certificates import Certificate, issue
from tokengate.protocols.ssh.credentials import Credential, Token
from tokengate.protocols.ssh.keys import SigningKey
from tokengate.protocols.ssh.throttle import Throttle
from tokengate.protocols.ssh.userauth import METHODS
from tokengate.protocols.ssh.wire import Message, boolean, name_list, string, strings, uint32

AUTHORITY = host_keys()[0]
FAILURE = (int(Message.USERAUTH_FAILURE), name_list(METHODS) + b"\0")
SUCCESS = (int(Message.USERAUTH_SUCCESS), b"")


class Talk:
    """A client of the service by hand: messages in, messages out."""

    def __init__(self, **settings: Any) -> None:
        self.wired = Wired(settings=settings)
        self.client = self.wired.client
        self.heard: list[tuple[int, bytes]] = []
        login = self.client.instance
        login.serviceStarted = lambda: None  # type: ignore[method-assign]
        login.packetReceived = lambda number, body: self.heard.append((number, body))  # type: ignore[method-assign]
        self.wired.exchange()

    def say(self, number: int, body: bytes) -> list[tuple[int, bytes]]:
        """What comes back."""
        self.client.sendPacket(number, body)
        return self.listen()

    def listen(self) -> list[tuple[int, bytes]]:
        self.wired.exchange()
        heard, self.heard = self.heard, []
        return heard

    def request(self, method: bytes, rest: bytes = b"", user: bytes = b"ci") -> list[tuple[int, bytes]]:
        return self.say(Message.USERAUTH_REQUEST, strings(user, b"ssh-connection", method) + rest)

    def password(self, token: bytes = TOKEN, **arguments: Any) -> list[tuple[int, bytes]]:
        return self.request(b"password", boolean(False) + string(token), **arguments)

    def offer(self, blob: bytes, algorithm: bytes, user: bytes = b"ci") -> list[tuple[int, bytes]]:
        return self.request(b"publickey", boolean(False) + strings(algorithm, blob), user)

    def signed(
        self,
        key: SigningKey,
        blob: bytes,
        algorithm: bytes = b"ssh-ed25519-cert-v01@openssh.com",
        user: bytes = b"ci",
        change: Callable[[bytes], bytes] = lambda data: data,
    ) -> list[tuple[int, bytes]]:
        body = boolean(True) + strings(algorithm, blob)
        request = strings(user, b"ssh-connection", b"publickey") + body
        data = string(self.client.sessionID or b"") + bytes([Message.USERAUTH_REQUEST]) + request
        return self.request(b"publickey", body + string(key.sign(key.algorithms[0], change(data))), user)

    @property
    def over(self) -> bool:
        return bool(self.wired.server_stream.closed)


CERTIFIED = b"ssh-ed25519-cert-v01@openssh.com"


def certificate(
    extensions: dict[str, bytes] | None = None, authority: SigningKey = AUTHORITY, **changes: Any
) -> tuple[SigningKey, bytes]:
    key = SigningKey(ed25519.Ed25519PrivateKey.generate())
    builder = (
        SSHCertificateBuilder().public_key(key.private.public_key()).type(changes.get("kind", SSHCertificateType.USER))
    )
    named = changes.get("principals", [b"ci"])
    builder = builder.key_id(b"id")
    builder = builder.valid_principals(named) if named else builder.valid_for_all_principals()
    builder = builder.valid_after(int(NOW) - 100).valid_before(changes.get("before", int(NOW) + 10))
    for name, value in (extensions or {}).items():
        builder = builder.add_extension(name.encode(), value)
    for name, value in changes.get("critical", {}).items():
        builder = builder.add_critical_option(name.encode(), value)
    return key, b64decode(builder.sign(authority.private).public_bytes().split()[1])


# ---------------------------------------------------------------- tokens


def test_a_token_as_password() -> None:
    talk = Talk()
    assert talk.password() == [SUCCESS]
    assert talk.wired.shown == [Token(TOKEN)]
    assert talk.wired.server.service is talk.wired.upper
    assert not talk.over


def test_a_token_at_the_prompt() -> None:
    talk = Talk()
    ((number, body),) = talk.request(b"keyboard-interactive", strings(b"", b""))
    assert number == Message.USERAUTH_INFO_REQUEST
    assert body == strings(b"", b"", b"") + uint32(1) + string(b"Token: ") + b"\0"
    assert talk.say(Message.USERAUTH_INFO_RESPONSE, uint32(1) + string(TOKEN)) == [SUCCESS]


@pytest.mark.parametrize("token", [b"wrong", b"", b"x" * (128 * 1024 + 1), TOKEN + b"\0", TOKEN[:-1]])
def test_a_wrong_token_is_a_failure(token: bytes) -> None:
    """Whatever is wrong with it; and the right one is taken afterwards."""
    talk = Talk()
    assert talk.password(token) == [FAILURE]
    talk.request(b"keyboard-interactive", strings(b"", b""))
    assert talk.say(Message.USERAUTH_INFO_RESPONSE, uint32(1) + string(token)) == [FAILURE]
    assert talk.password() == [SUCCESS]


def test_all_refusals_are_the_same() -> None:
    """A user's name, a method or a key that doesn't exist is answered as a wrong token is."""
    talk = Talk()
    key, blob = certificate()
    other = host_keys()[1]
    for answer in (
        talk.request(b"none"),
        talk.request(b"hostbased"),
        talk.password(b"wrong", user=b"root"),
        talk.password(b"wrong", user=b"\xff" * 200),
        talk.offer(key.blob, b"ssh-ed25519"),
        talk.signed(key, key.blob, b"ssh-ed25519"),
        talk.offer(blob, CERTIFIED),
        talk.offer(other.blob, other.algorithms[0]),
        talk.offer(b"nonsense", CERTIFIED),
        talk.offer(blob, b"ssh-rsa-cert-v01@openssh.com"),
        talk.request(b"password", boolean(True) + strings(TOKEN, b"new")),
    ):
        assert answer == [FAILURE]
    assert talk.wired.shown == [Token(b"wrong"), Token(b"wrong")]


def test_a_refusal_takes_its_time() -> None:
    """From a credential to its refusal, so that it can't be told how far it came."""
    talk = Talk(failure_time=1.0)
    assert talk.password(b"wrong") == []
    talk.wired.clock.advance(0.9)
    assert talk.listen() == []
    talk.wired.clock.advance(0.2)
    assert talk.listen() == [FAILURE]
    assert talk.password() == [SUCCESS]


def test_attempts_end() -> None:
    """After six refused credentials; offers and methods that show none don't count, but have a limit too."""
    talk = Talk()
    for _ in range(20):
        assert talk.request(b"none") == [FAILURE]
    for _ in range(5):
        assert talk.password(b"wrong") == [FAILURE]
    assert talk.password(b"wrong") == []
    assert talk.over
    talk = Talk()
    for _ in range(250):
        talk.request(b"none")
    assert talk.over


def test_a_source_that_failed_too_often_is_not_heard() -> None:
    """Not even with the right token, until its failures are old; it can't tell the difference."""
    talk = Talk(throttle=Throttle(lambda: 0.0, failures=2))
    for _ in range(2):
        assert talk.password(b"wrong") == [FAILURE]
    assert talk.password() == [FAILURE]
    assert len(talk.wired.shown) == 2


# ---------------------------------------------------------------- certificates


def authorized(**settings: Any) -> Talk:
    return Talk(recognises=lambda blob: certificates.parse(blob).authority == AUTHORITY.blob, **settings)


def test_a_certificate_of_a_known_authority() -> None:
    """Offered it is answered PK_OK, signed for it lets in."""
    talk = authorized()
    key, blob = certificate()
    assert talk.offer(blob, CERTIFIED) == [(Message.USERAUTH_PK_OK, strings(CERTIFIED, blob))]
    assert talk.wired.shown == []
    assert not talk.wired.server.authenticated
    assert talk.signed(key, blob) == [SUCCESS]
    (shown,) = talk.wired.shown
    assert isinstance(shown, Certificate)
    assert shown.principals == ("ci",)


def test_an_offer_is_never_success() -> None:
    """However often, whatever the key (Warpgate's CVE-2023-43660)."""
    talk = authorized()
    _, blob = certificate()
    for _ in range(50):
        for number, _ in talk.offer(blob, CERTIFIED):
            assert number == Message.USERAUTH_PK_OK
    assert not talk.wired.server.authenticated
    assert talk.wired.shown == []


@pytest.mark.parametrize(
    "changes",
    [
        {"authority": host_keys()[1]},
        {"principals": [b"root", b"ci2"]},
        {"kind": SSHCertificateType.HOST},
        {"critical": {"force-command": b"true"}},
        {"critical": {"source-address": b"198.51.100.0/24"}},
        {"critical": {"verify-required": b""}},
        {"critical": {"x@example": b""}},
        {"principals": []},
        {"before": int(NOW) - 30},
    ],
)
def test_certificates_that_are_refused(changes: dict[str, Any]) -> None:
    """Offered and signed for: of another authority, for others, expired, a host's, with conditions."""
    talk = authorized()
    key, blob = certificate(**changes)
    assert talk.offer(blob, CERTIFIED) == [FAILURE]
    assert talk.signed(key, blob) == [FAILURE]
    assert talk.wired.shown == []


def test_where_a_certificate_is_good() -> None:
    """From the addresses it names, for as long as clocks may differ, at any of the route's targets."""
    address = PEER.partition(":")[0].encode()
    key, blob = certificate(critical={"source-address": address}, before=int(NOW) - 29)
    assert authorized().signed(key, blob, user=b"ci+other") == [SUCCESS]


def test_a_certificate_is_only_its_own_types() -> None:
    """Not a plain key in its place, nor one that a certified key has signed, nor by another key's algorithm."""
    talk = authorized()
    key, blob = certificate()
    _, signed = certificate(authority=key)
    for shown, algorithm in ((key.blob, CERTIFIED), (signed, CERTIFIED), (blob, b"rsa-sha2-512-cert-v01@openssh.com")):
        assert talk.offer(shown, algorithm) == [FAILURE]
        assert talk.signed(key, shown, algorithm) == [FAILURE]
    assert talk.wired.shown == []


def test_a_token_in_a_certificate_of_a_known_authority() -> None:
    """The token decides, whoever signed around it."""
    key, blob = certificate({"openpubkey-pkt": b"expired"})
    talk = authorized()
    assert talk.signed(key, blob) == [FAILURE]
    assert talk.wired.shown == [Token(b"expired")]


def test_signatures_that_are_refused() -> None:
    """By another key, of another session, for another user, by another algorithm; each counts as a failure."""
    key, blob = certificate()
    other, _ = certificate()
    talk = authorized()
    assert talk.signed(other, blob) == [FAILURE]
    assert talk.signed(key, blob, change=lambda data: data[:10] + b"x" + data[11:]) == [FAILURE]
    assert talk.signed(key, blob, change=lambda data: data.replace(b"ci", b"cj")) == [FAILURE]
    assert talk.signed(key, blob, algorithm=b"rsa-sha2-512-cert-v01@openssh.com") == [FAILURE]
    body = boolean(True) + strings(CERTIFIED, blob)
    assert talk.request(b"publickey", body + string(b"")) == [FAILURE]
    assert talk.wired.shown == []


def test_a_token_in_a_certificate() -> None:
    """Its authority may be anybody: the token says who it is, and whether it is bound to the key."""
    key, blob = certificate({"openpubkey-pkt": TOKEN}, authority=host_keys()[1])
    talk = Talk()
    assert talk.offer(blob, CERTIFIED)[0][0] == Message.USERAUTH_PK_OK
    assert talk.signed(key, blob) == [SUCCESS]
    assert talk.wired.shown == [Token(TOKEN, bound=False)]


def test_a_bound_token_in_a_certificate() -> None:
    """opkssh's: unwrapped, and refused in another key's certificate."""
    key = SigningKey(ed25519.Ed25519PrivateKey.generate())
    value = pk_token(key.private.public_key())  # type: ignore[arg-type]
    shown: list[Credential] = []

    async def authenticate(credential: Credential, user: str) -> SSHService:
        shown.append(credential)
        raise TokenRejected("unknown")

    builder = SSHCertificateBuilder().public_key(key.private.public_key()).type(SSHCertificateType.USER).key_id(b"")
    builder = builder.valid_principals([b"ci"]).valid_after(0).valid_before(2**64 - 1)
    signed = builder.add_extension(b"openpubkey-pkt", value).sign(key.private)
    talk = Talk(authenticate=authenticate)
    assert talk.signed(key, b64decode(signed.public_bytes().split()[1])) == [FAILURE]
    payload, header, signature = value.split(b":")[:3]
    assert shown == [Token(b".".join((header, payload, signature)), bound=True)]
    thief, stolen = certificate({"openpubkey-pkt": value}, authority=host_keys()[1])
    assert talk.signed(thief, stolen) == [FAILURE]
    assert len(shown) == 1


def test_our_own_certificates_are_accepted_by_ourselves() -> None:
    """A gateway behind a gateway."""
    key, blob = issue(AUTHORITY, ["ci"], "id", NOW, 60, ["192.0.2.0/24"])
    assert authorized().signed(key, blob) == [SUCCESS]


# ---------------------------------------------------------------- the dialogue


def test_requests_wait_for_their_turn() -> None:
    """What comes while a token is verified is answered afterwards, in order."""
    waiting: list[Deferred[SSHService]] = []

    async def authenticate(credential: Credential, user: str) -> SSHService:
        waiting.append(Deferred())
        return await waiting[-1]

    talk = Talk(authenticate=authenticate)
    assert talk.password(b"first") == []
    assert talk.request(b"none") == []
    assert talk.password(b"second") == []
    assert len(waiting) == 1
    waiting[0].errback(TokenRejected("unknown"))
    assert talk.listen() == [FAILURE, FAILURE]
    assert len(waiting) == 2
    waiting[1].callback(talk.wired.upper)
    assert talk.listen() == [SUCCESS]


def test_a_client_that_leaves_is_not_verified_further() -> None:
    """Its verification is cancelled."""
    cancelled: list[bool] = []

    async def authenticate(credential: Credential, user: str) -> SSHService:
        await Deferred(lambda _: cancelled.append(True))
        raise AssertionError

    talk = Talk(authenticate=authenticate)
    talk.password()
    talk.wired.server_stream.leave()
    assert cancelled == [True]


def test_a_verifier_that_can_not_decide_says_so() -> None:
    """A banner tells the user to try later; the refusal is the usual one, and not held against the source."""

    async def authenticate(credential: Credential, user: str) -> SSHService:
        raise VerifierUnavailable("ci")

    throttle = Throttle(lambda: 0.0, failures=1)
    talk = Talk(authenticate=authenticate, throttle=throttle)
    (banner, failure) = talk.password()
    assert banner[0] == Message.USERAUTH_BANNER
    assert b"try again later" in banner[1]
    assert failure == FAILURE
    assert throttle.allows(PEER)


def test_a_verifier_that_fails_lets_nobody_in() -> None:
    async def authenticate(credential: Credential, user: str) -> SSHService:
        raise RuntimeError("broken")

    talk = Talk(authenticate=authenticate)
    assert talk.password() == []
    assert talk.over
    assert not talk.wired.server.authenticated


@pytest.mark.parametrize(
    ("number", "body"),
    [
        (Message.USERAUTH_INFO_RESPONSE, uint32(1) + string(TOKEN)),
        (Message.USERAUTH_SUCCESS, b""),
        (90, b""),
        (Message.USERAUTH_REQUEST, b""),
        (Message.USERAUTH_REQUEST, strings(b"ci", b"other", b"none")),
        (Message.USERAUTH_REQUEST, strings(b"x" * 257, b"ssh-connection", b"none")),
        (Message.USERAUTH_REQUEST, strings(b"ci", b"ssh-connection", b"password")),
        (Message.USERAUTH_REQUEST, strings(b"ci", b"ssh-connection", b"password") + b"\0" + string(TOKEN) + b"x"),
        (Message.USERAUTH_REQUEST, strings(b"ci", b"ssh-connection", b"publickey") + b"\1" + strings(b"a", b"b")),
    ],
)
def test_what_must_not_come(number: int, body: bytes) -> None:
    """Answers to no question, other services, malformed requests: the connection ends."""
    talk = Talk()
    assert talk.say(number, body) == []
    assert talk.over
    assert talk.wired.shown == []


@pytest.mark.parametrize(
    "answer", [uint32(0), uint32(2) + strings(TOKEN, b""), uint32(1), uint32(1) + string(TOKEN) + b"x"]
)
def test_answers_that_are_none(answer: bytes) -> None:
    talk = Talk()
    talk.request(b"keyboard-interactive", strings(b"", b""))
    assert talk.say(Message.USERAUTH_INFO_RESPONSE, answer) == []
    assert talk.over


def test_a_new_request_takes_a_prompt_back() -> None:
    """Its answer then is none (RFC 4256, section 3.1)."""
    talk = Talk()
    talk.request(b"keyboard-interactive", strings(b"", b""))
    assert talk.request(b"none") == [FAILURE]
    talk.say(Message.USERAUTH_INFO_RESPONSE, uint32(1) + string(TOKEN))
    assert talk.over
