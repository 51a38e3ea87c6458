"""What a hardening does, in words and as a difference between files; no secret's value is in either."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap
from typing import Any

from batten.compose.rewriting import RewrittenFile
from batten.hardening import Hardening
from batten.inference.credentials import find_credentials
from batten.model import Action, Change, Risk
from batten.report import stack
from batten.report.differences import Opcode, grouped
from batten.report.excerpt import Excerpts
from batten.report.secrets import ways
from batten.report.terminal import Paint, folded, plain
from batten.report.veil import IN_WORDS, veil_of

_CONTEXT = 3
_STYLES = {"+": ("green",), "-": ("red",), "@": ("cyan",)}
_SUBJECT = "\0"
TITLES = {
    "secrets": "Secrets",
    "networks": "Networks",
    "published": "Published ports",
    "mtls": "Mutual TLS",
    "privileges": "Privileges",
    "firewall": "Firewall",
    "sockets": "Docker socket",
}
"""Sections of the design as headings."""


# differences


def masked_diff(hardening: Hardening, *, colour: bool = False) -> str:
    """The difference between the files as they are and as they would be, with every secret value masked; empty where there is none."""
    return Diffs(hardening, colour=colour).text()


def diff_for(hardening: Hardening, path: str, *, colour: bool = False) -> str:
    """The difference of one file, named as in ``hardening.rewritten``; empty where it stays as it is or is none of them."""
    return Diffs(hardening, colour=colour).of(path)


class Diffs:
    """Writes the differences of one hardening. It knows the secrets of the project, and none of them leaves it."""

    def __init__(self, hardening: Hardening, *, colour: bool = False) -> None:
        self._hardening, self._paint = hardening, Paint(colour)
        self._old = Excerpts(hardening.before, find_credentials(hardening.before))
        self._new = Excerpts(hardening.after, find_credentials(hardening.after))
        self._veil = veil_of(hardening.before, hardening.after, changes=hardening.changes)

    def text(self) -> str:
        """All of them, one after the other."""
        return "".join(self._one(file) for file in self._hardening.rewritten.files)

    def of(self, path: str) -> str:
        """That of one file."""
        return "".join(self._one(file) for file in self._hardening.rewritten.files if file.path == path)

    def _one(self, file: RewrittenFile) -> str:
        source = self._hardening.before.sources.get(file.origin)
        old, new = source.text.splitlines() if source else [], file.text.splitlines()
        groups = grouped(old, new, _CONTEXT)
        if not groups:
            return ""
        before = self._hardening.before.shown(file.origin) if source else "/dev/null"
        after = self._hardening.before.shown(str(self._hardening.home / file.path))
        lines = [f"--- {plain(before)}", f"+++ {plain(after)}", *(line for group in groups for line in self._group(file, group, old, new))]
        return "".join(f"{self._paint(line, *_STYLES.get(line[0], ()))}\n" for line in lines)

    def _group(self, file: RewrittenFile, group: Sequence[Opcode], old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
        first, last = group[0], group[-1]
        yield f"@@ -{_range(first[1], last[2])} +{_range(first[3], last[4])} @@"
        target = str(self._hardening.home / file.path)
        for tag, start, end, new_start, new_end in group:
            for number in range(start, end):
                yield (" " if tag == "equal" else "-") + self._shown(self._old, file.origin, number, old[number])
            for number in range(new_start, new_end) if tag != "equal" else ():
                yield "+" + self._shown(self._new, target, number, new[number])

    def _shown(self, excerpts: Excerpts, file: str, index: int, line: str) -> str:
        """A line by its index, masked by its place first and then by every value that is known."""
        return plain(self._veil(excerpts.masked(file, index + 1, line)).replace("\t", "    "))


def _range(start: int, end: int) -> str:
    """A range as unified differences count it."""
    length = end - start
    return f"{start + 1}" if length == 1 else f"{start + 1 if length else start},{length}"


# words


def plan_text(hardening: Hardening, *, done: bool = False, colour: bool = False, width: int = 80) -> str:
    """What is done, what was not accepted and what could not be written, each with its reason. ``done``: it is done already."""
    return "\n".join(_Words(hardening, Paint(colour), width).lines(done)) + "\n"


def plan_json(hardening: Hardening) -> dict[str, Any]:
    """The plan as data, without the values of changes: what is done, what was not accepted, what could not be written, what a stack file loses."""
    veil = veil_of(hardening.before, changes=hardening.changes + hardening.declined, shortest=IN_WORDS)

    def told(change: Change) -> dict[str, Any]:
        said = {"id": change.id, "decision": change.decision, "path": list(change.path), "action": str(change.action), "risk": str(change.risk)}
        return {**said, "why": veil(change.why)}

    return {
        "schema_version": 1,
        "name": hardening.before.name,
        "target": hardening.design.target.kind,
        "changes": [told(change) for change in hardening.changes],
        "declined": [told(change) for change in hardening.declined],
        "refused": [{**told(one.change), "reason": veil(one.reason)} for one in hardening.refusals],
        "stack": {"losses": stack.losses_json(hardening.stack.losses)} if hardening.stack is not None else None,
    }


def omissions(hardening: Hardening, *, width: int = 80) -> str:
    """What was not accepted, what could not be written and what a stack file loses; empty where there is nothing of the kind."""
    words = _Words(hardening, Paint(False), width)
    return "\n".join([*words.declined(), *words.refused(), *words.stack()]).strip("\n")


def sentences(changes: Iterable[Change]) -> dict[str, dict[str, Risk]]:
    """By section of the design: what its changes mean and the risk behind it. What is true of several services is said once."""
    risks: dict[str, dict[tuple[str, str], Risk]] = {}
    for change in changes:
        part, key = risks.setdefault(section_of(change), {}), _said_of(change)
        part[key] = max(part.get(key, Risk.SAFE), change.risk, key=lambda risk: risk.level)
    return {section: _joined(part) for section, part in risks.items()}


def _joined(part: dict[tuple[str, str], Risk]) -> dict[str, Risk]:
    """Sentences of one section, those that differ in their subject alone put together."""
    subjects: dict[tuple[str, Risk], list[str]] = {}
    for (subject, pattern), risk in part.items():
        subjects.setdefault((pattern, risk), []).append(subject)
    return {_about(names, pattern): risk for (pattern, risk), names in subjects.items()}


def _about(names: Sequence[str], pattern: str) -> str:
    """A sentence about its subjects; several of them are spoken of one by one, so that the verb stays as it is."""
    together = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    each = "" if len(names) == 1 or pattern.startswith(f"{_SUBJECT}: ") else "Each of " if pattern.startswith(_SUBJECT) else "each of "
    return pattern.replace(_SUBJECT, each + together, 1)


def section_of(change: Change) -> str:
    """The section of the design that a change comes from."""
    return change.id.partition(".")[0]


def _said_of(change: Change) -> tuple[str, str]:
    """The service or network that a change is about, and why it is made with a mark where that is named."""
    subject = str(change.path[1])
    if change.decision.startswith("secrets."):
        subject = change.decision.split(".", 1)[1].rpartition(".")[0]
    pattern, count = re.subn(rf"(?<![\w./:-]){re.escape(subject)}(?![\w/:-]|\.\w)", _SUBJECT, change.why, count=1)
    return subject, pattern if count else f"{_SUBJECT}: {pattern}"


def moved_secrets(hardening: Hardening) -> tuple[str, ...]:
    """Names of the secrets whose values stood in the project's files until now."""
    found = [change.path[1] for change in hardening.changes if change.path[0] == "secrets" and change.action == Action.SET and section_of(change) == "secrets"]
    return tuple(dict.fromkeys(map(str, found)))


