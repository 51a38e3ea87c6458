"""The stops of the walk in their order, and the keys that lead to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple, cast

from textual.screen import Screen

from wizards.questions import Asks
from wizards.steps import HOST_STEPS, STEPS

Factory = Callable[[], Screen[None]]


class Stop(NamedTuple):
    """One place of the walk."""

    name: str
    title: str
    step: Asks[Any] | None
    """What is asked here; None for the first and the last stop."""
    key: str = ""
    """The key that leads here; empty where there is no digit left."""


START, EXPORT = Stop("start", "Start", None, "1"), Stop("export", "Export", None, "0")
LIVE = (Stop("apply", "Apply", None), Stop("verify", "Verify", None), Stop("observe", "Observe", None))
"""What needs a running engine."""
_USUAL = [step.name for step in STEPS if not step.rare]
_KEYS = {name: str(number) for number, name in enumerate(_USUAL, 2) if number < 10}
STOPS: tuple[Stop, ...] = (START, *(Stop(step.name, step.title, step, _KEYS.get(step.name, "")) for step in STEPS), EXPORT, *LIVE)


_OWN: Mapping[str, tuple[str, str]] = {
    "start": ("start", "StartScreen"),
    "services": ("services", "ServicesScreen"),
    "review": ("review", "ReviewScreen"),
    "tiers": ("tiers", "TiersScreen"),
    "connections": ("connections", "ConnectionsScreen"),
    "networks": ("networks", "NetworksScreen"),
    "export": ("export", "ExportScreen"),
    "apply": ("apply", "ApplyScreen"),
    "verify": ("verify", "VerifyScreen"),
    "observe": ("observe", "ObserveScreen"),
}
"""The screens that are made for one stop: module and class. They are loaded when somebody goes there."""

HOST_START, HOST_EXPORT = Stop("host-start", "This host", None, "1"), Stop("host-export", "Export", None, "0")
HOST_STOPS: tuple[Stop, ...] = (HOST_START, *(Stop(step.name, step.title, step, str(number)) for number, step in enumerate(HOST_STEPS, 2)), HOST_EXPORT)
"""The walk through a host."""


def listed(current: str, begins: bool) -> list[Stop]:
    """The stops that are shown: rare ones only where the project begins, or where one is there."""
    return [stop for stop in STOPS if stop.step is None or not stop.step.rare or begins or stop.name == current]


def after(stops: Sequence[Stop], name: str, idle: frozenset[str], direction: int) -> Stop | None:
    """The next stop in a direction (1 or -1) that is not one of those with nothing to decide; None at the end."""
    position = [stop.name for stop in stops].index(name)
    ahead = stops[position + 1 :] if direction > 0 else stops[:position][::-1]
    return next((stop for stop in ahead if stop.name not in idle), None)


def screen_of(stop: Stop) -> Factory:
    """What makes the screen of a stop; a step without a screen of its own is shown by the general one."""

    def made() -> Screen[None]:
        home, name = _OWN.get(stop.name, ("questions", "QuestionsScreen"))
        screen = getattr(import_module(f"tui.screens.{home}"), name)
        return cast("Screen[None]", screen() if stop.name in _OWN else screen(stop.step))

    return made


def load() -> None:
    """Load what the first stop needs, so that coming to it takes no time."""
    for name in ("tui.picture", "tui.screens.start"):
        import_module(name)


def screen_of_host(stop: Stop) -> Factory:
    """What makes the screen of a stop of a host's walk; loaded when it is gone to."""

    def make() -> Screen[None]:
        from tui.screens.host_export import HostExportScreen
        from tui.screens.host_start import HostStartScreen
        from tui.screens.host_steps import HostStepScreen

        steps = {step.name: step for step in HOST_STEPS}
        if stop.name in steps:
            return HostStepScreen(steps[stop.name])
        return HostStartScreen() if stop == HOST_START else HostExportScreen()

    return make
