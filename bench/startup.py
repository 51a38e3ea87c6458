"""Measure how long batten takes to start, to review a project and to say who can reach whom.

``python bench/startup.py [PATH] [RUNS]``: the best and the median of RUNS runs of each command, in milliseconds,
interpreter and imports included.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

COMMANDS = {
    "interpreter": ["-c", "pass"],
    "--version": ["-m", "batten", "--version"],
    "review": ["-m", "batten", "review", "{path}", "--fail-on", "never"],
    "reach": ["-m", "batten", "reach", "{path}"],
    "design": ["-m", "batten", "design", "{path}"],
    "harden --diff": ["-m", "batten", "harden", "{path}", "--diff"],
}


def milliseconds(arguments: list[str]) -> float:
    """How long one run takes; a run that fails ends the measurement."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - begin) * 1000


def main(path: str = "assets/demo/shop", runs: str = "9") -> None:
    """Print a line for each command."""
    print(f"{'command':<16}{'best':>8}{'median':>8}   ms, {runs} runs")
    for name, template in COMMANDS.items():
        times = [milliseconds([part.replace("{path}", path) for part in template]) for _ in range(int(runs))]
        print(f"{name:<16}{min(times):>8.0f}{statistics.median(times):>8.0f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
