"""The settings that a statement changes, however it does: SET, RESET, set_config, transaction modes, ALTER … SET.
`walk` brings what it finds of them here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import define, field

from tokengate.sql.categories import (
    PROGRAM_SETTINGS,
    READ_ONLY_SETTINGS,
    SECURITY_SETTINGS,
    SETTINGS_THE_PARSER_NEEDS,
    UNSAFE_VALUE,
)
from tokengate.sql.facts import Setting
from tokengate.sql.nodes import Body, literal, quoted


@define
class Settings:
    """Those of one statement, `found` in order. `categories`: the statement's, to which their effects are added."""

    categories: set[str]
    found: list[Setting] = field(factory=list, init=False)

    def variable(self, body: Body, *, stored: bool) -> None:
        """A VariableSetStmt. `stored`: it changes what is kept of a role, a database, a function or the server."""
        kind, name, local = body.get("kind"), body.get("name", ""), body.get("is_local", False)
        if kind == "VAR_RESET_ALL" and stored:  # whatever they are
            self.found.append(Setting("*", known=False))
            self.categories.add("security-setting")
        elif kind == "VAR_RESET_ALL":
            self.back()
        elif name == "SESSION CHARACTERISTICS":
            self.categories.add("transaction")
            for mode, value in _modes(body["args"]):
                self._change(Setting(f"default_{mode}", value, value is not None))
        elif kind == "VAR_SET_MULTI":  # SET TRANSACTION, IMPORT SNAPSHOT
            self.categories.discard("setting")
            self.categories.add("transaction")
            self.modes(body.get("args", ()))
        elif kind == "VAR_SET_VALUE":
            values = [literal(argument) for argument in body.get("args", ())]
            known = [value for value in values if value is not None]
            text = ", ".join(map(quoted, known) if name == "search_path" else known)
            self._change(Setting(name, text, len(known) == len(values), local))
        else:
            self._change(Setting(name, local=local), current=kind == "VAR_SET_CURRENT")

    def configured(self, arguments: list[Body]) -> None:
        """A call of set_config."""
        self.categories.add("setting")
        name, value, local = (literal(argument) for argument in (*arguments, {}, {}, {})[:3])
        setting = Setting(name or "*", value, value is not None, local not in ("false", "off", "f"))
        if name is not None:
            self._change(setting)
            return
        self.found.append(setting)
        self.categories.add("security-setting")
        if value is None or UNSAFE_VALUE.fullmatch(value):
            self.categories.update(("role", "parser-setting"))

    def modes(self, options: Iterable[Body]) -> None:
        """The modes of one transaction, as the settings that they are."""
        for name, value in _modes(options):
            self.found.append(Setting(name, value, value is not None, local=True))
            if name in READ_ONLY_SETTINGS and value != "1":
                self.categories.add("security-setting")

    def back(self) -> None:
        """RESET ALL, DISCARD ALL."""
        self.found.append(Setting("all"))

    def _change(self, setting: Setting, *, current: bool = False) -> None:
        """`current`: it is what it is, FROM CURRENT."""
        setting = setting._replace(name=setting.name.lower(), known=setting.known and not current)
        name, value = setting.name, setting.value
        self.found.append(setting)
        if name in ("role", "session_authorization"):
            self.categories.add("role")
        if name in SECURITY_SETTINGS:
            self.categories.add("security-setting")
        if name in PROGRAM_SETTINGS:
            self.categories.add("server-program")
        allowed = SETTINGS_THE_PARSER_NEEDS.get(name)
        reset = current or (setting.known and value is None)
        if allowed is not None and not reset and (not setting.known or (value or "").strip().lower() not in allowed):
            self.categories.add("parser-setting")


def _modes(options: Iterable[Body]) -> Iterator[tuple[str, str | None]]:
    """Transaction modes, each as the setting of one transaction that it is; the snapshot of another is none."""
    for item in options:
        if "DefElem" in item:
            yield item["DefElem"]["defname"], literal(item["DefElem"].get("arg", {}))
