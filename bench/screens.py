"""Measure the screens as their users meet them: whole processes on a terminal of 80×24 and one of 160×45, with 60 and with 1,000 services.

``python -m bench.screens [ROUNDS] [SERVICES …]`` prints how long the first useful frame takes beside an empty Textual app with a table and a footer, both
started in turns; how long a key takes to be seen on each step's screen, 50 % and 95 % of the time; how long after a decision the pane beside it is fresh;
and the most memory that the process held. Exits with 1 where a limit is not held.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.terminal import Program
from bench.variety import write
from tui.walk import EXPORT, STOPS

FLOOR = """
from textual.app import App
from textual.widgets import DataTable, Footer

class Empty(App):
    BINDINGS = [("q", "quit", "quit")]

    def compose(self):
        yield DataTable()
        yield Footer()

Empty().run()
"""
SIZES = ((80, 24), (160, 45))
DOWN, UP, RIGHT, LEFT = "\x1b[B", "\x1b[A", "\x1b[C", "\x1b[D"
PAINT, ECHO, MEMORY = 1.3, 0.050, 120
"""How many times the empty app the first frame may take, in how many seconds a key is to be seen, and how many mebibytes there may be."""
FRESH = {60: 0.150, 1000: 1.0}
"""In how many seconds after a decision the pane is to be fresh, by the number of services."""
STALE = "being worked out"
TURNS = {"tiers": ">", "connections": " ", "secrets": " ", "published": " ", "privileges": " ", "review": "l"}
"""The key that decides something on a step's screen; u takes it back."""


class Times(NamedTuple):
    """Seconds from a key to its echo, and to the last thing that came of it."""

    echo: float
    rest: float


def opened(file: Path, size: tuple[int, int], environment: dict[str, str]) -> Program:
    """The assistant on a project."""
    return Program([sys.executable, "-m", "batten", str(file)], *size, environment)


def first_frame(command: Sequence[str], holds: str, size: tuple[int, int], environment: dict[str, str]) -> tuple[float, float]:
    """Seconds until a text is on the screen, and what of the processor was used until then."""
    with Program(command, *size, environment) as program:
        seconds = program.until(lambda text: holds in text) - program.begun
        return seconds, program.worked


def paint(files: dict[str, tuple[Path, str]], rounds: int, environment: dict[str, str]) -> int:
    """Print the first frames beside that of the empty app; how many are too late."""
    commands = {"empty app": ([sys.executable, "-c", FLOOR], "quit")}
    commands |= {name: ([sys.executable, "-m", "batten", str(file)], text) for name, (file, text) in files.items()}
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, (command, text) in commands.items():
            run = first_frame(command, text, SIZES[0], environment)
            if number:
                runs[name].append(run)
    print(f"{'first useful frame':<24}{'median':>8}{'best':>8}{'times empty':>13}{'processor':>11}   s, {rounds} rounds in turns")
    floor, late = min(runs["empty app"])[0], 0
    for name, some in runs.items():
        best = min(some)[0]
        over = name != "empty app" and best > PAINT * floor
        late += over
        row = f"{name:<24}{statistics.median(run[0] for run in some):>8.3f}{best:>8.3f}{best / floor:>13.2f}{min(run[1] for run in some):>11.2f}"
        print(row + (f"   more than {PAINT} times" if over else ""), flush=True)
    return late


def timed(program: Program, key: str) -> Times:
    """Press a key and wait until all is quiet; a key that changes nothing is not counted."""
    begin = program.press(key)
    wrote = program.read(2)
    echo = program.changed - begin if wrote else 0.0
    return Times(echo, program.rest() - begin)


def quick(program: Program, keys: Sequence[str]) -> Iterator[float]:
    """Press keys, each as soon as the one before it was seen and its output has ended."""
    for key in keys:
        begin = program.press(key)
        if program.read(2):
            yield program.changed - begin
        while program.read(0.03):
            pass


def walked(program: Program) -> Iterator[tuple[str, Times, list[float]]]:
    """Every stop that needs no engine: its name, how it came up, and how its cursor moved."""
    for stop in STOPS[1:]:
        if stop.name != EXPORT.name and (stop.step is None or stop.step.rare):
            continue
        came = timed(program, stop.key or "n")
        yield stop.name, came, list(quick(program, [DOWN, DOWN, DOWN, UP, RIGHT if stop.name in ("tiers", "connections") else DOWN, UP] * 3))
        program.rest()


