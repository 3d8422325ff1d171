"""One INI file to frozen options, every mistake found at once with its line. Nothing is started and nothing changed
here.

Section names are `kind:name`. A key is a field of its section's options class, a list of sections is given by name.
There is no
interpolation: a `%` or `$` in a secret's name means itself.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
from attrs import frozen

from tokengate.components import option
from tokengate.convert import boolean, duration, integer, names, one_of
from tokengate.edge.connect import parse_connect
from tokengate.edge.limits import Limits
from tokengate.edge.listener import Endpoint, parse_listen
from tokengate.edge.proxy import Network, parse_networks
from tokengate.edge.tls import UPSTREAM_MODES
from tokengate.errors import ConfigError
from tokengate.registry import Registry

LISTS = {"verify": "verifier", "enforce": "enforcer", "mask": "masker", "record": "recorder"}
"""A route's lists of sections, by key, and the kind each names."""

SHADOWED = frozenset({"enforcer", "masker"})
"""Kinds of section that may have `shadow = yes`, whatever component they use."""

TLS_KEYS = frozenset(
    {"tls", "certificate", "key", "client_ca", "client_certificates", "upstream_tls", "upstream_ca", "upstream_name",
     "upstream_certificate", "upstream_key"}
)  # fmt: skip
"""A route's keys about TLS. A protocol whose options have `ENCRYPTS` takes none of them."""

_HEADER = re.compile(r"\[([^]]*)\]")
_KEY = re.compile(r"([^\s#;=\[][^=]*?)\s*=")


class ConfigErrors(ConfigError):
    """Several problems: `problems` is a list of `ConfigError`, in the file's order."""

    problems: list[ConfigError]

    def __init__(self, problems: list[ConfigError]) -> None:
        first = problems[0]
        super().__init__(first.problem, first.file, first.line)
        object.__setattr__(self, "problems", problems)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


def _rate(text: str) -> float:
    return float(integer(1, 1_000_000)(text))


def _path(text: str) -> Path:
    return Path(text.strip())


@frozen
class GatewayOptions:
    """`[gateway]`: what all routes share."""

    state: Path = option("the gateway's private folder: keys, holds, used tokens", convert=_path)
    admin: Endpoint | None = option(
        "where /healthz, /readyz, /metrics and /explain are served; loopback or a unix socket",
        default=None,
        convert=parse_listen,
    )
    log: str = option("log lines as json or text", default="json", convert=one_of("json", "text"))
    approvals_url: str = option("where people decide holds; {id} is replaced by the approval's", default="")
    operators: tuple[str, ...] = option(
        "groups of tokens whose holders may have requests of others explained", default=(), convert=names
    )
    drain_timeout: float = option(
        "how long a stopping gateway lets transactions finish", default=30.0, convert=duration
    )


@frozen
class RouteOptions:
    """`[route:NAME]`: what every protocol's routes have. The protocol's own options are further keys."""

    protocol: str = option("the protocol plugin")
    listen: Endpoint = option("tcp:PORT[:interface=ADDRESS] or unix:/PATH[:mode=660]", convert=parse_listen)
    upstream: Endpoint = option("tcp:HOST:PORT or unix:/PATH", convert=parse_connect)
    credential: str = option("the upstream's credential, as SOURCE:REFERENCE (env:NAME, file:/PATH)")
    verify: tuple[str, ...] = option("the verifiers, in order", convert=names)
    enforce: tuple[str, ...] = option("the enforcers, in order of evaluation", default=(), convert=names)
    mask: tuple[str, ...] = option("the maskers", default=(), convert=names)
    record: tuple[str, ...] = option("the recorder", convert=names)
    tls: str = option("off: plaintext, on loopback or a unix socket only", default="on", convert=one_of("on", "off"))
    certificate: Path | None = option("the listener's certificate chain (PEM)", default=None, convert=_path)
    key: Path | None = option("its private key (PEM), readable by nobody else", default=None, convert=_path)
    client_ca: Path | None = option("the CA of client certificates (PEM)", default=None, convert=_path)
    client_certificates: str = option(
        "whether clients show certificates", default="none", convert=one_of("none", "optional", "required")
    )
    upstream_tls: str = option("how the upstream is verified", default="verify-full", convert=one_of(*UPSTREAM_MODES))
    upstream_ca: Path | None = option(
        "the upstream's CA (PEM); the system's when not given", default=None, convert=_path
    )
    upstream_name: str = option("the name in the upstream's certificate; its host when not given", default="")
    upstream_certificate: Path | None = option("a client certificate for the upstream", default=None, convert=_path)
    upstream_key: Path | None = option("its private key", default=None, convert=_path)
    proxy_from: tuple[Network, ...] = option(
        "addresses that must speak the PROXY protocol, version 2", default=(), convert=parse_networks
    )
    max_connections: int = option("connections at once", default=1000, convert=integer(1, 1_000_000))
    max_per_source: int = option("connections at once of one address", default=100, convert=integer(1, 1_000_000))
    rate_per_source: float = option("new connections a second of one address", default=50.0, convert=_rate)
    handshake_timeout: float = option("for TLS, start-up and token together", default=60.0, convert=duration)

    @property
    def limits(self) -> Limits:
        """The listener's limits."""
        return Limits(self.max_connections, self.max_per_source, self.rate_per_source, self.handshake_timeout)


