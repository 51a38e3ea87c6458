"""A hardening on its way to the disk: the rewritten files and the generated ones, all of them or none."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from batten.compose.rewriting import RewrittenFile
from batten.design.file import NAME
from batten.errors import WriteError
from batten.files import write_all
from batten.hardening import Hardening
from batten.model import GeneratedFile
from generators import (
    apparmor,
    backups,
    design,
    docker_objects,
    firewall,
    ignores,
    mtls,
    new_secrets,
    readme,
    rotation,
    secrets,
    shim,
    sockets,
    stack,
    swarm_secrets,
)
from generators.journal import Journal

KINDS = (
    secrets,
    new_secrets,
    rotation,
    shim,
    stack,
    docker_objects,
    swarm_secrets,
    firewall,
    mtls,
    apparmor,
    ignores,
    sockets,
    design,
    readme,
)  # fmt: skip
SECRETS = "secrets"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    files: tuple[str, ...]
    """Paths relative to ``folder``; empty where everything was there already."""
    folder: Path
    backup: Path | None
    """Where the old files are, and the list of what was done; None where nothing was written, or not into the project's own folder."""


def generate(hardening: Hardening) -> tuple[GeneratedFile, ...]:
    """Everything that is written beside the rewritten files; raises BattenError where a value is not known."""
    return tuple(file for kind in KINDS for file in kind.files(hardening))


def export(hardening: Hardening, *, force: bool = False, with_design: bool = True, before: Journal | None = None) -> Exported:
    """Write a hardened project to its folder: all files or none.

    In the project's own folder its files are replaced and the old ones are kept in a backup. In another one, nothing that
    is there already is replaced unless ``force`` says so. What is there already as it should be is left alone. The design's own
    file goes along, but for a hardening that mends only a part (``with_design``). ``before`` is what is to be noted beside the backup.

    Raises:
        BattenError: something is in the way, has changed meanwhile or cannot be written. Nothing has changed then.
    """
    folder, in_place = hardening.home, in_its_own_folder(hardening)
    if in_place and not hardening.changes and not hardening.design.firewall.wanted and hardening.stack is None:
        return Exported((), folder, None)
    if folder != hardening.before.directory and folder.exists() and hardening.before.directory.exists() and folder.samefile(hardening.before.directory):
        raise WriteError("nothing was written: this is the project's own folder under another name.", hint="Use its own name.", file=str(folder))
    _refuse_changed(hardening)
    rewritten = [_file(file) for file in hardening.rewritten.files] if hardening.design.target.own_files else []
    generated = [file for file in generate(hardening) if with_design or file.path != NAME]
    # What the project is read from comes last, its environment after what it is used in: nothing that it refers to is missing in between.
    ordered = sorted(rewritten, key=lambda file: file.path.rpartition("/")[2].startswith(".env"))
    wanted = [file for file in (*generated, *ordered) if not _is_there(folder, file)]
    pages = [NAME, rotation.NAME, shim.NAME, *swarm_secrets.SCRIPTS, *firewall.PATHS]
    ours = [*pages, *(file.path for file in rewritten), *sockets.known(hardening)] if in_place else []
    replaceable = {*ignores.NAMES, *ours}
    _refuse_others(wanted, folder, set() if force else replaceable, force)
    backup = backups.name(folder) if in_place and wanted else None
    private = [SECRETS] if any(file.path.startswith(f"{SECRETS}/") for file in generated) else []
    beyond = [file.path for file in rewritten] if in_place else []
    if wanted:
        listed = [backups.manifest(wanted, folder, backup, private)] if backup is not None else []
        with backups.begun(wanted, folder, backup, before) if backup is not None else nullcontext():
            write_all([*listed, *wanted], folder, force=True, backup=backup, beyond=beyond, private=private)
    return Exported(tuple(file.path for file in wanted), folder, backup)


def in_its_own_folder(hardening: Hardening) -> bool:
    """Whether the project stays where it is; one that just begins is nowhere yet."""
    return hardening.home == hardening.before.directory and not hardening.before.request.fresh


def _file(file: RewrittenFile) -> GeneratedFile:
    """A rewritten file with a mode that shows it to nobody who could not read the original."""
    mode = file.mode
    if file.origin and os.path.exists(file.origin):
        mode &= stat.S_IMODE(os.stat(file.origin).st_mode) | 0o600
    return GeneratedFile(file.path, file.content, mode, sensitive=mode & 0o077 == 0, purpose="the project's own file with the changes in it")


def _is_there(folder: Path, file: GeneratedFile) -> bool:
    """Whether a file is there as it should be; of modes only those matter that hide something."""
    path = folder / file.path
    if not path.is_file():
        return False
    try:
        return path.read_bytes() == file.content and (not file.sensitive or stat.S_IMODE(path.stat().st_mode) == file.mode)
    except OSError:
        return False


def _refuse_changed(hardening: Hardening) -> None:
    """A file that somebody has edited since it was read must not lose that edit."""
    for file in hardening.rewritten.files:
        source = hardening.before.sources.get(file.origin)
        if source is not None and in_its_own_folder(hardening):
            text = ("\ufeff" if source.bom else "") + source.text
            if not Path(file.origin).is_file() or Path(file.origin).read_bytes() != text.encode():
                raise WriteError("nothing was written: this file has changed since it was read.", hint="Read the project again.", file=file.origin)


def _refuse_others(wanted: Sequence[GeneratedFile], folder: Path, replaceable: set[str], force: bool) -> None:
    """What is there with another content stays, unless it is one of those that may be replaced."""
    there = [file for file in wanted if os.path.lexists(folder / file.path) and file.path not in replaceable]
    if there and not force:
        more = f" and {len(there) - 1} more" if len(there) > 1 else ""
        what = "holds another value" if there[0].path.startswith(f"{SECRETS}/") else "is there already"
        raise WriteError(f"nothing was written: {there[0].path}{more} {what}.", hint="Use --force to replace it, or move it away.", file=str(folder))
