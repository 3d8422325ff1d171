"""`twistd tokengate -c gateway.ini`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from twisted.application.service import IService
from twisted.logger import ILogObserver
from twisted.python.usage import Options as UsageOptions
from twisted.python.usage import UsageError

from tokengate.errors import ConfigError
from tokengate.log import observer
from tokengate.service import Gateway


class Options(UsageOptions):
    """The command line."""

    optParameters = [["config", "c", None, "The configuration file."]]  # noqa: RUF012  usage's own form

    def postOptions(self) -> None:
        """Require the file."""
        if self["config"] is None:
            raise UsageError("which configuration? -c gateway.ini")


class LoggingGateway(Gateway):
    """A gateway that writes the application's log lines in its own form."""

    def setServiceParent(self, parent: Any) -> None:
        """Give the application our log observer before it starts logging."""
        parent.setComponent(ILogObserver, observer(sys.stdout, self.config.gateway.log))
        super().setServiceParent(parent)


def makeService(options: Options) -> IService:
    """The service of a configuration; a mistake in it ends twistd with every line of what is wrong."""
    from twisted.internet import reactor  # here: importing it installs the reactor

    try:
        return LoggingGateway(Path(options["config"]), reactor)
    except ConfigError as error:
        raise SystemExit(str(error)) from error
