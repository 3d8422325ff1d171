"""SSH through tokengate, next to a direct connection and OpenSSH's own ProxyJump: OpenSSH's programs at both ends."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import click
from attrs import frozen

from bench.targets import cpu
from tests.support import openssh
from tests.support.sshgateway import route, ssh_gateway

MEGABYTE = 1024 * 1024
AT_ONCE = 4
"""Clients that run commands or log in at a time."""

SETTLE = 0.3
"""Seconds until a process between has seen the end of its work, and of its children."""

POLICY = """
[enforcer:bench]
use = shell
deny = rm, shutdown, write /etc/*, dynamic
"""
ROUTE = route("bench", "ci", "enforce = bench", "allow = exec, sftp")


@frozen
class Way:
    """One way to the target's sshd. `options`: of ssh and scp alike; `pids`: the processes between, whose children
    count too.
    """

    name: str
    options: tuple[str, ...]
    user: str
    environment: dict[str, str]
    pids: tuple[int, ...] = ()

    def command(self, program: str, *more: str) -> list[str]:
        """A client's command line, up to its destination."""
        options = (*more, *self.options, *openssh.OPTIONS)
        return [program, "-q", "-F", "none", *(word for option in options for word in ("-o", option))]

    @property
    def destination(self) -> str:
        """Who logs in where."""
        return f"{self.user}@127.0.0.1"

    def run(self, words: list[str], **more: object) -> None:
        """Run it to its end. Raises CalledProcessError."""
        usual = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "env": self.environment, "check": True}
        subprocess.run(words, **{**usual, **more})  # type: ignore[call-overload]


@contextmanager
def ways() -> Iterator[dict[str, Way]]:
    """All of them, to one sshd."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tokengate-bench-")))
        gateway = stack.enter_context(ssh_gateway(folder, POLICY + ROUTE, ("bench",)))
        keys = f"AuthorizedKeysFile {folder}/authorized_keys"
        jump = stack.enter_context(openssh.sshd(folder / "jump", keys, "AllowTcpForwarding yes"))
        user = gateway.target.user
        own = ("IdentitiesOnly=yes", f"IdentityFile={folder}/login")
        direct = Way("direct", (*own, f"Port={gateway.target.port}"), user, dict(os.environ))
        to_jump = " ".join(
            [*Way("", own, user, {}).command("ssh"), "-W", "%h:%p", "-p", str(jump.port), direct.destination]
        )
        token = ("PubkeyAuthentication=no", f"Port={gateway.ports['bench']}")
        yield {
            "direct": direct,
            "ProxyJump": Way(
                "ProxyJump", (f"ProxyCommand={to_jump}", *direct.options), user, dict(os.environ), (jump.process.pid,)
            ),
            "tokengate": Way("tokengate", token, "ci", gateway.environment(), (gateway.process.pid,)),
        }


@frozen
class Figure:
    """What was reached in a second, and the CPU seconds of what is between for one of it."""

    per_second: float
    cpu: float


def measured(way: Way, amount: float, work: Callable[[], None]) -> Figure:
    """The figure of `amount` done by `work`."""
    before, began = cpu(way.pids, children=True), time.perf_counter()
    work()
    took = time.perf_counter() - began
    time.sleep(SETTLE)
    return Figure(amount / took, (cpu(way.pids, children=True) - before) / amount)


def cat(way: Way, file: Path) -> Figure:
    """Megabytes of a file that a program at the target writes."""
    words = [*way.command("ssh"), way.destination, f"cat {file}"]
    return measured(way, file.stat().st_size / MEGABYTE, lambda: way.run(words))


def fed(way: Way, file: Path) -> Figure:
    """Megabytes of a file that a program at the target reads."""
    words = [*way.command("ssh"), way.destination, "cat > /dev/null"]
    with file.open("rb") as source:
        return measured(way, file.stat().st_size / MEGABYTE, lambda: way.run(words, stdin=source))


def fetched(way: Way, file: Path) -> Figure:
    """Megabytes of a file by scp."""
    copy = file.with_name("copy")
    words = [*way.command("scp"), f"{way.destination}:{file}", str(copy)]
    try:
        return measured(way, file.stat().st_size / MEGABYTE, lambda: way.run(words))
    finally:
        copy.unlink(missing_ok=True)


def logins(way: Way, count: int) -> Figure:
    """Connections that run one command each."""
    return _commands(way, count, [*way.command("ssh"), way.destination, "true"])


def commands(way: Way, count: int, folder: Path) -> Figure:
    """Commands on one connection."""
    control = f"ControlPath={folder}/{way.name}"
    way.run([*way.command("ssh", control, "ControlMaster=yes", "ControlPersist=yes"), "-fN", way.destination])
    try:
        return _commands(way, count, [*way.command("ssh", control), way.destination, "true"])
    finally:
        with suppress(subprocess.CalledProcessError):
            way.run([*way.command("ssh", control), "-O", "exit", way.destination], stderr=subprocess.DEVNULL)


def _commands(way: Way, count: int, words: list[str]) -> Figure:
    def work() -> None:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda _: way.run(words), range(count)))

    return measured(way, count, work)


def compare(rounds: int, megabytes: int, count: int) -> None:
    """Measure all ways in turns and print the medians as Markdown."""
    with ways() as found, tempfile.TemporaryDirectory(prefix="tokengate-bench-") as name:
        folder = Path(name)
        file = folder / "file"
        with file.open("wb") as out:
            for _ in range(megabytes):
                out.write(os.urandom(MEGABYTE))
        measures: list[tuple[str, str, Callable[[Way], Figure]]] = [
            (f"ssh cat FILE, {megabytes} MB", "MB", lambda way: cat(way, file)),
            (f"ssh 'cat > …' < FILE, {megabytes} MB", "MB", lambda way: fed(way, file)),
            (f"scp HOST:FILE, {megabytes} MB", "MB", lambda way: fetched(way, file)),
            ("commands on one connection", "", lambda way: commands(way, count, folder)),
            ("log-ins with a command", "", lambda way: logins(way, count)),
        ]
        click.echo("\n| SSH | way | a second | of direct | CPU between, for one |\n|---|---|---|---|---|")
        for title, unit, measure in measures:
            runs: dict[str, list[Figure]] = {name: [] for name in found}
            for _ in range(rounds):
                for name, way in found.items():
                    runs[name].append(measure(way))
            base = statistics.median(figure.per_second for figure in runs["direct"])
            for name, figures in runs.items():
                rate = statistics.median(figure.per_second for figure in figures)
                used = statistics.median(figure.cpu for figure in figures) * 1000
                click.echo(f"| {title} | {name} | {rate:,.0f} {unit} | {rate / base:.2f} | {used:.1f} ms |")