class _Words:
    """Writes what a hardening does."""

    def __init__(self, hardening: Hardening, paint: Paint, width: int) -> None:
        self.hardening, self.paint, self.width = hardening, paint, width
        self.veil = veil_of(hardening.before, changes=hardening.changes, shortest=IN_WORDS)

    def lines(self, done: bool) -> Iterator[str]:
        changes = self.hardening.changes
        yield from self.heading(done)
        for section, part in sentences(changes).items():
            yield from ("", self.paint(TITLES.get(section, section), "bold"))
            if section == "secrets":
                yield from folded(ways(self.hardening), self.width, "  ")
            for sentence, risk in part.items():
                yield from self.item(f"{risk:<8} {sentence}")
        yield from self.declined()
        yield from self.refused()
        yield from self.stack()

    def heading(self, done: bool) -> Iterator[str]:
        count, name = len(self.hardening.changes), self.hardening.before.name
        if not count:
            text = f"{name}: nothing to do, everything of the design that is accepted is in place."
        else:
            changes = f"{count} change{'s' if count != 1 else ''}"
            text = f"{name}: {changes} made." if done else f"{name}: {changes} to make."
        yield from folded(text, self.width)

    def declined(self) -> Iterator[str]:
        if self.hardening.declined:
            yield from ("", self.paint("Not done, because it was not accepted", "bold"))
            for part in sentences(self.hardening.declined).values():
                for sentence, risk in part.items():
                    yield from self.item(f"{risk:<8} {sentence}")
            yield from folded(how_to_accept(self.hardening.declined), self.width, "  ")

    def refused(self) -> Iterator[str]:
        if self.hardening.refusals:
            yield from ("", self.paint("Not done, because it could not be written", "bold"))
            for refusal in self.hardening.refusals:
                yield from self.item(f"{refusal.change.decision}: {refusal.reason}")

    def stack(self) -> Iterator[str]:
        """What the stack file does not say, or says otherwise."""
        for fate, entries in stack.told(self.hardening.stack.losses if self.hardening.stack else ()).items():
            yield from ("", self.paint(stack.HEADINGS[fate], "bold"))
            for said in entries:
                yield from self.item(stack.sentence(said))

    def item(self, text: str) -> list[str]:
        return wrap(plain(self.veil(text)), self.width, initial_indent="  ", subsequent_indent=" " * 11, break_on_hyphens=False)


def how_to_accept(declined: Sequence[Change]) -> str:
    """What to do to have the declined changes made."""
    breaking = sorted({change.decision for change in declined if change.risk == Risk.BREAKING})
    if breaking:
        return f"To have it all the same, put {', '.join(breaking)} under 'consents' in batten.yaml and use --accept breaking."
    return "To have it, use --accept check."
