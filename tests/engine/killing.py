"""Run batten in a process that is killed, as by SIGKILL, when it comes to a given one of its steps.

A step is whatever changes a folder, starts a program or asks the engine. ``python -m tests.engine.killing NUMBER FILE ARGUMENTS`` is killed at step NUMBER;
with 0 it lives, and FILE gets the number of steps that there were.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from batten.cli import main
from batten.engine.docker_sdk import DockerEngine

_CALLS = ("replace", "link", "unlink", "mkdir", "rmdir", "fsync")


class Steps:
    """Counts steps, and ends the process at one of them."""

    def __init__(self, last: int) -> None:
        self.count = 0
        self._last = last

    def wired(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, as a step."""

        def act(*arguments: Any, **options: Any) -> Any:
            self.count += 1
            if self.count == self._last:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **options)

        return act

    def take_over(self) -> None:
        """Let everything that matters count."""
        for name in _CALLS:
            setattr(os, name, self.wired(getattr(os, name)))
        for owner, name in ((subprocess.Popen, "__init__"), (subprocess.Popen, "poll"), (DockerEngine, "_ask")):
            setattr(owner, name, self.wired(getattr(owner, name)))


if __name__ == "__main__":
    steps = Steps(int(sys.argv[1]))
    steps.take_over()
    code = main(sys.argv[3:])
    Path(sys.argv[2]).write_text(str(steps.count))
    sys.exit(code)
