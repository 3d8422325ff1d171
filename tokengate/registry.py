"""Which components are installed, and making one of a configuration's section.

Two ways lead here: modules of the plugin package `tokengate.plugins`, through `twisted.plugin.getPlugins`, and the
entry-point group `tokengate.components` of installed distributions. Twisted skips a plugin module that can't be
imported; here that is an error as soon as anything is missing, because a policy that silently isn't there is no
policy.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from importlib.metadata import entry_points
from typing import Any

from attrs import define, field
from twisted.plugin import getPlugins
from zope.interface.exceptions import Invalid
from zope.interface.verify import verifyObject

import tokengate.plugins
from tokengate.components import KINDS
from tokengate.errors import ConfigError
from tokengate.interfaces import IComponent
from tokengate.session.tools import Tools

GROUP = "tokengate.components"


@define
class Registry:
    """The installed components by (kind, name). `problems`: what could not be loaded, a sentence each."""

    components: dict[tuple[str, str], Any] = field(factory=dict)
    problems: list[str] = field(factory=list)

    @classmethod
    def installed(cls) -> Registry:
        """Everything on sys.path and in installed distributions."""
        registry = cls()
        for name in _plugin_modules():
            try:
                module = importlib.import_module(name)
            except Exception as error:  # noqa: BLE001  whatever it raises, it is a plugin that isn't there
                registry.problems.append(f"plugin module {name} can't be imported: {error!r}")
                continue
            for component in vars(module).values():  # getPlugins may answer from a cache that is older
                if IComponent.providedBy(component):
                    registry._add(component, name)
        for component in getPlugins(IComponent, tokengate.plugins):
            registry._add(component, "tokengate.plugins")
        for point in entry_points(group=GROUP):
            try:
                loaded = point.load()
            except Exception as error:  # noqa: BLE001  likewise
                registry.problems.append(f"entry point {point.name} of {GROUP} can't be loaded: {error!r}")
                continue
            for component in loaded if isinstance(loaded, list | tuple) else [loaded]:
                registry._add(component, f"entry point {point.name}")
        return registry

    def _add(self, component: Any, source: str) -> None:
        if not IComponent.providedBy(component) or component.kind not in KINDS:
            self.problems.append(f"{source}: {component!r} is no component")
        elif self.components.setdefault((component.kind, component.name), component) != component:
            self.problems.append(f"{source}: {component.kind} {component.name} is installed twice")

    def names(self, kind: str) -> list[str]:
        """The names of a kind, sorted."""
        return sorted(name for found, name in self.components if found == kind)

    def find(self, kind: str, name: str) -> Any:
        """The component, loaded. Raises `ConfigError`."""
        component = self.components.get((kind, name))
        if component is None:
            known = ", ".join(self.names(kind)) or "none"
            broken = "".join(f"; {problem}" for problem in self.problems)
            raise ConfigError(f"no {kind} {name!r} is installed (installed: {known}{broken})")
        return component

    def options(self, kind: str, name: str) -> type[Any]:
        """A component's Options class. Raises `ConfigError` when the component is broken."""
        component = self.find(kind, name)
        try:
            options: type[Any] = component.options()
        except Exception as error:
            raise ConfigError(f"{kind} {name!r} is broken: {error!r}") from error
        return options

    def configure(self, kind: str, name: str, options: Any, tools: Tools) -> Any:
        """The configured object, providing its kind's interface. Raises `ConfigError`."""
        component = self.find(kind, name)
        try:
            made = component.configure(options, tools)
        except ConfigError:
            raise
        except Exception as error:
            raise ConfigError(f"{kind} {name!r} failed to configure: {error!r}") from error
        try:
            verifyObject(KINDS[kind], made)
        except Invalid as error:
            raise ConfigError(f"{kind} {name!r} does not do what a {kind} must: {error}") from error
        return made


def _plugin_modules() -> Iterator[str]:
    paths: Iterable[str] = tokengate.plugins.__path__
    for module in pkgutil.iter_modules(paths):
        yield f"{tokengate.plugins.__name__}.{module.name}"
