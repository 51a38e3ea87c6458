"""Apply a design to the project: the one that is named, else the saved one, else the proposed one.

Without -o, --in-place, --diff or --check it says what it would do and changes nothing.
"""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from batten.cli import DONE, FOUND, hardened, projects, streams
from batten.errors import WriteError
from batten.model import Project

if TYPE_CHECKING:
    from batten.design import Design
    from batten.hardening import Hardening


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    projects.add_arguments(parser)
    parser.add_argument("--design", type=Path, metavar="FILE", help="the design to apply")
    action = hardened.add_arguments(parser)
    action.add_argument("--diff", action="store_true", help="print what would change in the files; secret values are masked")
    action.add_argument("--check", action="store_true", help="say whether everything is in place; the exit code is 1 if it is not")
    parser.add_argument(
        "--target",
        choices=("compose", "stack", "both"),
        help="what is written: the project's own files, a fresh stack.yaml for a swarm, or both; default: as the design says",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how the plan is printed where nothing is written; default: text")
    parser.add_argument("--live", action="store_true", help="refused: what runs is changed by its files; 'batten design --live -o DIR' writes some")
    parser.add_argument("--engine", type=_version, metavar="VERSION", help="the engine that it will run on; without it, what is right on all of them")


def _version(text: str) -> str:
    if not re.fullmatch(r"\d+(\.\d+){0,3}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a version such as 28.5")
    return text


def run(options: argparse.Namespace) -> int:
    """Harden in memory, then do with it what was asked."""
    if options.live:
        raise WriteError("what runs cannot be hardened in place.", hint="'batten design --live -o DIR' writes a compose file for it; harden that.")
    begun = projects.begun(options)
    project = begun.project if begun is not None else projects.source(options).load()
    design = begun.design if begun is not None else _design(project, options)
    hardening = hardened.harden(project, _aimed(design, options), options)
    if options.check:
        _tell(hardening, options)
        return FOUND if hardening.changes or hardening.refusals else DONE
    if options.diff:
        return _diff(hardening)
    if options.output is not None or options.in_place:
        hardened.write(hardening, options)
        return DONE
    _tell(hardening, options)
    streams.say("Nothing was written: use --diff to see the lines, -o DIR or --in-place to write it.")
    return DONE


def _design(project: Project, options: argparse.Namespace) -> Design:
    from batten.design import file
    from batten.session import design_for

    return file.read(options.design) if options.design else design_for(project)


def _aimed(design: Design, options: argparse.Namespace) -> Design:
    """The design for the target and the engine that were asked for by name."""
    aim = design.target.towards(options.target) if options.target else design.target
    return replace(design, target=aim._replace(engine=options.engine) if options.engine else aim)


def _tell(hardening: Hardening, options: argparse.Namespace) -> None:
    """The plan on standard output; what could not be written is part of it."""
    from batten.report.plans import plan_json, plan_text

    if options.format == "json":
        streams.put(f"{json.dumps(plan_json(hardening), indent=2, ensure_ascii=False)}\n")
    else:
        streams.put(plan_text(hardening, colour=streams.colours(), width=streams.width()))


def _diff(hardening: Hardening) -> int:
    """The lines on standard output, and on standard error what is not in them."""
    from batten.report.plans import masked_diff, omissions

    if hardening.design.target.own_files:
        streams.put(masked_diff(hardening, colour=streams.colours()))
    if hardening.stack is not None:
        streams.put(_stack_diff(hardening))
    text = omissions(hardening, width=streams.width())
    streams.say(text) if text else None
    return DONE


def _stack_diff(hardening: Hardening) -> str:
    """The stack file as it would be, against the one that is there; there is no secret value in it."""
    from difflib import unified_diff

    from batten.report.terminal import plain
    from generators import stack

    path = hardening.home / stack.NAME
    new = next(file for file in stack.files(hardening) if file.path == stack.NAME).content.decode()
    old = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    lines = unified_diff(old.splitlines(), new.splitlines(), str(path) if old else "/dev/null", str(path), lineterm="")
    return "".join(f"{plain(line)}\n" for line in lines)
