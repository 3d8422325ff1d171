"""The gateway as a service: a configuration's sections made into running routes, reloaded and stopped with care.

The order of a start follows what a daemon may do when: ports are bound and keys read while still privileged
(`privilegedStartService`); files, threads, connections and accepting wait for `startService`, after the fork and the
change of user.
"""

from __future__ import annotations

import gc
import os
import signal
from pathlib import Path
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.task import LoopingCall, deferLater
from twisted.logger import Logger

from tokengate.admin.explain import Explain
from tokengate.admin.site import site
from tokengate.config import Config, ConfigErrors, RouteConfig, load
from tokengate.edge.listener import Listener
from tokengate.edge.stream import Stream
from tokengate.edge.tasks import cancel_all, spawn
from tokengate.edge.tls import server_context
from tokengate.errors import ConfigError, StoreError, TokengateError
from tokengate.registry import Registry
from tokengate.secrets.file import check_private
from tokengate.session.holds import Holds
from tokengate.session.pipeline import Named, Policy
from tokengate.session.route import Route, Secret
from tokengate.session.session import Session
from tokengate.session.tools import Tools
from tokengate.store.records import Revocations
from tokengate.store.sqlite import SqliteStore
from tokengate.values import Action

REVOCATIONS_INTERVAL = 1.0
"""Seconds between two looks at what is revoked: how long a revoked token's sessions may go on."""

FAREWELL = 1.0
"""Seconds for the last error messages to reach their clients when sessions are ended."""

YOUNG = 10_000
"""Objects made before Python looks for cycles among them, instead of 700: a parse tree has that many without one, and
each look in the midst of it goes through more and more of what is kept. A megabyte or two of garbage may wait.
"""

_log = Logger()


class Parts:
    """The configured components of one configuration, by (kind, name), each made once."""

    def __init__(self, config: Config, registry: Registry, tools: dict[str, Any]) -> None:
        self._config = config
        self._registry = registry
        self._tools = tools
        self.made: dict[tuple[str, str], Any] = {}

    def tools(self, section: str) -> Tools:
        """What a section's component may use."""
        return Tools(section=section, base=self._config.base, secret=self._secret, **self._tools)

    def get(self, kind: str, name: str) -> Any:
        """The configured component of a section. Raises `ConfigError` with the section's line."""
        if (kind, name) not in self.made:
            section = self._config.components[kind, name]
            try:
                made = self._registry.configure(kind, section.use, section.options, self.tools(name))
            except ConfigError as error:
                raise ConfigError(f"[{kind}:{name}]: {error.problem}", str(self._config.file), section.line) from error
            self.made[kind, name] = made
        return self.made[kind, name]

    def policy(self, route: RouteConfig) -> Policy:
        """A route's enforcers and maskers, those in shadow mode apart."""
        found: dict[str, list[Named]] = {"enforcer": [], "masker": [], "shadow": []}
        for kind, names in (("enforcer", route.options.enforce), ("masker", route.options.mask)):
            for name in names:
                place = "shadow" if self._config.components[kind, name].shadow else kind
                found[place].append(Named(name, self.get(kind, name)))
        return Policy.of(found["enforcer"], found["masker"], found["shadow"])

    def verifiers(self, route: RouteConfig) -> tuple[Any, ...]:
        """A route's verifiers."""
        return tuple(self.get("verifier", name) for name in route.options.verify)

    def protocol(self, route: RouteConfig) -> Any:
        """A route's protocol, configured."""
        return self._registry.configure(
            "protocol", route.options.protocol, route.protocol_options, self.tools(route.name)
        )

    def secret(self, route: RouteConfig) -> Secret:
        """Where a route's credential comes from. Raises `ConfigError` when it can't be right."""
        try:
            return self._secret(route.options.credential)
        except ConfigError as error:
            raise ConfigError(f"route {route.name}: {error.problem}", str(self._config.file), route.line) from error

    def _secret(self, text: str) -> Secret:
        source, _, reference = text.partition(":")
        options = self._registry.options("secret", source)()
        component = self._registry.configure("secret", source, options, self.tools(""))
        component.check(reference)
        return Secret(component, reference)

    def tls(self, route: RouteConfig) -> Any:
        """A route's server context, None for plaintext. Raises `ConfigError`."""
        options = route.options
        if options.tls == "off" or getattr(route.protocol_options, "ENCRYPTS", False):
            return None
        path = self.tools(route.name).path
        key = path(str(options.key))
        try:
            check_private(key, os.stat(key))
        except (OSError, ConfigError) as error:
            raise ConfigError(f"route {route.name}: {error}", str(self._config.file), route.line) from error
        ca = None if options.client_ca is None else path(str(options.client_ca))
        alpn = (options.protocol.encode() + b"ql",) if options.protocol == "postgres" else ()
        return server_context(
            path(str(options.certificate)),
            key,
            client_ca=ca,
            client_certificates=options.client_certificates,
            alpn=alpn,
        )


