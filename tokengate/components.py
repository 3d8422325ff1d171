"""How a plugin declares itself: by name, lazily, with help texts, as `twisted.application.service.ServiceMaker` does.

A `Component` is cheap to import: the module that implements it loads when a configuration names it, or when
`tokengate plugins` asks for its options.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

import attrs
from twisted.plugin import IPlugin
from zope.interface import Interface, implementer

from tokengate.interfaces import IComponent, IEnforcer, IMasker, IProtocol, IRecorder, ISecretSource, ITokenVerifier

if TYPE_CHECKING:
    from tokengate.session.tools import Tools

KINDS: dict[str, type[Interface]] = {
    "verifier": ITokenVerifier,
    "enforcer": IEnforcer,
    "masker": IMasker,
    "recorder": IRecorder,
    "secret": ISecretSource,
    "protocol": IProtocol,
}
"""Section kind -> the interface its configured object must provide."""


@implementer(IComponent, IPlugin)
@attrs.frozen
class Component:
    """A named, lazy, described factory.

    `module` has an attrs class `Options` and a function `configure(options, tools)`.
    """

    kind: str = attrs.field(validator=attrs.validators.in_(KINDS))
    name: str
    module: str
    description: str

    def options(self) -> type[Any]:
        """The module's `Options`. Raises ImportError, AttributeError when the plugin is broken."""
        options: type[Any] = import_module(self.module).Options
        return options

    def configure(self, options: Any, tools: Tools) -> Any:
        """The configured object. Raises `ConfigError`."""
        return import_module(self.module).configure(options, tools)


def option(help: str, *, default: Any = attrs.NOTHING, convert: Callable[[str], Any] | None = None) -> Any:
    """An attrs field for one key of a section.

    `convert` turns the INI text into the value and raises ValueError with a sentence; a key without a default is
    required. Defaults are values, not INI text, and are not converted.
    """
    return attrs.field(default=default, metadata={"help": help, "convert": convert or str}, kw_only=True)
