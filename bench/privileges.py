"""Take rights from every service of a corpus, as proposed and as much as is known, and ask the reference about each project.

Usage: ``python -m bench.privileges CORPUS``. Needs ``docker-compose`` on PATH or beside the interpreter.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from batten.compose import load_project
from batten.design import confining
from batten.design.proposal import propose
from batten.errors import BattenError
from batten.hardening import Hardening, harden
from batten.model import Service
from batten.plan import plan
from bench.exporting import complaint

_ENVIRON = {"HOME": os.path.expanduser("~"), "PATH": os.environ["PATH"]}


def hardened(corpus: Path, record: dict[str, Any], into: Path, level: str) -> Hardening:
    """The project of a record, with only its rights changed: as proposed, or to ``level`` where it is known what an image needs."""
    folder = corpus / "projects" / record["slug"]
    paths = [folder / name for name in record["ref_files"]]
    env_files = [paths[0].parent / record["ref_env_file"]] if record.get("ref_env_file") else []
    project = load_project(paths, env_files=env_files, environ={**_ENVIRON, "PWD": str(into), **record.get("ref_env", {})})
    design = propose(project)
    if level:
        found = {name: confining.levels(project, one, design.target) for name, one in project.services.items() if not one.privileged}
        design = replace(design, privileges={name: levels.get(level, levels[confining.LIGHT]) for name, levels in found.items()})
    return harden(project, design, into=into)


def rights(service: Service, hardening: Hardening) -> list[str]:
    """What was taken from a service, in a few words each."""
    before, name = hardening.before.services[service.name], service.name
    limited = hardening.after.value(("services", name, "pids_limit")) or hardening.after.value(("services", name, "deploy", "resources", "limits", "pids"))
    found = {
        "all capabilities": "ALL" in service.cap_drop and "ALL" not in before.cap_drop,
        "raw packets": "NET_RAW" in service.cap_drop and "NET_RAW" not in before.cap_drop,
        "new privileges": len(service.security_opt) > len(before.security_opt),
        "a writable root": service.read_only and not before.read_only,
        "being root": service.user != before.user,
        "processes without end": limited is not None,
    }
    return [kind for kind, taken in found.items() if taken]


def main(arguments: list[str]) -> int:
    """Print what was taken from how many services, and each project that is not as intended."""
    corpus = Path(arguments[0]).resolve()
    manifest = json.loads((corpus / "manifest.json").read_text())
    records = [one for one in (manifest if isinstance(manifest, list) else manifest["projects"]) if one["accepted"]]
    return max(_at_level(corpus, records, level) for level in ("", confining.TIGHT))


def _at_level(corpus: Path, records: list[dict[str, Any]], level: str) -> int:
    taken: Counter[str] = Counter()
    services = bad = refused = unstable = 0
    for record in records:
        with tempfile.TemporaryDirectory() as name:
            into = Path(name)
            try:
                done = hardened(corpus, record, into, level)
                problem = complaint(done, into, {**_ENVIRON, **record.get("ref_env", {})})
            except BattenError as error:
                bad += 1
                print(f"{record['slug']}: {error}")
                continue
            services += len(done.after.services)
            for service in done.after.services.values():
                taken.update(rights(service, done) if service.name in done.before.services else [])
            mine = [one for one in done.refusals if one.change.decision.startswith("privileges.")]
            refused += len({one.change.decision for one in mine})
            unstable += any(one.decision.startswith("privileges.") for one in plan(done.after, done.design)) and not mine
            for one in mine[:2]:
                print(f"{record['slug']}: refused {one.change.id}: {one.reason}")
            if problem:
                bad += 1
                print(f"{record['slug']}: {problem}")
    print(f"{level or 'as proposed'}: {len(records) - bad} of {len(records)} projects as intended, {refused} decisions refused, {unstable} not stable")
    print(f"  of {services} services lose " + ", ".join(f"{kind} {count}" for kind, count in taken.most_common()))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
