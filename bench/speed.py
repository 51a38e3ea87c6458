"""Measure whole processes: ``batten review`` beside the floor and beside compose-lint, interleaved in one run.

``python bench/speed.py [ROUNDS]`` prints a line for each size: 5, 100 and 1,000 services in one file, and 500 files of 5.
The floor is to start Python, import yaml and parse with ``CSafeLoader``. compose-lint is installed into a temporary
environment; where it cannot be had, it is left out and said.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

PEER = "compose-lint==0.36.*"
FLOOR = "import sys, yaml\nfor path in sys.argv[1:]:\n    with open(path) as stream:\n        yaml.load(stream.read(), Loader=yaml.CSafeLoader)\n"
LIMITS = {"5 services": 3.5, "100 services": 3.5, "1000 services": 2.5, "500 files": 2.5}
"""How many times the floor ``batten review`` may take."""
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Compiled modules are kept as on any machine; the first run, which compiles them, is not counted."""
SERVICE = """  # service {number} of the shop
  app{number}:
    image: example.org/shop/app{number}:1.{number}
    restart: unless-stopped
    environment:
      - DATABASE_URL=postgres://app:${{PASSWORD:-change-me}}@app{next}:5432/shop
      - LOG_LEVEL=info
    ports:
      - "127.0.0.1:{port}:8080"
    volumes:
      - data{number}:/var/lib/app
    networks: [front, back]
    depends_on: [app{next}]
    healthcheck:
      test: ["CMD", "wget", "-q", "http://localhost:8080/health"]
      interval: 30s
"""


class Run(NamedTuple):
    """One process from start to end."""

    seconds: float
    mebibytes: float


def compose(services: int) -> str:
    """A compose file with so many services, the last of which depends on none."""
    body = "".join(SERVICE.format(number=number, next=number + 1, port=10_000 + number) for number in range(services - 1))
    last = f"  app{services - 1}:\n    image: postgres:17\n    networks: [back]\n"
    volumes = "".join(f"  data{number}: {{}}\n" for number in range(services - 1))
    return f"services:\n{body}{last}networks:\n  front: {{}}\n  back:\n    internal: true\nvolumes:\n{volumes or '  none: {}'}\n"


def inputs(folder: Path) -> dict[str, tuple[Path, list[Path]]]:
    """For each size what batten is given, and the files that there are."""
    result: dict[str, tuple[Path, list[Path]]] = {}
    for services in (5, 100, 1000):
        file = folder / f"of{services}" / "compose.yaml"
        file.parent.mkdir()
        file.write_text(compose(services))
        result[f"{services} services"] = (file, [file])
    files = [folder / "many" / f"project{number}" / "compose.yaml" for number in range(500)]
    for file in files:
        file.parent.mkdir(parents=True)
        file.write_text(compose(5))
    result["500 files"] = (folder / "many", files)
    return result


def measure(command: list[str]) -> Run:
    """Run a command; it may find something to complain about, but not fail."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=ENVIRONMENT)
    assert process.stderr is not None
    talk = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)[:200]} ended with {process.returncode}: {talk.decode()[-300:]}")
    return Run(seconds, usage.ru_maxrss / 1024)


@contextmanager
def peer() -> Iterator[str | None]:
    """The program of compose-lint in an environment of its own, or None."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        done = subprocess.run(
            [f"{folder}/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PEER], capture_output=True, check=False
        )
        yield f"{folder}/bin/compose-lint" if done.returncode == 0 else None


def main(rounds: int = 7) -> int:
    """Print the table; 1 where a limit is not held."""
    over = 0
    with tempfile.TemporaryDirectory() as folder, peer() as lint:
        ENVIRONMENT["PYTHONPYCACHEPREFIX"] = f"{folder}/compiled"
        if lint is None:
            print(f"{PEER} cannot be installed here: it is left out")
        print(f"{'median (best), seconds':<16}{'floor':>16}{'batten':>16}{'times floor':>13}{'compose-lint':>16}{'MiB: batten':>13}{'compose-lint':>14}")
        for size, (path, files) in inputs(Path(folder)).items():
            commands = {
                "floor": [sys.executable, "-c", FLOOR, *map(str, files)],
                "batten": [sys.executable, "-m", "batten", "review", str(path), "--fail-on", "never"],
            }
            if lint is not None:
                commands["lint"] = [lint, "check", *map(str, files)]
            runs: dict[str, list[Run]] = {name: [] for name in commands}
            for command in commands.values():
                measure(command)
            for _ in range(rounds):
                for name, command in commands.items():
                    runs[name].append(measure(command))
            over += report(size, runs)
    return 1 if over else 0


def report(size: str, runs: dict[str, list[Run]]) -> int:
    """Print one line; how many limits it breaks."""
    median = {name: statistics.median(run.seconds for run in some) for name, some in runs.items()}
    best = {name: min(run.seconds for run in some) for name, some in runs.items()}
    peak = {name: max(run.mebibytes for run in some) for name, some in runs.items()}
    ratio = best["batten"] / best["floor"]
    shown = {name: f"{median[name]:.3f} ({best[name]:.3f})" for name in runs}
    broken = [f"over {LIMITS[size]} times the floor"] if ratio > LIMITS[size] else []
    if "lint" in runs:
        share = best["batten"] / best["lint"]
        broken += ["slower than wanted beside compose-lint"] if share > (1 / 3 if size in ("1000 services", "500 files") else 1) else []
        broken += ["more memory than compose-lint"] if peak["batten"] > peak["lint"] else []
    memory = f"{peak['batten']:>13.0f}{peak['lint']:>14.0f}" if "lint" in runs else f"{peak['batten']:>13.0f}{'–':>14}"
    print(f"{size:<22}{shown['floor']:>16}{shown['batten']:>16}{ratio:>13.2f}{shown.get('lint', '–'):>16}{memory}  {', '.join(broken)}", flush=True)
    return len(broken)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
