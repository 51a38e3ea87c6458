"""Print the project's design: the saved one, else the one that batten proposes."""

from __future__ import annotations

import argparse
from pathlib import Path

from batten.cli import DONE, projects, streams

BESIDE = ""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    projects.add_arguments(parser)
    projects.add_live_arguments(parser)
    where = "write it; without FILE to batten.yaml beside the compose file; with --live it names a folder, for a compose file of what runs too"
    parser.add_argument("-o", "--output", nargs="?", const=BESIDE, metavar="FILE", help=where)
    parser.add_argument("--force", action="store_true", help="replace the file if it is there already")


def run(options: argparse.Namespace) -> int:
    """Print the design or write it."""
    from batten.design import beginning, file
    from batten.design.proposal import propose

    if options.live or options.context:
        from batten.cli import live

        live.design(options)
        return DONE
    begun = projects.begun(options)
    project = begun.project if begun is not None else projects.source(options).load()
    saved = file.beside(project.directory)
    text = _text(saved) if saved is not None else beginning.guide() if begun is not None else file.dump(propose(project))
    if options.output is None:
        streams.put_foreign(text)
    else:
        target = project.directory / file.NAME if options.output == BESIDE else Path(options.output)
        _write(text, target, force=options.force)
    return DONE


def _text(path: Path) -> str:
    """A saved design in its own words, once it is known to be one."""
    from batten.compose.source import read_source
    from batten.design import file

    source = read_source(path.absolute(), kind="design")
    file.load(source.text, source.file)
    return source.text


def _write(text: str, target: Path, *, force: bool) -> None:
    from batten.files import write_all
    from batten.model import GeneratedFile

    content = text.encode()
    if target.is_file() and target.read_bytes() == content:
        streams.say(f"{streams.shown(str(target))} is up to date.")
        return
    write_all([GeneratedFile(target.name, content)], target.absolute().parent, force=force)
    streams.say(f"The design is in {streams.shown(str(target))}. Edit it, then run 'batten harden'.")
