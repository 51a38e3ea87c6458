"""batten as a plugin of Docker's command line.

The CLI looks for files called ``docker-NAME`` in the folder ``cli-plugins`` of its configuration, asks each for its metadata, and runs it with
its name as the first argument (docker/cli, cli-plugins/manager; seen with 20.10.24: ``docker batten --version``).
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from batten import __version__
from batten.files import write_all
from batten.model import GeneratedFile

NAME = "docker-batten"
METADATA = "docker-cli-plugin-metadata"
_MARK = "# Written by 'batten setup plugin'."


def place() -> Path:
    """Where the plugin of this user lies."""
    configuration = os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker"
    return Path(configuration).absolute() / "cli-plugins" / NAME


def is_foreign() -> bool:
    """Whether something lies there that was not written here."""
    path = place()
    return os.path.lexists(path) and not (path.is_file() and _MARK in path.read_text(encoding="utf-8", errors="replace"))


def install() -> None:
    """Write the plugin, which starts this Python with this batten; raises WriteError."""
    root = shlex.quote(str(Path(__file__).parents[2]))
    text = f'#!/bin/sh\n{_MARK}\nPYTHONPATH={root}${{PYTHONPATH:+:$PYTHONPATH}} exec {shlex.quote(sys.executable)} -m batten.cli.plugin "$@"\n'
    path = place()
    write_all([GeneratedFile(path.name, text.encode(), 0o755, purpose="batten as a plugin")], path.parent, force=True)


def remove() -> bool:
    """Take the plugin away if it is ours; whether it was there."""
    path = place()
    if is_foreign() or not path.is_file():
        return False
    path.unlink()
    return True


def metadata() -> str:
    """What the CLI is told of the plugin."""
    about = {"SchemaVersion": "0.1.0", "Vendor": "batten", "Version": __version__, "ShortDescription": "Harden Docker projects"}
    return json.dumps(about)


def main(arguments: Sequence[str]) -> int:
    """What the CLI calls: for the metadata, or with the plugin's own name before the arguments."""
    if list(arguments[:1]) == [METADATA]:
        print(metadata())
        return 0
    from batten.cli import main as batten

    return batten(list(arguments[1:] if arguments[:1] == ["batten"] else arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
