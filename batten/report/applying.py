"""An applying or an undoing as text for people, line by line as it goes on, and as JSON for programs at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from batten.engine.applying import Applying
from batten.engine.events import Ended, Event, Outcome, Said, Stage, Standings, Step, Suspect, Suspected, TakenBack, Trouble, Verified, Written
from batten.engine.foreseeing import Foreseen
from batten.engine.settling import Standing
from batten.engine.undoing import Undoing
from batten.report.terminal import folded, plain
from batten.report.verification import verification_json, verification_text

Mask = Callable[[str], str]
"""Takes secret values out of a text."""


class Words:
    """Says each event once; of containers only what is new."""

    def __init__(self, mask: Mask, width: int = 80) -> None:
        self._mask = mask
        self._width = width
        self._stood: dict[str, str] = {}

    def lines(self, event: Event) -> Iterator[str]:
        """The lines for one event, harmless to a terminal."""
        for text in self._texts(event):
            yield from folded(plain(self._mask(text)), self._width, "  ")

    def _texts(self, event: Event) -> Iterator[str]:
        match event:
            case Step(stage=stage, text=text):
                yield from () if stage == Stage.ASK else (f"== {text}",)
            case Foreseen():
                yield from _foreseen(event)
            case Written():
                yield from _written(event)
            case Said(line=line):
                yield f"   {line}"
            case Standings(containers=containers):
                yield from self._news(containers)
            case Verified():
                yield from self._verified(event)
            case Suspected():
                yield from _suspected(event)
            case TakenBack(unit=unit, reason=reason):
                yield f"Taken back: {unit}. {reason}"
            case Ended(text=text):
                yield text

    def _news(self, containers: Sequence[Standing]) -> Iterator[str]:
        for one in containers:
            if self._stood.get(one.container) != one.text:
                self._stood[one.container] = one.text
                yield f"   {one.container}: {one.text}"

    def _verified(self, event: Verified) -> Iterator[str]:
        if event.found is None:
            yield f"Connections could not be verified: {event.why}"
            return
        if event.why:
            yield f"Networks alone were compared: {event.why}"
        for line in verification_text(event.found, self._width).splitlines():
            yield f"   {line}".rstrip()


def _foreseen(event: Foreseen) -> Iterator[str]:
    sure = "" if event.certain else " likely"
    for name, why in event.recreated.items():
        yield f"   restarts{sure}  {name}: {why}"
    for name in event.started:
        yield f"   starts  {name}, which does not run now"
    for name in event.networks:
        yield f"   makes the network {name} anew"
    if not event.anything:
        yield "   Nothing that runs is restarted."
    yield "   Data stays: no volume is removed or made anew."


def _written(event: Written) -> Iterator[str]:
    yield from (f"   {path}" for path in event.files)
    yield from (f"   taken away: {path}" for path in event.removed)
    if not event.files and not event.removed:
        yield "   All files are as they should be already."


def _suspected(event: Suspected) -> Iterator[str]:
    yield "Something is wrong:"
    for one in event.troubles:
        yield f"   {_trouble(one)}"
    if event.suspects:
        yield "What may be behind it, the likeliest first:"
    for suspect in event.suspects:
        yield f"   {suspect.change or suspect.unit}: {suspect.text} {suspect.why}"
        if suspect.line:
            yield f"      {suspect.line}"


def _trouble(one: Trouble) -> str:
    return f"{one.service}: {one.text}" if one.service else one.text


def applied_json(run: Applying, ended: Ended) -> dict[str, Any]:
    """The object for programs, of an applying."""
    hardening, mask = run.hardening, run.task.mask
    return {
        "schema_version": 1,
        "project": hardening.before.name if hardening is not None else "",
        "outcome": str(ended.outcome),
        "situation": mask(ended.text),
        "changes": len(hardening.changes) if hardening is not None else 0,
        **_common(run, mask),
        "verification": verification_json(run.verified.found) if run.verified is not None and run.verified.found is not None else None,
        "unverified": mask(run.verified.why) if run.verified is not None else "",
        "troubles": [_trouble_data(one, mask) for one in run.suspected.troubles],
        "suspects": [_suspect_data(one, mask) for one in run.suspected.suspects],
        "taken_back": [{"change": one.unit, "reason": mask(one.reason)} for one in run.taken],
    }


def undone_json(run: Undoing, text: str) -> dict[str, Any]:
    """The object for programs, of an undoing."""
    mask = run.task.mask
    outcome = {"schema_version": 1, "project": run.task.old.name, "outcome": str(Outcome.UNDONE), "situation": mask(text)}
    return {**outcome, **_common(run, mask), "troubles": [_trouble_data(one, mask) for one in run.back.troubles]}


def files_json(restored: Sequence[str], removed: Sequence[str]) -> dict[str, Any]:
    """The same, where files alone were put back."""
    outcome = {"schema_version": 1, "project": None, "outcome": str(Outcome.UNDONE), "situation": "The old files are back; no container was touched."}
    nothing: dict[str, Any] = {"backup": None, "restarted": {}, "started": [], "networks": [], "containers": [], "troubles": []}
    return {**outcome, "files": list(restored), "removed": list(removed), **nothing}


def _common(run: Applying | Undoing, mask: Mask) -> dict[str, Any]:
    standings = run.standings if isinstance(run, Applying) else run.back.standings
    foreseen, written = run.foreseen, run.written
    return {
        "files": list(written.files) if written is not None else [],
        "removed": list(written.removed) if written is not None else [],
        "backup": str(written.backup) if written is not None and written.backup is not None and isinstance(run, Applying) else None,
        "restarted": dict(foreseen.recreated) if foreseen is not None else {},
        "started": list(foreseen.started) if foreseen is not None else [],
        "networks": list(foreseen.networks) if foreseen is not None else [],
        "containers": [{"service": one.service, "container": one.container, "state": mask(one.text), "failed": one.failed} for one in standings],
    }


def _suspect_data(one: Suspect, mask: Mask) -> dict[str, Any]:
    said = {"service": one.service, "text": mask(one.text), "why": mask(one.why), "line": mask(one.line), "weight": one.weight}
    return {"change": one.unit, "id": one.change, **said}


def _trouble_data(one: Trouble, mask: Mask) -> dict[str, str | None]:
    return {"service": one.service or None, "text": mask(one.text)}
