"""The enforcer `approval`: effects that wait for a person, whatever other policy says of them. It is `sql` with nothing
but a `hold`.
"""

from __future__ import annotations

from typing import Any

from attrs import frozen

from tokengate.components import option
from tokengate.convert import duration, names
from tokengate.enforce import sql
from tokengate.enforce.rules import Item, items


@frozen
class Options:
    """The keys of a section with `use = approval`."""

    hold: tuple[Item, ...] = option("effects that wait for approval", convert=items)
    why: str = option("what client and approver are told", default="")
    timeout: float = option("how long they wait", default=900.0, convert=duration)
    approvers: tuple[str, ...] = option(
        "groups or subjects who may approve; none: anybody else", default=(), convert=names
    )


def configure(options: Options, tools: Any) -> sql.Sql:
    """The enforcer. Raises `ConfigError` when it would do nothing."""
    return sql.configure(
        sql.Options(hold=options.hold, why=options.why, hold_timeout=options.timeout, approvers=options.approvers),
        tools,
    )
