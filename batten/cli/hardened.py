"""What ``harden`` and ``wizard`` share: where the hardened project goes, and what is said about it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from batten.cli import streams
from batten.errors import WriteError
from batten.model import Project, Risk

if TYPE_CHECKING:
    from batten.design import Design
    from batten.hardening import Hardening


def add_arguments(parser: argparse.ArgumentParser) -> argparse._MutuallyExclusiveGroup:
    """Where to write, how much risk is taken; returns the group of what to do, of which one can be chosen."""
    action = parser.add_mutually_exclusive_group()
    action.add_argument("-o", "--output", type=Path, metavar="DIR", help="write a project that runs from DIR")
    action.add_argument("--in-place", action="store_true", help="change the files themselves; 'batten undo' takes it back")
    parser.add_argument("--accept", choices=[str(risk) for risk in Risk], default=str(Risk.CHECK), help="the highest risk that is taken; default: check")
    parser.add_argument("--force", action="store_true", help="replace files that are there already")
    return action


def harden(project: Project, design: Design, options: argparse.Namespace) -> Hardening:
    """The hardening that the options ask for; raises BattenError."""
    from batten import hardening

    return hardening.harden(project, design, accept=Risk(options.accept), into=target(project, options))


def target(project: Project, options: argparse.Namespace) -> Path | None:
    """The folder to write to, absolute; None for the project's own."""
    if options.output is None:
        if options.in_place and "-" in project.files:
            raise WriteError("standard input cannot be changed in place.", hint="Use -o DIR.")
        return None
    folder = Path(options.output).absolute()
    if folder.exists() and project.directory.exists() and folder.samefile(project.directory):
        raise WriteError("nothing was written: this is the project's own folder.", hint="Use --in-place to change it.", file=str(options.output))
    return folder


def write(hardening: Hardening, options: argparse.Namespace) -> None:
    """Write the hardened project and say what was done and what comes next; raises BattenError."""
    from batten.report.plans import plan_text
    from generators import export

    exported = export(hardening, force=options.force)
    streams.put(plan_text(hardening, done=True, colour=streams.colours(), width=streams.width()))
    lines = _written(hardening, exported.files, exported.backup)
    streams.put("\n".join(["", *map(streams.harmless, [*lines, *_next(hardening, options)])]) + "\n")


def _written(hardening: Hardening, files: Sequence[str], backup: Path | None) -> list[str]:
    from batten.report.plans import moved_secrets
    from generators.ignores import builds_here, open_contexts

    folder = streams.shown(str(hardening.home))
    where = "this folder" if folder == "." else folder
    if not files:
        return [f"Everything in {where} is as it should be; nothing was written."]
    lines = [f"{len(files)} file{'s' if len(files) != 1 else ''} written to {where}."]
    if backup is not None:
        lines.append(f"'batten undo' takes it back; what was there before is in {streams.shown(str(backup))}.")
    if hardening.rewritten.needs:
        lines.append(f"The files use !override, which needs {hardening.rewritten.needs}.")
    if ".dockerignore" in files and builds_here(hardening):
        lines.append("Images that are built here no longer get .env and secrets/: see .dockerignore.")
    for context in open_contexts(hardening) if moved_secrets(hardening) else ():
        lines.append(f"Images are built from {streams.shown(context)}: keep {folder}/secrets/ out of them in its .dockerignore.")
    return lines


def _next(hardening: Hardening, options: argparse.Namespace) -> list[str]:
    """The commands to run next."""
    from generators.readme import certificate_commands, commands, firewall_commands, stack_commands

    folder = streams.shown(str(hardening.home))
    own = options.output is None and hardening.design.target.own_files and hardening.changes
    run = in_place(hardening) if own else commands(hardening, folder) if options.output is not None else ()
    found = [*certificate_commands(hardening, folder), *run, *stack_commands(hardening, folder), *firewall_commands(hardening, folder)]
    return ["", "Next:", *(f"  {command}" for command in found)] if found else []


def in_place(hardening: Hardening) -> tuple[str, str]:
    """What to run next where the project stays in its own folder: with the files and options with which it was read."""
    project = hardening.before
    named, name = named_by(project)
    review = named[0].removeprefix("-f ") if len(named) == 1 else " ".join(named)
    return " ".join(filter(None, ["docker compose", *named, name, "up -d"])), " ".join(filter(None, ["batten review", review, name]))


def named_by(project: Project) -> tuple[list[str], str]:
    """The options that name a project's files, and the one for its name where it was given, as a shell takes them."""
    import shlex

    request = project.request
    files = [f"-f {shlex.quote(streams.shown(file))}" for file in project.files]
    env_files = [f"--env-file {shlex.quote(streams.shown(str(file)))}" for file in request.env_files]
    return [*files, *env_files], f"--project-name {shlex.quote(request.project_name)}" if request.project_name else ""
