"""Calling the program from a test: in this process for speed, in another one where the process itself matters."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from batten.cli import main

ROOT = Path(__file__).parents[2]


class Result(NamedTuple):
    """What a call came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, parsed."""
        return json.loads(self.out)


def call(*arguments: object) -> Result:
    """Run batten here."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(argument) for argument in arguments])
    return Result(code, out.getvalue(), err.getvalue())


def spawn(*arguments: object, stdin: str = "", cwd: Path = ROOT, **environment: str) -> Result:
    """Run batten in a process of its own, without a terminal."""
    command = [sys.executable, "-m", "batten", *map(str, arguments)]
    env = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    run = subprocess.run(command, cwd=cwd, env=env, input=stdin, capture_output=True, text=True, check=False)
    return Result(run.returncode, run.stdout, run.stderr)


def write(folder: Path, text: str | bytes, name: str = "compose.yaml") -> Path:
    """A file in a folder, both made if need be."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
