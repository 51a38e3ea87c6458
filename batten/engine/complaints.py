"""Which Change most likely made a service complain: from logs, states of containers and what was verified to a ranked list of suspects.

Nothing is asked of an engine here; ``batten.engine.watching.look`` reads what this needs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from batten.engine.blames import Blame, Grievance
from batten.engine.blaming import Blaming
from batten.engine.verifying import Verification
from batten.engine.watching import Seen
from batten.hardening import Hardening
from batten.knowledge.complaints import Complaint, complaint
from batten.model import Change

_NUMBER = re.compile(r"\b0x[0-9a-f]+\b|\b[0-9a-f]{12,}\b|\d+", re.IGNORECASE)
_CONTROL = re.compile(r"\x1b\[[0-9;]*m|[\x00-\x1f\x7f-\x9f]")
_MILD = re.compile(r"(?i)\b(?:info|notice|debug|trace|warn|warning)\b")
_QUOTED, _GUESS = 240, 50
_PASSING = frozenset({"missing", "unset", "login", "unanswered", "memory", "processes", "certificate"})
"""Kinds of which services in good health print a line now and then: they are told without a suspect only of a service that is in trouble."""


@dataclass(frozen=True, slots=True, repr=False)
class Suspect:
    """A Change that may have caused a complaint."""

    change: Change
    service: str
    """Who complains."""
    says: str
    """What happened, one sentence."""
    line: str
    """The line that says so, with secret values masked; empty where it was not read in a log."""
    why: str
    """Why it is this Change, one sentence."""
    weight: int
    """How likely it is, up to 100: from 90 on the line leaves little else; below 60 it is a guess, and so is all that a service which is up only
    mentions as a warning."""

    def __repr__(self) -> str:
        return f"Suspect({self.change.id!r}, {self.weight})"


@dataclass(frozen=True, slots=True, repr=False)
class Unexplained:
    """A complaint that no Change explains."""

    service: str
    says: str
    line: str

    def __repr__(self) -> str:
        return f"Unexplained({self.service!r})"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What came of a look at the logs."""

    suspects: tuple[Suspect, ...] = ()
    """Each Change once, with its best evidence; the likeliest first."""
    unexplained: tuple[Unexplained, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.suspects or self.unexplained)


def explain(hardening: Hardening, now: Seen, earlier: Seen | None = None, *, found: Verification | None = None, mask: Callable[[str], str]) -> Explanation:
    """Name the Changes that most likely caused what a project complains of.

    Call it after the hardened project is up and had time to settle::

        earlier = watching.look(project.name, engine)      # before anything is restarted
        ...                                                # bring the hardened project up, wait, verify
        now = watching.look(project.name, engine)
        mask = veil_of(hardening.before, hardening.after, changes=hardening.changes)
        explanation = explain(hardening, now, earlier, found=verification, mask=mask)

    Args:
        hardening: what was applied; its ``changes`` are the only ones that can be suspected.
        now: logs and states since then.
        earlier: the same from before. A complaint that stood there already is no evidence against a Change.
        found: what ``verify`` found, where it was asked. A needed connection that has no road is evidence without any line of a log.
        mask: takes secret values out of a text, as ``batten.report.veil.veil_of`` makes one of the project before and after with its changes. Every line
            that is quoted has gone through it.

    Returns:
        The suspects, likeliest first, each Change at most once; and complaints that no Change explains. Both empty where nobody complains.
    """
    return _Explaining(hardening, now, earlier or Seen(), found, mask).explanation()