def decided(program: Program) -> Iterator[tuple[str, Times, float, list[float]]]:
    """Every step where a key decides: its name, that key, when the pane was fresh, and how the cursor moved meanwhile."""
    keys = {stop.name: stop.key for stop in STOPS}
    for name, key in TURNS.items():
        timed(program, keys[name])
        for _ in range(2):
            begin = program.press(key)
            echo = program.changed - begin if program.read(2) else 0.0
            fresh = freshened(program, begin) if echo else 0.0
            program.rest()
            if not echo:
                continue
            yield name, Times(echo, program.changed - begin), fresh, []
            program.press("u")
            yield name, Times(0, 0), 0, list(quick(program, [DOWN, UP] * 3))
            program.rest()


def freshened(program: Program, begin: float) -> float:
    """Seconds until the pane is no longer marked as stale: the last time that the mark went."""
    marked, fresh = True, begin
    while program.read(0.6) or marked:
        now = STALE in program.screen.text
        fresh = program.changed if marked and not now else fresh
        marked = now
        if time.perf_counter() - begin > 60:
            raise SystemExit("the pane stays stale")
    return fresh - begin


def percentile(values: Sequence[float], part: float) -> float:
    """The value that so many of all are not above."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)] if ordered else 0.0


def keys(services: int, file: Path, size: tuple[int, int], environment: dict[str, str]) -> int:
    """Print what the keys of one walk take; how many limits are broken."""
    echoes: list[float] = []
    panes: list[float] = []
    print(f"\n{services} services, {size[0]}×{size[1]}: milliseconds from a key until it is seen")
    with opened(file, size, environment) as program:
        program.until(lambda text: "services" in text)
        program.rest()
        for name, came, moved in walked(program):
            echoes += [came.echo, *moved]
            print(
                f"  {name:<14}to come up{came.echo * 1000:>6.0f}   to move{percentile(moved, 0.5) * 1000:>6.0f}{percentile(moved, 0.95) * 1000:>6.0f}",
                flush=True,
            )
        if size == SIZES[-1]:
            for name, turned, fresh, meanwhile in decided(program):
                echoes += [*meanwhile, *([turned.echo] if turned.echo else [])]
                panes += [fresh] if fresh else []
                if fresh:
                    print(f"  {name:<14}decided{turned.echo * 1000:>9.0f}   pane fresh{fresh * 1000:>6.0f}   all done{turned.rest * 1000:>6.0f}", flush=True)
                else:
                    print(f"  {name:<14}moved meanwhile{percentile(meanwhile, 0.5) * 1000:>6.0f}{percentile(meanwhile, 0.95) * 1000:>6.0f}", flush=True)
        memory = program.mebibytes
    return verdict(services, echoes, panes, memory)


def verdict(services: int, echoes: Sequence[float], panes: Sequence[float], memory: float) -> int:
    """Print the sums of one walk; how many limits are broken."""
    slow = percentile(echoes, 0.95)
    rows = [
        ("key to echo, 95 %", slow * 1000, ECHO * 1000, "ms"),
        ("pane fresh, median", statistics.median(panes) * 1000 if panes else 0, FRESH.get(services, 1.0) * 1000, "ms"),
        ("memory", memory, MEMORY, "MiB"),
    ]
    print(f"  key to echo, 50 %{percentile(echoes, 0.5) * 1000:>16.0f} ms of {len(echoes)} keys")
    for name, value, limit, unit in rows:
        if value:
            print(f"  {name:<22}{value:>11.0f} {unit} of {limit:.0f}{'   too much' if value > limit else ''}", flush=True)
    return sum(value > limit for _, value, limit, _ in rows)


def main(rounds: int = 7, *sizes: int) -> int:
    """Measure everything; 1 where a limit is not held."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONDONTWRITEBYTECODE", "NO_COLOR", "TEXTUAL")}
        environment |= {"XDG_STATE_HOME": folder, "PYTHONPYCACHEPREFIX": f"{folder}/compiled"}
        files = {services: write(Path(folder, f"of{services}"), services) for services in sizes or (60, 1000)}
        demo = Path("assets/demo/shop")
        frames = {"the demo": (demo, "services"), **{f"{services} services": (file, f"{services} services") for services, file in files.items()}}
        broken = paint(frames, rounds, environment) if rounds else 0
        broken += sum(keys(services, file, size, environment) for services, file in files.items() for size in SIZES)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
