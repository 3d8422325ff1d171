"""The verifier `oidc`: JWTs of one OpenID Connect issuer, from signature to Principal.

Form first, then the key the issuer publishes, the signature, and only then what the claims say. A token seen a moment
ago is not verified anew, so that a job's many connections cost one signature.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import define, field, frozen
from zope.interface import implementer

from tokengate.components import option
from tokengate.convert import boolean, duration, names, one_of
from tokengate.errors import ConfigError, TokenRejected
from tokengate.identity import claims as claim
from tokengate.identity import jwt
from tokengate.identity.device import Client, DeviceFlow
from tokengate.identity.fetch import Fetch, allowed
from tokengate.identity.jwks import FileKeys, RemoteKeys
from tokengate.interfaces import ITokenVerifier
from tokengate.session.tools import Tools
from tokengate.values import ConnectionContext, Kind, Principal

REMEMBERED = 60.0
"""Seconds a verified token is believed without its signature being checked again."""

ASSUMED = 600.0
"""Seconds that a token lives whose claims are only assumed, and don't say."""

MAX_REMEMBERED = 10_000
"""Verified tokens kept; beyond that the oldest half is forgotten."""


def _algorithms(text: str) -> tuple[str, ...]:
    found = names(text)
    for name in found:
        if name not in jwt.ALGORITHMS:
            raise ValueError(f"{name} is not one of {', '.join(jwt.ALGORITHMS)}")
    if not found:
        raise ValueError("no algorithm is left")
    return found


@frozen
class Options:
    """The keys of a section with `use = oidc`."""

    issuer: str = option("the issuer, exactly as its tokens' iss has it")
    audience: tuple[str, ...] = option("audiences; a token's aud must have one of them", convert=names)
    algorithms: tuple[str, ...] = option(
        "signature algorithms allowed", default=("RS256", "PS256", "ES256", "EdDSA"), convert=_algorithms
    )
    jwks_uri: str = option("where the keys are, when not by discovery", default="")
    jwks_file: str = option("a file of keys, for an issuer that can't be asked", default="")
    ca: str = option("the CA of the issuer's certificate (PEM); the system's when not given", default="")
    insecure_http: bool = option("take keys over http from this machine, for tests", default=False, convert=boolean)
    leeway: float = option("how far clocks may be apart", default=30.0, convert=duration)
    max_lifetime: float = option("the longest life of a token", default=86400.0, convert=duration)
    max_stale: float = option(
        "how long keys serve while the issuer can't be reached", default=86400.0, convert=duration
    )
    require: tuple[claim.Requirement, ...] = option(
        "claims and their patterns, CLAIM: PATTERN", default=(), convert=claim.requirements
    )
    subject: str = option("the claim that names the identity", default="sub")
    groups: tuple[str, ...] = option("claims that hold groups", default=(), convert=names)
    kind: str = option("what holds these tokens", default="workload", convert=one_of("workload", "human"))
    device_client_id: str = option(
        "the gateway's own client at the issuer, by which people log in by a link", default=""
    )
    device_client_secret: str = option("its secret, as SOURCE:REFERENCE; a public client has none", default="")
    device_scope: str = option("what such a login asks for", default="openid")
    device_timeout: float = option("how long its approval is waited for", default=300.0, convert=duration)
    single_use: bool = option("accept each token once, by its jti", default=False, convert=boolean)


def configure(options: Options, tools: Tools) -> OIDC:
    """The verifier. Raises `ConfigError`."""
    ca: Path | None = tools.path(options.ca) if options.ca else None
    if ca is not None and not ca.exists():
        raise ConfigError(f"there is no file {ca}")
    fetch = Fetch.make(tools.reactor, ca)
    if options.jwks_file:
        keys: Any = FileKeys(tools.path(options.jwks_file))
        if not keys.ready:
            raise ConfigError(f"there is no file {keys.path}")
    else:
        if not allowed((options.jwks_uri or options.issuer) + "/", insecure=options.insecure_http):
            raise ConfigError("the issuer's keys must be fetched over https")
        keys = RemoteKeys(
            options.issuer, options.jwks_uri, options.max_stale, options.insecure_http, fetch, tools.reactor
        )
    return OIDC(options, keys, tools.store, tools.section, device=_device(options, fetch, tools))


def _device(options: Options, fetch: Fetch, tools: Tools) -> DeviceFlow | None:
    """How people log in by a link, where the section says as which client."""
    if not options.device_client_id:
        return None
    if options.device_client_id not in options.audience:
        raise ConfigError("device_client_id has to be an audience too: ID tokens are made out to it")
    if not allowed(options.issuer + "/", insecure=options.insecure_http):
        raise ConfigError("the issuer must be asked for links over https")
    if "openid" not in options.device_scope.split():
        raise ConfigError("device_scope needs openid: without it there is no ID token")
    secret = tools.secret(options.device_client_secret).fetch if options.device_client_secret else None
    client = Client(options.device_client_id, options.device_scope, options.device_timeout, secret)
    return DeviceFlow(options.issuer, client, fetch, tools.reactor, options.insecure_http)


