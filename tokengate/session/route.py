"""A running route: who may come in, what is decided, where it leads. What protocols see of the rest of the gateway."""

from __future__ import annotations

import time
from typing import Any

from attrs import define, field, frozen
from OpenSSL import SSL
from zope.interface import implementer

from tokengate.config import RouteConfig
from tokengate.edge.connect import connect
from tokengate.edge.limits import Limits
from tokengate.edge.tls import client_context
from tokengate.errors import TokenRejected, VerifierUnavailable
from tokengate.interfaces import IRoute
from tokengate.session.counts import Counts
from tokengate.session.pipeline import Pipeline, Policy
from tokengate.session.session import Session
from tokengate.session.tools import Tools
from tokengate.values import ConnectionContext, Event, Principal


@define
class Admission:
    """A session that may begin: its recording is open and its start is written."""

    session: Session
    pipeline: Pipeline
    recording: Any


@frozen
class Secret:
    """A secret of the gateway's, by the source that has it."""

    source: Any
    reference: str

    async def fetch(self) -> str:
        """Its text now. Raises `UpstreamError`."""
        text: str = await self.source.fetch(self.reference)
        return text


@implementer(IRoute)
@define(eq=False)
class Route:
    """See `interfaces.IRoute`.

    `policy` and `verifiers` are replaced whole by a reload. `revocations()` gives the current snapshot, an object with
    `covers(principal)`. `live`: the drivers of running sessions.
    """

    config: RouteConfig
    tools: Tools
    policy: Policy
    verifiers: tuple[Any, ...]
    recorder: Any
    holds: Any
    secret: Secret
    tls: SSL.Context | None
    revocations: Any
    counts: Counts = field(factory=Counts)
    live: set[Any] = field(factory=set)
    _upstream_context: SSL.Context | None = None

    @property
    def name(self) -> str:
        """The route's name."""
        return self.config.name

    @property
    def options(self) -> Any:
        """The protocol's own options."""
        return self.config.protocol_options

    @property
    def limits(self) -> Limits:
        """The listener's limits."""
        return self.config.options.limits

    @property
    def device(self) -> Any:
        """How people get a token here, by the first verifier that can; None where none can."""
        flows = (getattr(verifier, "device", None) for verifier in self.verifiers)
        return next((flow for flow in flows if flow is not None), None)

    def now(self) -> float:
        """Unix seconds."""
        return time.time()

    def recognises(self, credential: bytes) -> bool:
        """Whether a verifier of the route decides credentials of this kind."""
        return self._verifier(credential) is not None

    def _verifier(self, credential: bytes) -> Any:
        """The first that recognises it: it decides alone."""
        return next((verifier for verifier in self.verifiers if verifier.recognises(credential)), None)

    async def authenticate(self, credential: bytes, context: ConnectionContext) -> Principal:
        """The credential's Principal. Raises `TokenRejected`, `VerifierUnavailable`."""
        try:
            verifier = self._verifier(credential)
            if verifier is None:
                raise TokenRejected("unrecognised", "no verifier of the route knows this kind of token")
            principal: Principal = await verifier.verify(credential, context)
            reason = self.standing(principal)
            if reason is not None:
                raise TokenRejected(reason)
        except TokenRejected as error:
            self.counts.rejected[error.reason] += 1
            raise
        except VerifierUnavailable:
            self.counts.rejected["unavailable"] += 1
            raise
        return principal

    def assume(self, claims: dict[str, Any]) -> Principal:
        """The Principal a token with these claims would give here, of the verifier that their `iss` names, or the
        first. Raises `TokenRejected`.
        """
        issuer = claims.get("iss")
        named = [one for one in self.verifiers if getattr(one.options, "issuer", None) == issuer]
        principal: Principal = (named or list(self.verifiers))[0].assume(claims)
        return principal

    def standing(self, principal: Principal) -> str | None:
        """None, or why the principal's sessions must not go on: "expired", "revoked"."""
        if principal.expires_at is not None and time.time() >= principal.expires_at:
            return "expired"
        return "revoked" if self.revocations().covers(principal) else None

    def admit(
        self, principal: Principal, context: ConnectionContext, *, details: dict[str, Any], catalogue: Any = None
    ) -> Admission:
        """Open the session's recording and write its start. Raises `RecorderFailed`."""
        session = Session(self.name, context.protocol, principal, context.client, details, catalogue)
        recording = self.recorder.open(session)
        recording.write(Event("start", _start_fields(session)))
        if (pending := recording.commit()) is not None:
            pending.addErrback(lambda _: None)  # the first action's commit covers it, or fails with it
        return Admission(session, Pipeline(session, lambda: self.policy, self.standing), recording)

    async def credential(self) -> str:
        """The upstream secret's text. Raises `UpstreamError`."""
        return await self.secret.fetch()

    async def connect(self) -> Any:
        """A stream to the upstream, before TLS. Raises `UpstreamError`."""
        return await connect(self.config.options.upstream, self.tools.reactor)

    def upstream_tls(self) -> tuple[SSL.Context, str | None] | None:
        """The upstream's context and the name to verify, or None for a plaintext upstream."""
        options = self.config.options
        if options.upstream_tls == "off":
            return None
        if self._upstream_context is None:
            path = self.tools.path
            ca, certificate, key = (
                None if value is None else path(str(value))
                for value in (options.upstream_ca, options.upstream_certificate, options.upstream_key)
            )
            self._upstream_context = client_context(options.upstream_tls, ca=ca, certificate=certificate, key=key)
        named = options.upstream_name or options.upstream.host
        return self._upstream_context, named if options.upstream_tls == "verify-full" else None


def _start_fields(session: Session) -> dict[str, Any]:
    principal = session.principal
    return {
        "session": session.id,
        "route": session.route,
        "protocol": session.protocol,
        "client": session.client,
        "principal": {
            "issuer": principal.issuer,
            "subject": principal.subject,
            "verifier": principal.verifier,
            "kind": principal.kind.value,
            "groups": sorted(principal.groups),
            "token_id": principal.token_id,
            "token_digest": principal.token_digest,
            "expires_at": principal.expires_at,
        },
        "details": session.details,
    }
