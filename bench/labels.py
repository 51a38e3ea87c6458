"""Measure inference against projects labelled by hand: connections, tiers, credentials, egress.

Run as ``python bench/labels.py FOLDER [--wrong]``. The folder has ``manifest.json``, ``labels/SLUG.json`` and ``projects/SLUG/…``; what a label
calls uncertain counts neither for nor against. Secret values are never printed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

from batten.compose import load_project
from batten.inference.credentials import find_credentials
from batten.inference.egress import egress_needs
from batten.inference.evidence import needed_connections
from batten.inference.tiers import propose_tiers
from batten.model import EvidenceKind, Project, Zone


class Score(NamedTuple):
    """Counts that add up over projects."""

    needed: int = 0
    found: int = 0
    assumed: int = 0
    extra: int = 0
    extra_assumed: int = 0
    pairs: int = 0
    services: int = 0
    tiers: int = 0
    credentials: int = 0
    right: int = 0
    reported: int = 0
    egress: int = 0
    egress_kept: int = 0
    offline: int = 0
    offline_said: int = 0

    def __add__(self, other: tuple[Any, ...]) -> Score:
        return Score(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    def __str__(self) -> str:
        return (
            f"needed {self.found}/{self.needed} by evidence, {self.found + self.assumed}/{self.needed} with assumptions; "
            f"others kept {self.extra}+{self.extra_assumed} of {self.pairs - self.needed}; tiers {self.tiers}/{self.services}; "
            f"credentials {self.right}/{self.credentials} found, {self.reported - self.right} wrong; "
            f"egress {self.egress_kept}/{self.egress} kept, {self.offline_said}/{self.offline} closed"
        )


def projects(folder: Path) -> Iterator[tuple[Mapping[str, Any], Project]]:
    """Every labelled project that can be loaded, with its label."""
    records = {record["slug"]: record for record in json.loads((folder / "manifest.json").read_text())}
    for file in sorted((folder / "labels").glob("*.json")):
        record, root = records[file.stem], folder / "projects" / file.stem
        files = [root / name for name in record["ref_files"]]
        env = [files[0].parent / record["ref_env_file"]] if record.get("ref_env_file") else []
        yield json.loads(file.read_text()), load_project(files, env_files=env, environ=record["ref_env"])


def measure(label: Mapping[str, Any], project: Project) -> tuple[Score, list[str]]:
    """The counts of one project, and what was wrong in plain words."""
    connections, wrong_connections = _connections(label, project)
    tiers, wrong_tiers = _tiers(label, project)
    credentials, wrong_credentials = _credentials(label, project)
    egress, wrong_egress = _egress(label, project)
    return connections + tiers + credentials + egress, wrong_connections + wrong_tiers + wrong_credentials + wrong_egress


def _connections(label: Mapping[str, Any], project: Project) -> tuple[Score, list[str]]:
    needed = {(source, target) for source, target, *_ in label["connections"]}
    unsure = {(source, target) for source, target, *_ in label["uncertain_connections"]}
    kinds = {(one.source, one.target): one.evidence[0].kind for one in needed_connections(project) if one.target != Zone.INTERNET}
    firm = {pair for pair, kind in kinds.items() if kind is not EvidenceKind.ASSUMED}
    count = len(label["services"])
    score = Score(
        needed=len(needed),
        found=len(needed & firm),
        assumed=len(needed & (kinds.keys() - firm)),
        pairs=count * (count - 1) - len(unsure),
        extra=len(firm - needed - unsure),
        extra_assumed=len(kinds.keys() - firm - needed - unsure),
    )
    wrong = [f"missing {source} → {target}{' (assumed)' if (source, target) in kinds else ''}" for source, target in sorted(needed - firm)]
    return score, wrong + [f"extra {source} → {target}: {kinds[source, target].value}" for source, target in sorted(firm - needed - unsure)]


def _tiers(label: Mapping[str, Any], project: Project) -> tuple[Score, list[str]]:
    proposals = propose_tiers(project)
    sure = {name: one["tier"] for name, one in label["services"].items() if "tier" not in one.get("uncertain_fields", ())}
    wrong = [f"tier of {name} is {tier}, not {proposals[name].tier}: {proposals[name].reason}" for name, tier in sure.items() if proposals[name].tier != tier]
    return Score(services=len(sure), tiers=len(sure) - len(wrong)), wrong


def _credentials(label: Mapping[str, Any], project: Project) -> tuple[Score, list[str]]:
    services = label["services"].items()
    needed = {(name, variable) for name, one in services for variable in one["credentials"]}
    neutral = {(name, variable) for name, one in services for variable in one.get("credentials_in_missing_env_file", ())}
    found = {(one.service, one.variable) for one in find_credentials(project)} - neutral
    wrong = [f"credential missed: {name} {variable}" for name, variable in sorted(needed - found)]
    wrong += [f"no credential: {name} {variable}" for name, variable in sorted(found - needed)]
    return Score(credentials=len(needed), right=len(needed & found), reported=len(found)), wrong


def _egress(label: Mapping[str, Any], project: Project) -> tuple[Score, list[str]]:
    needs = egress_needs(project)
    sure = {name: one["egress_needed"] for name, one in label["services"].items() if "egress_needed" not in one.get("uncertain_fields", ())}
    lost = [name for name, needed in sure.items() if needed and name not in needs]
    closed = [name for name, needed in sure.items() if not needed and name not in needs]
    total = sum(sure.values())
    score = Score(egress=total, egress_kept=total - len(lost), offline=len(sure) - total, offline_said=len(closed))
    return score, [f"egress of {name} would be cut" for name in lost]


def main(folder: str, *options: str) -> int:
    """Print the figures of every project and of all together."""
    total = Score()
    for label, project in projects(Path(folder)):
        score, wrong = measure(label, project)
        total += score
        print(f"{label['slug']}\n  {score}")
        for line in wrong if "--wrong" in options else ():
            print(f"    {line}")
    print(f"TOTAL\n  {total}")
    print(f"  tiers {total.tiers / total.services:.1%}; precision {total.right / total.reported:.3f}, recall {total.right / total.credentials:.3f}; ", end="")
    print(f"evidence {total.found / total.needed:.1%}, with assumptions {(total.found + total.assumed) / total.needed:.1%}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