@implementer(ITokenVerifier)
@define(eq=False)
class OIDC:
    """One issuer's verifier. `keys`: what finds its keys; `now`: Unix seconds; `device`: its logins by link."""

    options: Options
    keys: Any
    store: Any
    name: str
    now: Callable[[], float] = time.time
    device: DeviceFlow | None = None
    _remembered: dict[bytes, tuple[float, Principal]] = field(factory=dict, repr=False)

    @property
    def ready(self) -> bool:
        """Whether tokens can be verified now."""
        return bool(self.keys.ready)

    def start(self) -> None:
        """Begin to fetch keys."""
        self.keys.start()

    async def stop(self) -> None:
        """Stop fetching."""
        self.keys.stop()

    def recognises(self, credential: bytes) -> bool:
        """Whether it looks like a JWT whose issuer, unverified, is ours."""
        try:
            return jwt.read(credential).claims.get("iss") == self.options.issuer
        except TokenRejected:
            return False

    async def verify(self, credential: bytes, context: ConnectionContext) -> Principal:
        """See `ITokenVerifier`."""
        digest = hashlib.sha256(credential).digest()
        remembered = self._remembered.get(digest)
        if remembered is not None and remembered[0] > self.now():
            return remembered[1]
        token = jwt.read(credential)
        await self._check_signature(token)
        principal = self._principal(token.claims, digest.hex())
        if self.options.single_use:
            await self._use(token.claims, principal)
        else:
            self._remember(digest, principal)
        return principal

    def assume(self, claims: dict[str, Any]) -> Principal:
        """See `ITokenVerifier`."""
        assumed = {"iss": self.options.issuer, "aud": self.options.audience[0], "exp": self.now() + ASSUMED, **claims}
        return self._principal(assumed, hashlib.sha256(repr(sorted(assumed.items())).encode()).hexdigest())

    async def _check_signature(self, token: jwt.Unverified) -> None:
        algorithm = token.header.get("alg")
        if algorithm not in self.options.algorithms:
            raise TokenRejected("algorithm", str(algorithm)[:20])
        kid = token.header.get("kid")
        if kid is not None and not isinstance(kid, str):
            raise TokenRejected("malformed", "kid")
        found = [key for key in await self.keys.find(kid) if jwt.suits(key, algorithm)]
        if len(found) != 1:
            raise TokenRejected("key", "no key of the issuer's fits" if not found else "several keys fit")
        jwt.verify(token, found[0], self.options.algorithms)

    def _principal(self, claims: dict[str, Any], digest: str) -> Principal:
        options = self.options
        if claims.get("iss") != options.issuer:
            raise TokenRejected("issuer")
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        if not any(item in options.audience for item in audiences if isinstance(item, str)):
            raise TokenRejected("audience")
        issued, expires = self._check_times(claims)
        for requirement in options.require:
            requirement.check(claims)
        subject = claim.as_text(claim.lookup(claims, options.subject))
        if not subject:
            raise TokenRejected("claim", options.subject)
        return Principal(
            issuer=options.issuer,
            subject=subject,
            verifier=self.name,
            token_id=claim.as_text(claims.get("jti")) or digest[:16],
            token_digest=digest,
            groups=claim.texts(claims, options.groups),
            claims=claims,
            issued_at=issued,
            expires_at=expires,
            kind=Kind(options.kind),
        )

    def _check_times(self, claims: dict[str, Any]) -> tuple[float | None, float]:
        """(iat, when its sessions end), after exp, nbf, iat and the length of life are found good (RFC 7519, section
        4.1).
        """
        now, leeway = self.now(), self.options.leeway
        expires, issued, begins = (claim.seconds(claims, name) for name in ("exp", "iat", "nbf"))
        if expires is None:
            raise TokenRejected("claim", "exp")
        if now >= expires + leeway:
            raise TokenRejected("expired")
        if begins is not None and begins > now + leeway:
            raise TokenRejected("not yet valid")
        if issued is not None and issued > now + leeway:
            raise TokenRejected("not yet valid", "iat")
        if expires - (now if issued is None else issued) > self.options.max_lifetime + leeway:
            raise TokenRejected("lifetime")
        return issued, expires if expires > now else expires + leeway

    async def _use(self, claims: dict[str, Any], principal: Principal) -> None:
        jti = claim.as_text(claims.get("jti"))
        if not jti or principal.expires_at is None:
            raise TokenRejected("claim", "jti")
        if not await self.store.use_once(principal.issuer, jti, principal.expires_at):
            raise TokenRejected("used")

    def _remember(self, digest: bytes, principal: Principal) -> None:
        if len(self._remembered) >= MAX_REMEMBERED:
            for old in list(self._remembered)[: MAX_REMEMBERED // 2]:
                del self._remembered[old]
        until = self.now() + REMEMBERED
        self._remembered[digest] = (min(until, principal.expires_at or until), principal)
