"""Plan, apply, read again, prove: a project and a design become a hardened project, or a word about what could not be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from batten.compose.applying import apply
from batten.compose.editing import Refusal
from batten.compose.loader import load
from batten.compose.rewriting import Rewritten, rewrite
from batten.compose.stack import Stack, stack_of
from batten.design import Design
from batten.design.rerouting import rerouted
from batten.errors import BattenError
from batten.model import Change, Project, Risk
from batten.plan import plan


@dataclass(frozen=True, slots=True, repr=False)
class Hardening:
    """A project before and after, and everything that lies between."""

    before: Project
    design: Design
    changes: tuple[Change, ...]
    """What is done."""
    declined: tuple[Change, ...]
    """What the design wants and the accepted risk does not allow."""
    refusals: tuple[Refusal, ...]
    """What could not be written into the user's files, with the reason; it is not done."""
    after: Project
    """The hardened project, read again from the new texts."""
    rewritten: Rewritten
    """The new texts and where they go."""
    home: Path
    """The folder of the hardened project."""
    stack: Stack | None = None
    """The hardened project as a stack file has it, where one is to be written."""


def harden(project: Project, design: Design, *, accept: Risk = Risk.CHECK, into: Path | None = None) -> Hardening:
    """Apply ``design`` to ``project``, in memory.

    Args:
        project: the project as it is.
        design: the target.
        accept: the highest risk that is taken; what is breaking also needs the design's consent.
        into: a folder that the hardened project is to run from; its own folder where None.

    Raises:
        BattenError: the texts cannot be made such that they mean what was intended, or a swarm cannot run a service that is to be in a stack.
    """
    if project.request.fresh and into is not None:
        project = _begun_in(project, into)
    wanted = plan(project, design)
    accepted, declined = _by_risk(wanted, accept, design)
    home = into or project.directory
    changes: tuple[Change, ...] = accepted
    refusals: tuple[Refusal, ...] = ()
    stack = design.target.own_stack
    outcome = _attempt(project, changes, home, stack)
    if isinstance(outcome, str):
        changes, refusals = _without_failures(project, accepted, home, stack)
        outcome = _attempt(project, changes, home, stack)
    if isinstance(outcome, str):
        raise BattenError(f"the files could not be rewritten: {outcome}", hint="Nothing was written.")
    rewritten, after = outcome
    refused = {refusal.change.decision for refusal in rewritten.refusals}
    done = tuple(change for change in changes if change.decision not in refused)
    return Hardening(project, design, done, declined, refusals + rewritten.refusals, after, rewritten, home, _stack(design, after, home))


def _begun_in(project: Project, folder: Path) -> Project:
    """A project that has no files yet, as if it had begun in another folder."""
    request = project.request
    overlay = {str(folder / path.name): project.sources[str(path)].text for path in request.paths}
    return load(request._replace(paths=tuple(folder / path.name for path in request.paths), directory=folder), overlay)


def _stack(design: Design, after: Project, home: Path) -> Stack | None:
    """The hardened project as a stack file has it, where one is wanted; raises BattenError."""
    if not design.target.stack_file:
        return None
    encrypted = {name for name, network in rerouted(after, design).networks.networks.items() if network.encrypted}
    return stack_of(after.tree.plain(), home, engine=design.target.version, encrypted=encrypted)


def _by_risk(changes: Sequence[Change], accept: Risk, design: Design) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """Changes that are done and those that are not; a decision is done whole or not at all."""
    highest: dict[str, Risk] = {}
    for change in changes:
        highest[change.decision] = max(highest.get(change.decision, Risk.SAFE), change.risk, key=lambda risk: risk.level)
    allowed = {
        decision
        for decision, risk in highest.items()
        if risk.level <= accept.level and (risk != Risk.BREAKING or decision in design.consents)
    }  # fmt: skip
    return tuple(change for change in changes if change.decision in allowed), tuple(change for change in changes if change.decision not in allowed)


def _attempt(project: Project, changes: Sequence[Change], home: Path, stack: bool) -> tuple[Rewritten, Project] | str:
    """The new texts and what they mean, or why they do not mean what was intended."""
    try:
        rewritten = rewrite(project, changes, home, named=not stack)
        after = load(rewritten.request(project, home), rewritten.overlay(home))
    except BattenError as error:
        return str(error)
    if stack and rewritten.needs:
        return "it would have to replace what another file says, which a stack file cannot"
    refused = {refusal.change.decision for refusal in rewritten.refusals}
    done = [change for change in changes if change.decision not in refused]
    difference = first_difference(apply(project.tree, done, home), after.tree.plain())
    return (rewritten, after) if difference is None else f"'{difference}' would not be what was intended"


def first_difference(intended: object, found: object, path: str = "") -> str | None:
    """The first place where two plain projects differ; None where they are equal. Values are never part of the answer.

    Extension fields (``x-…``) at the top mean nothing to Compose: a shared place there changes together with its users.
    """
    if isinstance(intended, Mapping) and isinstance(found, Mapping):
        keys = [key for key in {**intended, **found} if key != "x-batten-env-files" and (path or not key.startswith("x-"))]
        missing = next((key for key in keys if key not in intended or key not in found), None)
        if missing is not None:
            return f"{path}{missing}"
        return next((place for key in keys if (place := first_difference(intended[key], found[key], f"{path}{key}."))), None)
    return None if intended == found else path.rstrip(".") or "the project"


def _without_failures(project: Project, changes: Sequence[Change], home: Path, stack: bool) -> tuple[tuple[Change, ...], tuple[Refusal, ...]]:
    """The decisions that can be written together, and refusals for the others: found by halving, so that many decisions cost few attempts."""
    decisions: dict[str, list[Change]] = {}
    for change in changes:
        decisions.setdefault(change.decision, []).append(change)
    good: list[Change] = []
    refusals: list[Refusal] = []
    pending = [list(decisions)] if decisions else []
    while pending:
        names = pending.pop()
        part = [change for name in names for change in decisions[name]]
        outcome = _attempt(project, [*good, *part], home, stack)
        if not isinstance(outcome, str):
            good.extend(part)
        elif len(names) == 1:
            refusals.append(Refusal(part[0], outcome))
        else:
            middle = len(names) // 2
            pending += [names[middle:], names[:middle]]
    return tuple(good), tuple(refusals)
