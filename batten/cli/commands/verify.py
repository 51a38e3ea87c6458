"""Compare who should reach whom with what is on the engine: networks as they are, and connections opened from inside each container.

Each connection is closed as soon as it is open, nothing is sent, and only addresses of the project are tried. TCP only. It takes root on the engine's host.
The exit code is 1 where anything differs.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from batten.cli import DONE, FOUND, designs, projects, streams
from batten.errors import EngineError

if TYPE_CHECKING:
    from batten.engine.verifying import Verification
    from batten.model import Project
    from batten.reach import Reach


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    projects.add_arguments(parser)
    parser.add_argument("--design", type=Path, metavar="FILE", help="compare with the project as this design makes it; default: as its files are")
    parser.add_argument("--context", metavar="NAME", help="the docker context of the engine; default: as the docker command has it")
    parser.add_argument("--no-connect", action="store_true", help="compare the networks alone; needs no root, and the engine may be elsewhere")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def run(options: argparse.Namespace) -> int:
    """Ask the engine, print what was found."""
    found = _verified(options)
    if options.format == "json":
        import json

        from batten.report.verification import verification_json

        streams.put(f"{json.dumps(verification_json(found), indent=2, ensure_ascii=False)}\n")
    else:
        from batten.report.verification import verification_text

        streams.put(verification_text(found, streams.width()))
    return FOUND if found.differs else DONE


def _verified(options: argparse.Namespace) -> Verification:
    from batten.engine import docker_sdk
    from batten.engine.endpoint import endpoint
    from batten.engine.verifying import verify

    project = projects.source(options).load()
    where = endpoint(options.context)
    if not where.local and not options.no_connect:
        hint = "Run it there as root, or compare the networks alone with --no-connect."
        raise EngineError(f"connections are opened on the engine's own host, and {where.shown} is elsewhere.", hint=hint)
    with docker_sdk.connected(where, docker_sdk.TIMEOUT) as engine:
        version = engine.about().version
        wanted, reach = _wanted(project, options.design, version)
        return verify(wanted, reach, engine, version, connect=not options.no_connect)


def _wanted(project: Project, path: Path | None, version: str) -> tuple[Project, Reach]:
    """The project as it should be and who should reach whom in it, by the design that was named, else by its files and the design beside them."""
    from batten.inference.evidence import needed_connections
    from batten.reach import predict

    if path is None:
        saved = designs.saved(project)
        needed = designs.needed(project, saved) if saved is not None else needed_connections(project)
        return project, predict(project, engine=version, connections=needed)
    from batten.design import file
    from batten.hardening import harden

    design = file.read(path)
    after = harden(project, design).after
    return after, predict(after, engine=version, connections=designs.needed(after, design))
