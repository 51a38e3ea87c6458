"""Why a question is asked: the step, the reason, what each answer does, and the lines of the files it stands on."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from textual.content import Content

from batten.model import Evidence, Project, Span
from batten.report.excerpt import Excerpts
from batten.report.terminal import plain
from tui.presentation import QUIET, fitted, place, words
from wizards.questions import Question, Step


def explained(step: Step, question: Question | None, project: Project, excerpts: Excerpts | None) -> Content:
    """All that is known about a question, credentials masked."""
    parts = [words(step.title, "bold"), words(step.why)]
    if question is not None:
        parts += [Content(""), words(question.prompt, "bold"), words(question.why)]
        parts += [Content.assemble(words(f"· {one.label}", "bold"), words(f"   {one.hint}")) for one in question.choices if one.hint]
        parts += list(sources(question.evidence, project, excerpts))
    return Content("\n").join(parts)


def sources(evidence: tuple[Evidence, ...], project: Project, excerpts: Excerpts | None) -> Iterator[Content]:
    """Each reason with its place and the line there."""
    for one in evidence:
        yield Content.assemble("\n", words(one.text, "bold"), words(f"  {place(project, one.where)}", QUIET))
        if excerpts is not None and isinstance(one.where, Span):
            yield from lines(excerpts, one.where)


def marked(excerpts: Excerpts, where: Span, width: int) -> Iterator[Content]:
    """The lines at a place, each cut to the width, and a mark below the words that are meant; a far mark takes the lines along."""
    excerpt = excerpts.cut(where)
    if excerpt is None:
        return
    room, (_, last) = max(width - 8, 8), excerpt.lines[-1]
    first = max(excerpt.start + min(excerpt.length, room // 2) - room + 1, 0)
    for number, line in excerpt.lines:
        yield Content.assemble((f"{number:>5} │ ", QUIET), fitted(line[first:], room).rstrip())
    before, meant = plain(last[first : excerpt.start]), plain(last[excerpt.start : excerpt.start + excerpt.length])
    mark = (" " * cell_len(before) + "~" * cell_len(meant))[:room]
    yield Content.assemble(("      │ ", QUIET), (mark, "bold $text-error"))


def lines(excerpts: Excerpts, where: Span) -> Iterator[Content]:
    """The line at a place, with its number, after the key it stands under."""
    excerpt = excerpts.cut(where)
    for number, line in excerpt.lines if excerpt else ():
        yield Content.assemble((f"{number:>5} │ ", QUIET), words(line))
