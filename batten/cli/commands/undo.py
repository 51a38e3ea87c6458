"""Take the last hardening in place back: the old files come back byte for byte, with their modes, new ones go away, and the project comes up as it was.

It says what will restart and asks first; where nothing of the project runs, or with --files-only, files alone are put back. No volume is removed or
made anew. Nothing is undone where files were edited since, unless --force says so.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from batten.cli import DONE, FAILED, FOUND, doing, projects, streams
from batten.errors import BattenError, EngineError

if TYPE_CHECKING:
    from batten.engine.events import Written
    from batten.engine.undoing import Undoing
    from batten.model import Project


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    projects.add_arguments(parser)
    parser.add_argument("--force", action="store_true", help="also put back, or take away, files that were edited since or that lie outside of the folder")
    parser.add_argument("--files-only", action="store_true", help="put the files back and leave the containers as they are")
    doing.add_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Undo, and say what was done."""
    from generators import backups
    from generators.placing import InPlace

    folder = _folder(options)
    noted = backups.noted(folder)
    doing.named_as(options, noted.options if noted is not None else {})
    alone = options.files_only or backups.came_to_nothing(folder)
    project = None if alone else _running(options, folder, applied=noted is not None and noted.running is not None)
    if project is None:
        files = InPlace(folder, {}, force=options.force)
        done = files.undo()
        files.forget()
        return _files_only(options, done)
    doing.refuse_without_a_terminal(options)
    return _with_containers(options, project)


def _folder(options: argparse.Namespace) -> Path:
    """The project's folder. One with a backup is enough, even if its compose file cannot be found any more."""
    from generators import backups

    named = Path(options.path or ".")
    if not options.files and (named / backups.BACKUPS).is_dir():
        return named.absolute()
    source = projects.source(options)
    directory: Path = source.options.get("directory") or source.files[0].parent
    return directory.absolute()


def _running(options: argparse.Namespace, folder: Path, *, applied: bool) -> Project | None:
    """The project as it is to be again, where anything of it has containers; None where files are all there is to put back.

    Raises:
        EngineError: 'batten apply' brought it up, and now nobody can say what runs.
    """
    from generators.placing import old_project, runs

    try:
        project = old_project(folder, projects.source(options).load)
        return project if runs(project, options.context) else None
    except BattenError as error:
        if not applied:
            streams.complain(error) if not isinstance(error, EngineError) else None
            return None
        hint = f"{error.hint} --files-only puts the files back and leaves the containers alone.".strip()
        raise EngineError(f"nothing was undone: {error.message}", hint=hint, span=error.span, file=error.file) from None


def _with_containers(options: argparse.Namespace, project: Project) -> int:
    from batten.engine.endpoint import endpoint
    from generators.placing import How, undoing

    how = How(doing.deciding(options.yes), options.context, options.wait, options.force)
    with undoing(endpoint(options.context), project, projects.source(options).load, how) as run:
        ended = doing.follow(run, run.task.mask)
        if run.written is None:
            return FAILED
        _tell(options, run, ended.text)
    return FOUND if run.back.troubles else DONE


def _tell(options: argparse.Namespace, run: Undoing, text: str) -> None:
    from batten.report.applying import undone_json

    assert run.written is not None
    if options.format == "json":
        doing.put_json(undone_json(run, text))
        return
    lines = [*_lines(run.written.files, run.written.removed), run.task.mask(text)]
    streams.put("\n".join(map(streams.harmless, lines)) + "\n")


def _files_only(options: argparse.Namespace, done: Written) -> int:
    if options.format == "json":
        from batten.report.applying import files_json

        doing.put_json(files_json(done.files, done.removed))
        return DONE
    lines = _lines(done.files, done.removed) or ["Everything was as before the hardening already."]
    streams.put("\n".join(map(streams.harmless, [*lines, *_next(options)])) + "\n")
    streams.say(f"The backup {streams.shown(str(done.backup))} has done its work and is gone.")
    return DONE


def _lines(restored: tuple[str, ...], removed: tuple[str, ...]) -> list[str]:
    return [*(f"put back   {path}" for path in restored), *(f"taken away {path}" for path in removed)]


def _next(options: argparse.Namespace) -> list[str]:
    """The command to run next; what cannot be read any more is said on standard error."""
    from batten.cli.hardened import named_by

    try:
        named, name = named_by(projects.source(options).load())
    except BattenError as error:
        streams.complain(error)
        return []
    return ["", "Next:", "  " + " ".join(filter(None, ["docker compose", *named, name, "up -d --remove-orphans"]))]
