"""From the domain to words and rows: pure functions that need no app. Strangers' text enters here and is made harmless."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from batten.model import Evidence, Location, Project, Risk, Span
from batten.report.terminal import folded, plain
from batten.review.finding import Finding, Severity

if TYPE_CHECKING:
    from batten.errors import BattenError
    from tui.picture import Picture, Shares
    from wizards.questions import Question

SEVERITY_STYLES = {
    Severity.CRITICAL: "bold $text-error",
    Severity.HIGH: "$text-error",
    Severity.MEDIUM: "$text-warning",
    Severity.LOW: "$text-accent",
    Severity.INFO: "$foreground-darken-3",
}
RISK_WORDS = {
    Risk.SAFE: "without risk",
    Risk.CHECK: "to be looked at",
    Risk.BREAKING: "breaks something",
}
QUIET = "$foreground-darken-3"
_BAR = 12
"""Columns of a bar."""
_NARROWEST = 20
"""Columns below which a text is put on lines of its own."""
_ROOM_FOR_REASONS = 64
"""From this width on a row has room for a reason."""


def words(text: str, style: str = "") -> Content:
    """A text of whatever origin, in one line and without any power."""
    return Content.styled(plain(text), style)


def fitted(text: str, width: int) -> str:
    """``text`` in exactly ``width`` columns, cut with an ellipsis where it is longer."""
    text = plain(text)
    if width <= 0:
        return ""
    return set_cell_size(text, width) if cell_len(text) <= width else set_cell_size(text, width - 1) + "…"


def row(cells: Iterable[tuple[str, int, str]]) -> Content:
    """Cells of text, width and style, two columns apart."""
    parts: list[Content | str] = []
    for text, width, style in cells:
        if width > 0:
            parts += [Content.styled(fitted(text, width), style), "  "]
    return Content.assemble(*parts[:-1])


def bar(parts: Sequence[tuple[str, str]], current: int, width: int) -> list[str]:
    """Marks with their titles; where the line is too narrow for all, the titles next to the current one."""
    words = [mark for mark, _ in parts]
    for index in sorted(range(len(parts)), key=lambda one: abs(one - current)):
        mark, title = parts[index]
        if sum(map(cell_len, words)) + cell_len(title) + 1 <= width:
            words[index] = f"{mark} {title}"
    return words


def meter(done: int, total: int, figures: str = "") -> Content:
    """How much of a whole is done, as a bar with the figures behind it; others, where they say more."""
    full = min(done * _BAR // total, _BAR)
    return Content.assemble(("█" * full, "$primary"), ("░" * (_BAR - full), QUIET), f" {figures or f'{done} of {total}'}")


def bullet(text: str, width: int) -> Content:
    """A sentence behind a dot, its further lines below its first word."""
    first, *others = folded(text, max(width - 2, 20))
    return Content("\n").join([Content.assemble(("· ", QUIET), first), *(Content(f"  {line}") for line in others)])


def several(count: int, one: str, many: str = "") -> str:
    """A number with its noun: ``1 path``, ``2 paths``."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def place(project: Project, where: Location | None) -> str:
    """A place as a reader looks for it: file and line."""
    if where is None:
        return ""
    return f"{project.shown(where.file)}:{where.line}" if isinstance(where, Span) else f"{where.object} {where.attribute}"


def complaint(error: BattenError, project: Project | None = None) -> Content:
    """What could not be done, where, and what to do about it."""
    span = error.span
    file = project.shown(error.file) if project is not None and error.file else error.file
    where = f"{file}:{span.line}:{span.column}  " if span else f"{file}  " if file else ""
    return Content.assemble((plain(where), "bold"), (plain(error.message), "$text-error"), " ", plain(error.hint))


def standing_line(picture: Picture, stale: bool, saving: str) -> Content:
    """``paths 42 → 14 (11 needed)   findings 17 → 2   ● saved``; quiet while new figures are being worked out."""
    before, after = picture.reach, None if stale else picture.after
    paths = [str(len(before.service_paths)) if before else "…", " → ", str(len(after.reach.service_paths)) if after else _pending(picture, stale)]
    found = [str(len(picture.standing)) if before else "…", " → ", str(len(after.standing) + len(after.kept)) if after else _pending(picture, stale)]
    cut = len(after.reach.unmet) if after else 0
    needed = f" ({cut} needed {'is' if cut == 1 else 'are'} cut)" if cut else f" ({after.reach.needed} needed)" if after else ""
    kept = f" ({len(after.kept)} kept)" if after and after.kept else ""
    mark = f"{'●' if saving == 'saved' else '○'} {saving}"
    style = "bold" if after else QUIET
    return Content.assemble(
        "paths ", ("".join(paths), style), (needed, "bold $text-error" if cut else QUIET), "  findings ", ("".join(found), style), (kept, QUIET), f"  {mark}"
    )  # fmt: skip


def _pending(picture: Picture, stale: bool) -> str:
    return "?" if picture.error is not None and not stale else "…"


def needs_you(shares: Shares) -> str:
    """What the findings that need the user come to, in a sentence."""
    parts = []
    if shares.check:
        parts.append(f"{shares.check} once you have looked at the change")
    if shares.left:
        parts.append(f"{shares.left} by your own hand")
    return ", ".join(parts)


