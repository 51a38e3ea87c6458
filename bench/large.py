"""Measure what large projects cost: who can reach whom, and how they are cut apart.

``python bench/large.py [RUNS]``: the best of RUNS runs in milliseconds of user time, beside what it may take; exits with 1 where one takes longer.
The services and their connections are drawn at random from a fixed seed.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

from batten.compose import load_project
from batten.design.cover import cover
from batten.design.segmentation import propose
from batten.model import Connection, Project, Tier
from batten.reach import predict
from batten.reach.predict import count_paths

SERVICES, CONNECTIONS = 60, 300


class Measure(NamedTuple):
    """Something to be measured."""

    name: str
    run: Callable[[], object]
    limit: int
    """Milliseconds."""


def text() -> str:
    """A compose file of that many services, each of which names some of those before it."""
    chance = random.Random(SERVICES)
    lines = ["services:"]
    for at in range(SERVICES):
        urls = {f"URL_{other}": f"http://service{other}:80" for other in chance.sample(range(at), min(at, 5))}
        lines += [f"  service{at}:", f"    image: example.org/app{at}"]
        lines += ["    environment:", *(f"      {name}: {url}" for name, url in urls.items())] if urls else []
        lines += [f"    ports: ['{8000 + at}:80']"] if at % 7 == 0 else []
    return "\n".join(lines) + "\n"


def connections(project: Project) -> list[Connection]:
    """So many pairs of services."""
    chance = random.Random(CONNECTIONS)
    names = sorted(project.services)
    pairs = {tuple(sorted(chance.sample(names, 2))) for _ in range(CONNECTIONS)}
    while len(pairs) < CONNECTIONS:
        pairs.add(tuple(sorted(chance.sample(names, 2))))
    return [Connection(one, other, ()) for one, other in sorted(pairs)]


def measures(file: Path) -> Iterator[Measure]:
    """What is measured, on the project in ``file``."""
    project = load_project([file], environ={})
    needed = connections(project)
    tiers = {name: list(Tier)[at % 3] for at, name in enumerate(project.services)}
    pairs = {frozenset((one.source, one.target)) for one in needed}
    command = [sys.executable, "-m", "batten", "reach", str(file)]
    yield Measure("batten reach, whole process", lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL), 500)
    yield Measure("predict", lambda: predict(project, connections=needed, tiers=tiers), 200)
    yield Measure("count paths", lambda: count_paths(project, needed), 50)
    yield Measure("fewest networks", lambda: cover(sorted(project.services), pairs), 1000)
    yield Measure("networks as proposed", lambda: propose(project, tiers, needed, (), project.services), 1000)


def milliseconds(run: Callable[[], object]) -> float:
    """User time of one run, that of its children included."""
    begin = time.process_time() + getrusage(RUSAGE_CHILDREN).ru_utime
    run()
    return (time.process_time() + getrusage(RUSAGE_CHILDREN).ru_utime - begin) * 1000


def main(runs: str = "5") -> int:
    """Print a line for each; 1 where one is too slow."""
    slow = False
    print(f"{SERVICES} services, {CONNECTIONS} connections{'best':>18}{'limit':>8}   ms, {runs} runs")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "compose.yaml")
        file.write_text(text(), encoding="utf-8")
        for one in measures(file):
            best = min(milliseconds(one.run) for _ in range(int(runs)))
            slow = slow or best > one.limit
            print(f"{one.name:<33}{best:>15.0f}{one.limit:>8}{'   too slow' if best > one.limit else ''}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
