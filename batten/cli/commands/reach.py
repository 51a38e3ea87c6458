"""Show who can reach whom, by which road, and who needs it.

With --design, the same for the project as it would be, and what is closed by it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from batten.cli import DONE, projects, streams
from batten.model import Project
from batten.reach import Reach


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    projects.add_arguments(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument("--design", type=Path, metavar="FILE", help="a design; shows before and after")


def run(options: argparse.Namespace) -> int:
    """Predict and print."""
    project = projects.source(options).load()
    text = _change(project, options) if options.design else _now(project, options)
    streams.put(text)
    return DONE


def _now(project: Project, options: argparse.Namespace) -> str:
    from batten.report.reach import reach_json, reach_text

    reach = reach_of(project)
    return _json(reach_json(reach, project)) if options.format == "json" else reach_text(reach, project, streams.width())


def reach_of(project: Project) -> Reach:
    """Who can reach whom now; tiers and needed connections are those of the design beside the project, else the inferred ones."""
    from batten.design import file
    from batten.design.sections.tiers import plain
    from batten.inference.evidence import needed_connections
    from batten.inference.tiers import propose_tiers
    from batten.reach import predict

    path = file.beside(project.directory)
    if path is not None:
        design = file.read(path)
        return predict(project, connections=design.connections, tiers=plain(design.tiers))
    tiers = {name: proposal.tier for name, proposal in propose_tiers(project).items()}
    return predict(project, connections=needed_connections(project), tiers=tiers)


def _change(project: Project, options: argparse.Namespace) -> str:
    from batten.design import file
    from batten.model import Risk
    from batten.report.reach import reach_change_json, reach_change_text
    from batten.session import Outcome

    outcome = Outcome(project, file.read(options.design), Risk.CHECK)
    before, after = outcome.reach_before, outcome.reach_after
    if options.format == "json":
        return _json(reach_change_json(before, after, project))
    return reach_change_text(before, after, project, streams.width())


def _json(data: object) -> str:
    import json

    return json.dumps(data, indent=2) + "\n"
