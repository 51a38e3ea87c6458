"""A session: a project, the design that is being decided, and what each decision would do. Screens, plain mode and commands are shells over it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from batten.compose import load_project
from batten.compose.loader import load
from batten.design import Design, beginning, file
from batten.design.proposal import propose
from batten.design.sections.tiers import plain
from batten.design.sidecars import needed
from batten.errors import BattenError
from batten.hardening import Hardening, harden
from batten.model import GeneratedFile, Project, Risk
from batten.reach import Reach, predict
from batten.review.finding import Finding
from batten.review.runner import review


@dataclass(frozen=True, slots=True)
class Decision:
    """A design as it was before a decision, and what was decided."""

    design: Design
    label: str


class Before:
    """Findings and paths of a project as it is, in view of those parts of a design that say what it is for and what it needs."""

    def __init__(self, project: Project, design: Design) -> None:
        self.project = project
        self.design = design

    def holds(self, project: Project, design: Design) -> bool:
        """Whether it is the same for another design."""
        ours, theirs = ((one.ignore, one.tiers, one.connections, one.mtls) for one in (self.design, design))
        return project is self.project and ours == theirs

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What a review finds."""
        return review(self.project, keeps=self.design.ignore, tiers=plain(self.design.tiers), connections=self.design.connections)

    @cached_property
    def reach(self) -> Reach:
        """Who can reach whom."""
        return predict(self.project, connections=needed(self.project, self.design), tiers=plain(self.design.tiers))


class Outcome:
    """What a design does to a project: findings and paths before and after. Each part is worked out when first asked for."""

    def __init__(self, project: Project, design: Design, accept: Risk, before: Before | None = None) -> None:
        self.project = project
        self.design = design
        self.accept = accept
        self._before = before or Before(project, design)

    @cached_property
    def hardening(self) -> Hardening:
        """The changes and the hardened project; raises BattenError where it cannot be made."""
        return harden(self.project, self.design, accept=self.accept)

    @property
    def findings_before(self) -> tuple[Finding, ...]:
        """What a review finds in the project as it is."""
        return self._before.findings

    @cached_property
    def findings_after(self) -> tuple[Finding, ...]:
        """What a review would find in the hardened project; what the design keeps is there as suppressed."""
        after = self.hardening.after
        return review(after, keeps=self.design.suppressions, tiers=plain(self.design.tiers), connections=needed(after, self.design))

    @property
    def reach_before(self) -> Reach:
        """Who can reach whom now."""
        return self._before.reach

    @cached_property
    def reach_after(self) -> Reach:
        """Who could reach whom afterwards."""
        after = self.hardening.after
        return predict(after, connections=needed(after, self.design), tiers=plain(self.design.tiers))


@dataclass(frozen=True)
class Session:
    """The whole state of the assistant. Immutable: every step returns another one."""

    project: Project
    design: Design
    accept: Risk = Risk.CHECK
    """The highest risk that the preview and the export take."""
    past: tuple[Decision, ...] = ()
    future: tuple[Decision, ...] = ()
    saved: bool = True
    """Whether the design is as it was last saved."""
    _outcomes: dict[Risk, Outcome] = field(default_factory=dict, compare=False, repr=False)
    _before: list[Before] = field(default_factory=list, compare=False, repr=False)
    """What was worked out last of the project as it is: most decisions change nothing about that, so the sessions after this one share it."""

    @classmethod
    def begin(cls, folder: Path, design: Path | None = None) -> Session:
        """A session in a folder without a compose file, on a design: the named one, the one in the folder, else an example to change.

        Raises:
            InputError, DesignError: the design cannot be read, or is none to begin with.
        """
        path = design or file.beside(folder)
        wanted = file.read(path) if path is not None else beginning.example()
        project = beginning.project(folder, wanted.services)
        return cls(project, beginning.completed(wanted, project))

    @property
    def begins(self) -> bool:
        """Whether there is no compose file yet, and the project is what the design says of its services."""
        return self.project.request.fresh

    @classmethod
    def open(cls, paths: Sequence[Path], **options: object) -> Session:
        """A session on compose files; with the design that lies beside them, else the proposed one. Options as ``load_project``'s.

        Raises:
            InputError: the project or its design cannot be read.
        """
        project = load_project(paths, **options)  # type: ignore[arg-type]
        return cls(project, design_for(project))

    def decide(self, design: Design, label: str) -> Session:
        """The session after a decision; nothing happens where the design is the same."""
        if design == self.design:
            return self
        return self._with(design, past=(*self.past, Decision(self.design, label)), future=())

    def _with(self, design: Design, past: tuple[Decision, ...], future: tuple[Decision, ...]) -> Session:
        """The session with another design; a project that begins with its design follows it."""
        project = self.project
        if self.begins and design.services != self.design.services:
            project = beginning.project(project.directory, design.services, project.name)
        return replace(self, project=project, design=design, past=past, future=future, saved=False, _outcomes={})

    def undo(self) -> Session:
        """The session before the last decision; itself where there was none."""
        if not self.past:
            return self
        last = self.past[-1]
        return self._with(last.design, self.past[:-1], (*self.future, Decision(self.design, last.label)))

    def redo(self) -> Session:
        """The session with the last undone decision back."""
        if not self.future:
            return self
        following = self.future[-1]
        return self._with(following.design, (*self.past, Decision(self.design, following.label)), self.future[:-1])

    def accepting(self, risk: Risk) -> Session:
        """The session with another highest risk."""
        return replace(self, accept=risk)

    def outcome(self, accept: Risk | None = None) -> Outcome:
        """What the design does when changes up to ``accept`` are taken (the session's own where None); kept once worked out."""
        risk = accept or self.accept
        if risk not in self._outcomes:
            if not self._before or not self._before[0].holds(self.project, self.design):
                self._before[:] = [Before(self.project, self.design)]
            self._outcomes[risk] = Outcome(self.project, self.design, risk, self._before[0])
        return self._outcomes[risk]

    def reload(self) -> Session:
        """The session on the files as they are now, the design as it is; raises InputError."""
        if self.begins:
            return replace(self, project=beginning.project(self.project.directory, self.design.services, self.project.name), _outcomes={})
        return replace(self, project=load(self.project.request), _outcomes={})

    def autosave(self) -> Session:
        """Keep the design in the user's state folder, so that nothing is lost when the terminal closes; it holds no values."""
        from batten.files import write_all

        path = autosave_path(self.project)
        content = file.dump(self.design).encode()
        write_all([GeneratedFile(path.name, content, 0o600, True, "the design in progress")], path.parent, force=True)
        return replace(self, saved=True)


def design_for(project: Project) -> Design:
    """The design beside the project's compose file, else the proposed one; raises InputError or DesignError."""
    path = file.beside(project.directory)
    return file.read(path) if path is not None else propose(project)


def autosave_path(project: Project) -> Path:
    """Where the design in progress for this project is kept: one file for each set of compose files."""
    digest = hashlib.sha256("\0".join(project.files).encode()).hexdigest()[:16]
    return state_folder() / f"{project.name}-{digest}.yaml"


def state_folder() -> Path:
    """Where batten keeps what belongs to the user and to no project."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "batten"


__all__ = ["BattenError", "Decision", "Outcome", "Session", "autosave_path", "design_for", "state_folder"]