def opening(project: Project, picture: Picture | None = None) -> Content:
    """The three sentences of the first screen, as far as they are known."""
    services = several(len(project.services), "service")
    lines = [Content.assemble((plain(project.name), "bold"), f" has {services}. Here is what batten sees in its files."), Content("")]
    shares = picture.shares if picture else None
    found = str(len(picture.usable)) if picture and picture.reach else "…"
    lines.append(_sum(found, f"thing{'' if found == '1' else 's'} an intruder could use", "$text-error"))
    lines.append(_sum(str(shares.safe) if shares else "…", "can be mended without risk", "$text-success"))
    rest = shares.check + shares.left if shares else None
    need = f"need{'s' if rest == 1 else ''} you" + (f": {needs_you(shares)}" if shares and rest else "")
    lines.append(_sum("…" if rest is None else str(rest), need, "$text-warning"))
    return Content("\n").join(lines)


def _sum(number: str, what: str, style: str) -> Content:
    return Content.assemble((f"{number:>4} ", f"bold {style}"), what)


def worst(picture: Picture, count: int, width: int) -> Content:
    """The first few findings in plain words."""
    found = picture.usable
    lines = [finding_row(one, width) for one in found[:count]]
    if len(found) > count:
        lines.append(words(f"and {several(len(found) - count, 'more thing')}", QUIET))
    good_to_know = len(picture.standing) - len(found)
    if good_to_know:
        lines.append(words(f"and {several(good_to_know, 'thing')} that {'is' if good_to_know == 1 else 'are'} good to know", QUIET))
    return Content("\n").join(lines)


def finding_row(finding: Finding, width: int) -> Content:
    """Severity as a word, whom it is about, and what it is."""
    subject = finding.service if finding.service is not None else "project"
    style = SEVERITY_STYLES[finding.severity]
    return row([(finding.severity.upper(), 8, style), (subject, 12, "bold"), (finding.title, max(width - 24, 10), "")])


def question_row(question: Question, width: int, same: bool) -> Content:
    """Subject, the answer that holds, and why; where questions share a subject, the others say what they ask instead."""
    subject = subject_width(width)
    answer = max(16, (width - 4) // 3) if width >= _ROOM_FOR_REASONS else width - subject - 2
    quiet = QUIET if question.settled else "$text-accent"
    return row(
        [
            ("" if same else question.subject, subject, "bold"),
            (question.label(question.default), answer, quiet),
            (question.prompt if same else question.why, width - subject - answer - 4, QUIET),
        ]
    )


def subject_width(width: int) -> int:
    """How wide the first column of a list of questions is."""
    return max(14, min(26, width // 4))


def choices(question: Question, width: int, sums: Mapping[str, str] = MappingProxyType({})) -> Content:
    """The choices one below the other, the one that holds marked, what follows from each beside it; in figures, where they are known."""
    held = {question.default} if isinstance(question.default, str) else set(question.default)
    told = [(one.label, one.value in held, sums.get(one.value, one.hint)) for one in question.choices]
    widest = max((cell_len(label) for label, _, _ in told), default=0)
    beside = [line for one in told for line in _choice(*one, widest + 7, width)]
    below = [line for one in told for line in _choice(*one, 7, width)]
    return Content("\n").join(below if width - widest - 7 < _NARROWEST or len(below) < len(beside) else beside)


def _choice(label: str, held: bool, hint: str, indent: int, width: int) -> list[Content]:
    """One choice, and what follows from it from column ``indent`` on: beside it where it ends before that, else below it."""
    head = Content.assemble(("(•)  " if held else "( )  ", "bold"), (plain(label), "bold" if held else ""))
    lines = [Content.styled(line, QUIET) for line in folded(hint, max(width, indent + _NARROWEST), " " * indent)] if hint else []
    if lines and head.cell_length + 2 <= indent:
        lines[0] = Content.assemble(head, lines[0][head.cell_length :])
        return lines
    return [head, *lines]


def members(question: Question, width: int) -> Content:
    """Several answers beside each other: who is in, and who is not; a name is not broken."""
    held = set(question.default)
    lines, used = [Content("")], 0
    for one in question.choices:
        mark, style = ("● ", "bold") if one.value in held else ("· ", QUIET)
        shown = Content.assemble((mark, "bold"), (plain(one.label), style), "  ")
        if used and used + shown.cell_length > width + 2:
            lines, used = [*lines, Content("")], 0
        lines[-1], used = lines[-1] + shown, used + shown.cell_length
    return Content("\n").join(line.rstrip() for line in lines)


def because(evidence: Sequence[Evidence], project: Project) -> Content:
    """Why we believe it, a line each, with the place."""
    lines = [Content.assemble((plain(one.text), ""), (f"  {plain(place(project, one.where))}", QUIET)) for one in evidence]
    return Content("\n").join(lines)


def title_of(project: Project, wide: bool) -> Content:
    """The project, and its files where there is room."""
    files = " · " + ", ".join(project.shown(file) for file in project.files) if wide else ""
    return Content.assemble((" batten ", "bold reverse"), " ", (plain(project.name), "bold"), (plain(files), QUIET))
