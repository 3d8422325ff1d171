"""Real shells that run a text among recording stubs: what they run, with which words, and which files they make."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

STUBS = ("alpha", "beta", "gamma", "delta")
REAL = ("env", "xargs", "find", "timeout", "nice", "nohup", "sh", "bash", "dash")
"""Programs that are looked through, real; all they can find are stubs and each other."""

SHELLS = tuple(shell for shell in ("dash", "bash", "zsh", "mksh") if shutil.which(shell))
PARSERS = tuple(shell for shell in SHELLS if shell != "zsh")
"""Those that only parse when told so: zsh -n looks builtins up."""

PROCESSES = 200
"""More than any text here starts at once."""

_SOURCE = r"""
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(int count, char **words) {
    static char line[65536];
    size_t used = 0;
    char *name = strrchr(words[0], '/');
    words[0] = name ? name + 1 : words[0];
    for (int i = 0; i < count && used + strlen(words[i]) < sizeof line - 2; i++) {
        used += strlen(strcpy(line + used, words[i]));
        line[used++] = '\x1f';
    }
    line[used++] = '\x1e';
    int log = open(getenv("STUB_LOG"), O_WRONLY | O_APPEND | O_CREAT, 0666);
    return write(log, line, used) < 0;
}
"""


class Range:
    """A place where texts can be run without harm."""

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="shells-"))
        self.root.chmod(0o755)
        self.programs = self.root / "bin"
        self.programs.mkdir()
        (self.root / "stub.c").write_text(_SOURCE)
        stub = self.programs / STUBS[0]
        subprocess.run(["gcc", "-O1", "-o", stub, self.root / "stub.c"], check=True)
        for name in STUBS[1:]:
            shutil.copy(stub, self.programs / name)
        for name in REAL:
            (self.programs / name).symlink_to(shutil.which(name) or "/nowhere")

    def run(self, shell: str, text: bytes) -> tuple[list[list[str]], set[str]] | None:
        """The commands that ran (name and arguments) and the files that were made; None: it did not end in time."""
        place = Path(tempfile.mkdtemp(dir=self.root))
        place.chmod(0o777)
        (place / "one.txt").touch()
        log = self.root / f"{place.name}.log"
        log.touch()
        log.chmod(0o666)
        environment = {
            "PATH": str(self.programs),
            "HOME": str(place),
            "STUB_LOG": str(log),
            "x": "v w",
            "LC_X": "x[$(delta LC_X)]",  # runs where it is evaluated
            "LC_ALL": "C.UTF-8",
        }
        process = subprocess.Popen(
            [shutil.which(shell) or shell, "-c", text], cwd=place, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, preexec_fn=_confine,
            user="nobody" if os.getuid() == 0 else None,
        )  # fmt: skip
        try:
            process.wait(3)
        except subprocess.TimeoutExpired:
            return None
        finally:
            _settle(process.pid)
        ran = [line.split("\x1f")[:-1] for line in log.read_text("utf-8", "replace").split("\x1e")[:-1]]
        made = {path.name for path in place.rglob("*")} - {"one.txt"}
        shutil.rmtree(place, ignore_errors=True)
        log.unlink()
        return ran, made

    def close(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)


def accepts(shell: str, text: bytes) -> bool:
    """Whether that shell can parse a text."""
    ran = subprocess.run([shell, "-n", "-c", text], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return ran.returncode == 0


def _confine() -> None:
    resource.setrlimit(resource.RLIMIT_NPROC, (PROCESSES, PROCESSES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))


def _settle(group: int) -> None:
    """Let what is in the background come to its end for a moment, then end it."""
    for _ in range(200):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        os.sched_yield()
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