class Gateway(Service):
    """The running gateway of one configuration file."""

    name = "tokengate"

    def __init__(self, file: Path, reactor: Any, registry: Registry | None = None) -> None:
        self._file = file
        self._reactor = reactor
        self._registry = registry or Registry.installed()
        self.config = load(file, self._registry)
        state = self.config.base / self.config.gateway.state
        self._store = SqliteStore(state, reactor)
        self._shared = {"state": state, "store": self._store, "reactor": reactor}
        self._parts = Parts(self.config, self._registry, self._shared)
        self.routes: dict[str, Route] = {}
        self._protocols: dict[str, Any] = {}
        self._listeners: dict[str, Listener] = {}
        self._holds: Any = None
        self._revocations = Revocations.none()
        self._revoking = LoopingCall(self._look_for_revocations)
        self._admin: Any = None
        self._problems: dict[str, str] = {"start": "the gateway is starting"}

    # ------------------------------------------------------------ start

    def privilegedStartService(self) -> None:
        """Make everything the configuration names, read keys, bind ports. Raises `ConfigError`."""
        signal.signal(signal.SIGHUP, lambda *_: self._reactor.callFromThread(self.reload))  # which waits for the start
        state = self._shared["state"]
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._holds = Holds(
            self._store, self._parts.tools("holds"), self.config.gateway.approvals_url, record_text=self._record_text
        )
        for config in self.config.routes.values():
            self._make_route(config)
        for listener in self._listeners.values():
            listener.open()

    def _make_route(self, config: RouteConfig) -> None:
        parts = self._parts
        route = Route(
            config=config,
            tools=parts.tools(config.name),
            policy=parts.policy(config),
            verifiers=parts.verifiers(config),
            recorder=parts.get("recorder", config.options.record[0]),
            holds=self._holds,
            secret=parts.secret(config),
            tls=parts.tls(config),
            revocations=lambda: self._revocations,
        )
        route.upstream_tls()  # a CA file that can't be used shows now
        self.routes[config.name] = route
        protocol = self._protocols[config.name] = parts.protocol(config)

        async def serve(stream: Stream) -> None:
            await protocol.serve(stream, route)

        def refused(limit: str) -> None:
            route.counts.refused[limit] += 1

        self._listeners[config.name] = Listener(
            config.options.listen, serve, route.limits, self._reactor, config.options.proxy_from, refused
        )

    def startService(self) -> None:
        """Open files, start threads and refreshing, accept."""
        super().startService()
        gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
        self._store.start()
        self._look_for_revocations()
        self._revoking.start(REVOCATIONS_INTERVAL, now=False)
        for (kind, _), part in self._parts.made.items():
            if kind in ("recorder", "verifier"):
                part.start()
        for name, route in self.routes.items():
            self._protocols[name].start(route)
        for listener in self._listeners.values():
            listener.start()
        self._start_admin()
        self._problems.pop("start", None)
        for name, route in self.routes.items():
            _log.info("route {route} listens on {where}", route=name, where=str(route.config.options.listen))

    def _start_admin(self) -> None:
        endpoint = self.config.gateway.admin
        if endpoint is None:
            return
        explain = Explain(self._serving, self.config.gateway.operators)
        pages = site(lambda: self.routes.values(), self.problems, explain)
        if endpoint.kind == "unix":
            self._admin = self._reactor.listenUNIX(endpoint.path, pages, mode=endpoint.mode)
        else:
            self._admin = self._reactor.listenTCP(endpoint.port, pages, interface=endpoint.host or "127.0.0.1")

    def _serving(self, name: str) -> tuple[Route, Any] | None:
        """A route of that name and its protocol."""
        route = self.routes.get(name)
        return None if route is None else (route, self._protocols[name])

    def _record_text(self, action: Action, session: Session) -> str:
        """An action's text as its route's maskers let it be kept."""
        text = action.text
        for masker in self.routes[session.route].policy.maskers:
            text = masker.record_text(text, action, session)
        return text

    def _look_for_revocations(self) -> Deferred[None]:
        async def look() -> None:
            try:
                self._revocations = await self._store.revocations()
                self._problems.pop("store", None)
            except StoreError as error:
                self._problems["store"] = str(error)

        return spawn(look(), "looking for revocations")

    def problems(self) -> dict[str, str]:
        """Why the gateway can't serve now, by part; empty when it can."""
        found = dict(self._problems)
        for (kind, name), part in self._parts.made.items():
            if kind in ("verifier", "recorder") and not getattr(part, "ready", True):
                found[f"{kind}:{name}"] = "not ready"
        return found

    # ------------------------------------------------------------ reload

    def reload(self) -> None:
        """Adopt the file's verifiers, enforcers and maskers for the routes that run; on any mistake, nothing of it.

        Listeners, upstreams, recorders and the gateway's own section need a restart.
        """
        try:
            config = load(self._file, self._registry)
            parts = Parts(config, self._registry, self._shared)
            fresh = {
                name: (parts.policy(config.routes[name]), parts.verifiers(config.routes[name]))
                for name in self.routes
                if name in config.routes
            }
        except ConfigErrors as error:
            for problem in error.problems:
                _log.error("not reloaded: {problem}", problem=str(problem))
            return
        except TokengateError as error:
            _log.error("not reloaded: {problem}", problem=str(error))
            return
        for missing in self.routes.keys() - fresh.keys():
            _log.warn("route {route} is gone from the file: it keeps its policy until a restart", route=missing)
        old = [part for (kind, _), part in self._parts.made.items() if kind == "verifier"]
        for (kind, _), part in parts.made.items():
            if kind == "verifier":
                part.start()
        for name, (policy, verifiers) in fresh.items():
            self.routes[name].policy, self.routes[name].verifiers = policy, verifiers
            self._protocols[name].start(self.routes[name])
        parts.made |= {key: part for key, part in self._parts.made.items() if key[0] == "recorder"}
        self._parts = parts
        for verifier in old:
            spawn(_awaited(verifier.stop()), "stopping a replaced verifier")
        _log.info("policy reloaded")

    # ------------------------------------------------------------ stop

    async def _stop(self) -> None:
        self._problems["stop"] = "the gateway is stopping"
        for listener in self._listeners.values():
            await listener.stop()
        await self._drain()
        if self._revoking.running:
            self._revoking.stop()
        for protocol in self._protocols.values():
            await protocol.stop()
        for (kind, _), part in self._parts.made.items():
            if kind in ("verifier", "recorder"):
                await part.stop()
        if self._admin is not None:
            await self._admin.stopListening()
        cancel_all()
        await self._store.stop()

    async def _drain(self) -> None:
        """Let sessions finish what they are at, then end them."""
        deadline = self._reactor.seconds() + self.config.gateway.drain_timeout
        for driver in self._live():
            driver.finish()
        while self._live() and self._reactor.seconds() < deadline:
            await deferLater(self._reactor, 0.05)
        remaining = self._live()
        for driver in remaining:
            driver.end("shutdown")
        if remaining:
            await deferLater(self._reactor, FAREWELL)

    def _live(self) -> list[Any]:
        return [driver for route in self.routes.values() for driver in list(route.live)]

    def stopService(self) -> Deferred[Any]:
        """Accept no more, drain, end the rest, close everything."""
        super().stopService()
        return DeferredList([spawn(self._stop(), "stopping")], consumeErrors=True)


async def _awaited(awaitable: Any) -> Any:
    return await awaitable
