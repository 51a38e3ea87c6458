"""Target: what the hardened project is for, Compose, a swarm stack or both, and on which engine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from batten.design.sections.reading import flag, only, text, wrong
from batten.model import Project, Value
from batten.review.stacks import why_stack

_FULL_STACK = re.compile(r"full[-_. ]?stack", re.IGNORECASE)


COMPOSE, STACK, BOTH = "compose", "stack", "both"


class Target(NamedTuple):
    """What is written for."""

    kind: str = COMPOSE
    """``compose``, ``stack`` or ``both``."""
    engine: str = ""
    """Version of the engine, or empty for what is right on all of them."""
    fresh: bool = False
    """With ``stack``: whether a stack file is written anew. If not, the project's own files are a stack, and the changes go into them."""

    @property
    def own_files(self) -> bool:
        """Whether the project's own files are written, with the changes in them."""
        return self.kind != STACK or not self.fresh

    @property
    def stack_file(self) -> bool:
        """Whether a stack file is written anew."""
        return self.kind == BOTH or (self.kind == STACK and self.fresh)

    @property
    def own_stack(self) -> bool:
        """Whether the project's own files are what a swarm reads."""
        return self.kind == STACK and not self.fresh

    @property
    def version(self) -> tuple[int, ...]:
        """The engine's version as numbers; empty where none is named."""
        return tuple(int(part) for part in self.engine.split(".") if part.isdigit())

    def towards(self, kind: str) -> Target:
        """The same engine, for what somebody asked for by name: a stack file is then written anew."""
        return self._replace(kind=kind, fresh=kind != COMPOSE)


def propose(project: Project) -> Target:
    """A stack where the files say that a swarm runs the project; a "full-stack" is none."""
    external = any(config.external for config in project.configs.values())
    why = why_stack(project)
    misnamed = any(_FULL_STACK.search(Path(file).stem) and Path(file).name in why for file in project.files)
    return Target(STACK if external or (why and not misnamed) else COMPOSE)


def dump(target: Target) -> dict[str, object]:
    """Kind, and the engine where one is named."""
    return {"kind": target.kind, **({"fresh": True} if target.kind == STACK and target.fresh else {}), **({"engine": target.engine} if target.engine else {})}


def load(value: Value) -> Target:
    """Read back what ``dump`` wrote; raises DesignError for another kind."""
    entry = dict(only(value, {"kind", "fresh", "engine"}, "target"))
    kind = text(entry.get("kind"), "kind", COMPOSE)
    if kind not in (COMPOSE, STACK, BOTH):
        raise wrong(value, f"the target '{kind}' is neither 'compose' nor 'stack' nor 'both'.")
    return Target(kind, text(entry.get("engine"), "engine", ""), flag(entry.get("fresh"), "fresh", False) or kind == BOTH)