@frozen
class ComponentConfig:
    """One component section: which component it uses, and its options. `shadow`: it only says what it would do."""

    kind: str
    name: str
    use: str
    options: Any
    line: int
    shadow: bool = False


@frozen
class RouteConfig:
    """One route: the common options and the protocol's own."""

    name: str
    options: RouteOptions
    protocol_options: Any
    line: int


@frozen
class Config:
    """A whole valid configuration. `base`: the folder relative paths start in."""

    file: Path
    gateway: GatewayOptions
    components: dict[tuple[str, str], ComponentConfig]
    routes: dict[str, RouteConfig]

    @property
    def base(self) -> Path:
        """Where relative paths start."""
        return self.file.absolute().parent


def load(file: Path, registry: Registry) -> Config:
    """Read a configuration. Raises `ConfigErrors` with everything that is wrong with it."""
    return _Reader(file, registry).read()


@frozen
class _Section:
    kind: str
    name: str
    line: int
    values: dict[str, tuple[str, int]]


class _Reader:
    def __init__(self, file: Path, registry: Registry) -> None:
        self._file = file
        self._registry = registry
        self._problems: list[ConfigError] = []

    def read(self) -> Config:
        sections = list(self._sections())
        gateway = [self._gateway(section) for section in sections if section.kind == "gateway"]
        if not gateway and not self._problems:
            self._problem("there is no [gateway] section", None)
        components: dict[tuple[str, str], ComponentConfig] = {}
        for section in sections:
            if section.kind in LISTS.values() and (made := self._component(section)) is not None:
                components[section.kind, section.name] = made
        declared = {(section.kind, section.name) for section in sections}
        routes = {s.name: route for s in sections if s.kind == "route" and (route := self._route(s, declared))}
        if not any(section.kind == "route" for section in sections) and not self._problems:
            self._problem("there is no [route:NAME] section", None)
        self._one_listener_each(routes)
        if self._problems:
            raise ConfigErrors(sorted(self._problems, key=lambda problem: problem.line or 0))
        assert gateway[0] is not None
        return Config(self._file, gateway[0], components, routes)

    def _problem(self, problem: str, line: int | None) -> None:
        self._problems.append(ConfigError(problem, str(self._file), line))

    # ------------------------------------------------------------ syntax

    def _sections(self) -> Iterator[_Section]:
        parser = configparser.RawConfigParser(
            interpolation=None, strict=True, default_section="", delimiters=("=",), empty_lines_in_values=False
        )
        parser.optionxform = str  # type: ignore[assignment,method-assign]  # keys are taken as written
        try:
            text = self._file.read_text(encoding="utf-8")
            parser.read_string(text, str(self._file))
        except (OSError, UnicodeDecodeError) as error:
            self._problem(f"can't be read: {error}", None)
            return
        except configparser.Error as error:
            self._syntax(error)
            return
        places = _places(text)
        for title in parser.sections():
            kind, colon, name = title.partition(":")
            line = places[title, ""]
            known = (kind == "gateway" and not colon) or (kind in (*LISTS.values(), "route") and name.strip())
            if not known:
                self._problem(f"unknown section [{title}]", line)
                continue
            values = {key: (value, places.get((title, key), line)) for key, value in parser.items(title)}
            yield _Section(kind, name.strip(), line, values)

    def _syntax(self, error: configparser.Error) -> None:
        if lines := getattr(error, "errors", None):
            for line, _ in lines:
                self._problem("this is no [section], no key = value, no comment and no indented continuation", line)
        else:
            text = error.message.splitlines()[0].replace(f"'{self._file}'", "").strip()
            self._problem(text, getattr(error, "lineno", None))

    # ------------------------------------------------------------ sections

    def _gateway(self, section: _Section) -> GatewayOptions | None:
        made = self._options(section, GatewayOptions, section.values)
        if made is not None and made.admin is not None and not made.admin.local:
            self._problem("the admin listener must be on loopback or a unix socket", section.values["admin"][1])
        options: GatewayOptions | None = made
        return options

    def _component(self, section: _Section) -> ComponentConfig | None:
        values = dict(section.values)
        use, line = values.pop("use", (None, section.line))
        if use is None:
            self._problem(f"[{section.kind}:{section.name}] needs a key: use", section.line)
            return None
        try:
            options = self._registry.options(section.kind, use)
        except ConfigError as error:
            self._problem(error.problem, line)
            return None
        shadow = self._shadow(values.pop("shadow")) if section.kind in SHADOWED and "shadow" in values else False
        made = self._options(section, options, values)
        return None if made is None else ComponentConfig(section.kind, section.name, use, made, section.line, shadow)

    def _shadow(self, value: tuple[str, int]) -> bool:
        text, line = value
        try:
            return boolean(text)
        except ValueError as error:
            self._problem(f"shadow: {error}", line)
            return False

    def _route(self, section: _Section, declared: set[tuple[str, str]]) -> RouteConfig | None:
        common = {field.name for field in attrs.fields(RouteOptions)}
        protocol, line = section.values.get("protocol", (None, section.line))
        own: Any = None
        if protocol is not None:
            try:
                own = self._registry.options("protocol", protocol)
            except ConfigError as error:
                self._problem(error.problem, line)
        mine = {key: value for key, value in section.values.items() if key in common}
        theirs = {key: value for key, value in section.values.items() if key not in common}
        made = self._options(section, RouteOptions, mine)
        made_own = self._options(section, own, theirs) if own is not None else None
        if made is None or made_own is None:
            return None
        self._check_route(section, made, declared)
        self._check_tls(section, made, encrypts=getattr(own, "ENCRYPTS", False))
        return RouteConfig(section.name, made, made_own, section.line)

    def _check_route(self, section: _Section, route: RouteOptions, declared: set[tuple[str, str]]) -> None:
        def line(key: str) -> int:
            return section.values.get(key, ("", section.line))[1]

        for key, kind in LISTS.items():
            for name in getattr(route, key):
                if (kind, name) not in declared:
                    self._problem(f"there is no section [{kind}:{name}]", line(key))
        if not route.verify:
            self._problem("a route needs a verifier", line("verify"))
        if len(route.record) != 1:
            self._problem("a route needs one recorder", line("record"))
        if not re.fullmatch(r"[a-z_]+:.+", route.credential):
            self._problem("a credential is SOURCE:REFERENCE, such as env:NAME or file:/PATH", line("credential"))

    def _check_tls(self, section: _Section, route: RouteOptions, *, encrypts: bool) -> None:
        """Whether nobody can read tokens. `encrypts`: the protocol sees to that itself, and TLS has no place in it."""

        def line(key: str) -> int:
            return section.values.get(key, ("", section.line))[1]

        if encrypts:
            for key in sorted(TLS_KEYS & section.values.keys()):
                self._problem(f"{key} means nothing here: {route.protocol} has an encryption of its own", line(key))
            return
        if route.tls == "off" and not route.listen.local:
            self._problem(
                "tls = off needs a listener on loopback or a unix socket: tokens would be readable", line("tls")
            )
        if route.tls == "on" and (route.certificate is None or route.key is None):
            self._problem("a route with TLS needs a certificate and a key", line("certificate"))
        if route.client_certificates != "none" and route.client_ca is None:
            self._problem("client certificates need a client_ca", line("client_certificates"))

    def _one_listener_each(self, routes: dict[str, RouteConfig]) -> None:
        seen: dict[str, str] = {}
        for route in routes.values():
            other = seen.setdefault(str(route.options.listen), route.name)
            if other != route.name:
                self._problem(f"route {route.name} listens where route {other} does", route.line)

    # ------------------------------------------------------------ options

    def _options(self, section: _Section, options: type[Any], values: dict[str, tuple[str, int]]) -> Any:
        """An options object of INI texts, or None after noting what is wrong."""
        before = len(self._problems)
        title = section.kind + (f":{section.name}" if section.name else "")
        fields = {field.name.rstrip("_"): field for field in attrs.fields(options)}
        made = {}
        for key, (text, line) in values.items():
            field = fields.get(key)
            if field is None:
                known = ", ".join(sorted(fields)) or "none"
                self._problem(f"unknown key {key!r} in [{title}] (known: {known})", line)
                continue
            convert: Callable[[str], Any] = field.metadata.get("convert", str)
            try:
                made[field.name] = convert(text)
            except ValueError as error:
                self._problem(f"{key}: {error}", line)
        for key, field in fields.items():
            if field.default is attrs.NOTHING and key not in values:
                self._problem(f"[{title}] needs a key: {key}", section.line)
        if len(self._problems) > before:
            return None
        try:
            return options(**made)
        except (ValueError, ConfigError) as error:
            self._problem(str(error), section.line)
            return None


def _places(text: str) -> dict[tuple[str, str], int]:
    """The 1-based line of every section ((title, "")) and key ((title, key))."""
    places: dict[tuple[str, str], int] = {}
    title = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            title = header[1]
            places.setdefault((title, ""), number)
        elif key := _KEY.match(line):
            places.setdefault((title, key[1]), number)
    return places