class _Explaining:
    """One look at everything."""

    def __init__(self, hardening: Hardening, now: Seen, earlier: Seen, found: Verification | None, mask: Callable[[str], str]) -> None:
        self._now, self._earlier, self._mask = now, earlier, mask
        self._known = {(service, _shape(line)) for service, lines in earlier.logs.items() for line in lines}
        self._blaming = Blaming(hardening, now, found)
        self._hardening = hardening

    def explanation(self) -> Explanation:
        """Suspects and what has none."""
        suspects: list[Suspect] = []
        unexplained: dict[tuple[str, str], Unexplained] = {}
        for grievance in self._grievances():
            blames = [] if self._blaming.follows(grievance) else list(self._blaming.blames(grievance))
            suspects += [self._suspect(grievance, blame) for blame in blames]
            if not blames and self._worth_telling(grievance):
                told = Unexplained(grievance.service, self._said(grievance), self._quote(grievance.line))
                unexplained.setdefault((told.service, told.says), told)
        return Explanation(_ranked(suspects), (*unexplained.values(), *self._silent(suspects, unexplained.values())))

    def _grievances(self) -> Iterator[Grievance]:
        """Every complaint, the same one of a service once."""
        seen: set[tuple[str, Complaint]] = set()
        for service, line in self._lines():
            told = complaint(line)
            if told is not None and (service, told) not in seen and (service, _shape(line)) not in self._known:
                seen.add((service, told))
                yield Grievance(service, told, line)
        yield from self._blaming.found()

    def _lines(self) -> Iterator[tuple[str, str]]:
        """What containers printed, what their healthchecks did, and why the engine could not start them."""
        for service in self._hardening.after.services:
            yield from ((service, line) for line in self._now.logs.get(service, ()))
            for one in self._now.containers.get(service, ()):
                how = one.condition
                yield from ((service, line) for line in (*how.error.splitlines(), *how.check.splitlines()))
                if how.oom_killed:
                    yield service, "Out of memory: the kernel ended a process of the container."

    def _suspect(self, grievance: Grievance, blame: Blame) -> Suspect:
        mild = _MILD.search(grievance.line) and not self._now.trouble(grievance.service)
        weight = min(blame.weight, _GUESS) if mild else blame.weight
        return Suspect(blame.change, grievance.service, self._said(grievance), self._quote(grievance.line), self._mask(blame.why), weight)

    def _said(self, grievance: Grievance) -> str:
        return self._mask(_CONTROL.sub(" ", f"{grievance.service} {grievance.complaint.says}."))

    def _quote(self, line: str) -> str:
        """A line that a terminal only shows, without secret values. It is masked before it is cut, so that no part of one is left."""
        shown = _CONTROL.sub(" ", self._mask(line)).strip()
        return shown if len(shown) <= _QUOTED else f"{shown[: _QUOTED - 1]}…"

    def _worth_telling(self, grievance: Grievance) -> bool:
        if self._blaming.follows(grievance):
            return False
        return grievance.complaint.kind not in _PASSING or bool(self._now.trouble(grievance.service))

    def _silent(self, suspects: Iterable[Suspect], unexplained: Iterable[Unexplained]) -> Iterator[Unexplained]:
        """Services that have come into trouble and of which nothing was said yet, with the last line that they printed."""
        told = {one.service for one in suspects} | {one.service for one in unexplained}
        for service in self._hardening.after.services:
            phrase = self._now.trouble(service)
            if phrase and service not in told and phrase != self._earlier.trouble(service):
                last = next((line for line in reversed(self._now.logs.get(service, ())) if line.strip()), "")
                yield Unexplained(service, f"{service} {phrase}, and nothing that it printed shows why.", self._quote(last))


def _shape(line: str) -> str:
    """A line without what differs each time: times, process numbers, ids."""
    return _NUMBER.sub("#", line)


def _ranked(suspects: Iterable[Suspect]) -> tuple[Suspect, ...]:
    """Each Change once with its best evidence; of two that weigh the same, the one that explains more complaints."""
    best: dict[str, Suspect] = {}
    count: dict[str, int] = {}
    for one in suspects:
        count[one.change.id] = count.get(one.change.id, 0) + 1
        if one.change.id not in best or best[one.change.id].weight < one.weight:
            best[one.change.id] = one
    return tuple(sorted(best.values(), key=lambda one: (-one.weight, -count[one.change.id])))
