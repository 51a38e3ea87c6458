"""From a session to files: the hardening for the folder that was chosen, written by the generators."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from batten.hardening import Hardening, harden
from batten.model import Risk
from batten.session import Session

_FOUND_ALONE = ({"compose.yaml"}, {"compose.yml"}, {"docker-compose.yaml"}, {"docker-compose.yml"})
"""Compose files that Compose finds without being told."""


class Written(NamedTuple):
    """What an export came to."""

    files: tuple[str, ...]
    """Relative to the folder."""
    folder: Path
    backup: Path | None
    commands: tuple[str, ...]
    """What the user runs next: start it, ask whether everything is in place, bring it into a swarm."""


def write(session: Session, folder: Path | None, force: bool = False, at: Callable[[str], None] = lambda words: None) -> Written:
    """Write the hardened project into a folder, or in place where None, with a backup.

    Args:
        session: what was decided.
        folder: where to.
        force: whether files that are there already are replaced.
        at: is told what is done next, and may raise BattenError to stop before it; once files are being written nothing stops.

    Raises:
        BattenError: it could not be done, and nothing was written.
    """
    from generators import export

    at("working out the changes")
    hardening = session.outcome().hardening
    if folder is not None:
        hardening = harden(session.project, session.design, accept=session.accept, into=folder.expanduser().absolute())
    at("working out and writing the files")
    exported = export(hardening, force=force)
    return Written(exported.files, exported.folder, exported.backup, next_commands(hardening, session.accept))


def after_writing(session: Session) -> Session:
    """The session on the files that were just written in place; one that began has files of its own from now on. Raises BattenError."""
    return Session.open(session.project.request.paths) if session.begins else session.reload()


def next_commands(hardening: Hardening, accept: Risk) -> tuple[str, ...]:
    """What starts the hardened project, what compares it with its design as far as that was accepted, and what brings a stack file into a swarm,
    and what shows the rules for the host's firewall.

    Certificates that sidecars need are made first.
    """
    from generators.readme import certificate_commands, firewall_commands, stack_commands

    folder = str(hardening.home)
    own = _own_commands(hardening, accept) if hardening.design.target.own_files else ()
    return (*certificate_commands(hardening, folder), *own, *stack_commands(hardening, folder), *firewall_commands(hardening, folder))


def _own_commands(hardening: Hardening, accept: Risk) -> tuple[str, str]:
    """Those for the project's own files."""
    folder = shlex.quote(str(hardening.home))
    files = hardening.rewritten.compose
    named = [] if set(files) in _FOUND_ALONE else [part for file in files for part in ("-f", shlex.quote(file))]
    return " ".join(["cd", folder, "&&", "docker", "compose", *named, "up", "-d"]), " ".join(
        ["batten", "harden", folder, "--check", *([] if accept == Risk.CHECK else ["--accept", str(accept)])]
    )
