"""Installed components: found, and broken ones never passed over."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from tokengate.components import Component
from tokengate.errors import ConfigError
from tokengate.registry import Registry
from tokengate.session.tools import Tools

TOOLS = Tools("s", Path("/nonexistent"), Path("/nonexistent"), None, None)


def test_everything_that_comes_with_tokengate_is_there_and_whole() -> None:
    """Each built-in component has options with help texts."""
    import attrs

    registry = Registry.installed()
    assert not registry.problems
    for kind, name in registry.components:
        for field in attrs.fields(registry.options(kind, name)):
            assert field.metadata["help"], (kind, name, field.name)
    assert {"oidc", "tokens"} <= set(registry.names("verifier"))


def module(name: str, **content: Any) -> str:
    made = type(sys)(name)
    made.__dict__.update(content)
    sys.modules[name] = made
    return name


@frozen
class Options:
    pass


def test_a_component_that_does_not_conform_is_refused() -> None:
    """What `configure` returns has to provide its kind's interface; what it raises is said."""
    registry = Registry()
    registry._add(
        Component("enforcer", "wrong", module("wrong_plugin", Options=Options, configure=lambda o, t: object()), ""),
        "test",
    )
    registry._add(
        Component("enforcer", "broken", module("broken_plugin", Options=Options, configure=lambda o, t: 1 / 0), ""),
        "test",
    )
    registry._add(Component("enforcer", "gone", "no.such.module", ""), "test")
    with pytest.raises(ConfigError, match="does not do what"):
        registry.configure("enforcer", "wrong", Options(), TOOLS)
    with pytest.raises(ConfigError, match="failed to configure"):
        registry.configure("enforcer", "broken", Options(), TOOLS)
    with pytest.raises(ConfigError, match="is broken"):
        registry.options("enforcer", "gone")
    with pytest.raises(ConfigError, match="no enforcer 'other' is installed"):
        registry.find("enforcer", "other")


def test_duplicates_and_strangers_are_problems() -> None:
    """Two components of one name, or something that is none, are said."""
    registry = Registry()
    one = Component("masker", "same", "a", "")
    registry._add(one, "first")
    registry._add(one, "again")
    assert not registry.problems
    registry._add(Component("masker", "same", "b", ""), "second")
    registry._add(object(), "third")
    assert len(registry.problems) == 2


def test_third_parties_are_found_and_their_broken_modules_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder `tokengate/plugins` on sys.path adds components; a module that can't be imported is a problem."""
    import tokengate.plugins

    folder = tmp_path / "tokengate" / "plugins"
    folder.mkdir(parents=True)
    (folder / "acme_test.py").write_text(
        "from tokengate.components import Component\nhours = Component('enforcer', 'hours', 'acme.hours', 'office hours')\n"
    )
    (folder / "acme_broken.py").write_text("import no_such_module_at_all\n")
    monkeypatch.setattr(tokengate.plugins, "__path__", [*tokengate.plugins.__path__, str(folder)])
    registry = Registry.installed()
    assert "hours" in registry.names("enforcer")
    assert any("acme_broken" in problem for problem in registry.problems)
    with pytest.raises(ConfigError, match="acme_broken"):
        registry.find("enforcer", "missing")


def test_installed_distributions_add_components_by_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The group `tokengate.components` of any distribution on sys.path; one that can't be loaded is a problem."""
    info = tmp_path / "acme-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[tokengate.components]\nhours = acme_entry:hours\nboth = acme_entry:both\nbroken = acme_missing:x\n"
    )
    (tmp_path / "acme_entry.py").write_text(
        "from tokengate.components import Component\n"
        "hours = Component('enforcer', 'acme-hours', 'acme.hours', '')\n"
        "both = [Component('masker', 'acme-a', 'x', ''), Component('masker', 'acme-b', 'x', '')]\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    registry = Registry.installed()
    assert "acme-hours" in registry.names("enforcer")
    assert {"acme-a", "acme-b"} <= set(registry.names("masker"))
    assert any("acme_missing" in problem for problem in registry.problems)
