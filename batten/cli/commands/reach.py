"""Show who can reach whom, by which road, and who needs it.

With --design, the same for the project as it would be, and what is closed by it.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from batten.cli import DONE, designs, projects, streams
from batten.errors import InputError
from batten.model import Project, Tier
from batten.reach import Reach


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    projects.add_arguments(parser)
    projects.add_live_arguments(parser)
    parser.add_argument("--format", choices=("text", "json", "mermaid", "svg"), default="text", help="default: text")
    parser.add_argument("--design", type=Path, metavar="FILE", help="a design; shows before and after")


def run(options: argparse.Namespace) -> int:
    """Predict and print."""
    if options.live or options.context:
        streams.put(_live(options))
        return DONE
    project = projects.source(options).load()
    text = _change(project, options) if options.design else _now(project, reach_of(project), options)
    streams.put(text)
    return DONE


def _live(options: argparse.Namespace) -> str:
    """What runs, on the engine that it runs on."""
    from batten.cli import live

    if options.design:
        raise InputError("a design is applied to files, not to what runs.", hint="'batten design --live -o DIR' writes a compose file for it.")
    running, reading = live.one(options)
    return _now(running.project, live.reach_of(running, reading), options)


def _now(project: Project, reach: Reach, options: argparse.Namespace) -> str:
    from batten.report.blast import blast_text
    from batten.report.reach import reach_json, reach_text

    if options.format == "json":
        return _json(reach_json(reach, project))
    if options.format == "text":
        return f"{reach_text(reach, project, streams.width())}\n{blast_text(reach, project, _tiers(reach), streams.width())}"
    if options.format == "svg":
        from batten.report.svg import reach_svg

        return reach_svg(reach, project)
    from batten.report.mermaid import reach_mermaid

    return reach_mermaid(reach, project)


def _tiers(reach: Reach) -> Mapping[str, Tier]:
    """The tier of each service, as the reach was told of it."""
    return {node.id: Tier(node.tier) for node in reach.nodes if node.tier}


def reach_of(project: Project) -> Reach:
    """Who can reach whom now; tiers and needed connections are those of the design beside the project, else the inferred ones."""
    from batten.reach import predict

    design = designs.saved(project)
    if design is not None:
        from batten.design.sidecars import needed

        return predict(project, connections=needed(project, design), tiers={name: placement.tier for name, placement in design.tiers.items()})
    from batten.inference.evidence import needed_connections
    from batten.inference.tiers import propose_tiers

    tiers = {name: proposal.tier for name, proposal in propose_tiers(project).items()}
    return predict(project, connections=needed_connections(project), tiers=tiers)


def _change(project: Project, options: argparse.Namespace) -> str:
    from batten.design import file
    from batten.model import Risk
    from batten.report.blast import blast_change_text
    from batten.report.reach import reach_change_json, reach_change_text
    from batten.session import Outcome

    outcome = Outcome(project, file.read(options.design), Risk.CHECK)
    before, after = outcome.reach_before, outcome.reach_after
    if options.format == "json":
        return _json(reach_change_json(before, after, project))
    if options.format == "text":
        roads = reach_change_text(before, after, project, streams.width())
        return f"{roads}\n{blast_change_text(before, after, project, _tiers(after), streams.width())}"
    if options.format == "svg":
        from batten.report.svg import reach_change_svg

        return reach_change_svg(before, after, project, outcome.hardening.after)
    from batten.report.mermaid import reach_change_mermaid

    return reach_change_mermaid(before, after, project, outcome.hardening.after)


def _json(data: object) -> str:
    import json

    return json.dumps(data, indent=2) + "\n"
