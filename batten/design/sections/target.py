"""Target: what the hardened project is for, Compose or a swarm stack, and on which engine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from batten.design.sections.reading import only, text, wrong
from batten.model import Project, Value
from batten.review.stacks import why_stack

_FULL_STACK = re.compile(r"full[-_. ]?stack", re.IGNORECASE)


class Target(NamedTuple):
    """What is written for."""

    kind: str = "compose"
    """``compose`` or ``stack``."""
    engine: str = ""
    """Version of the engine, or empty for what is right on all of them."""


def propose(project: Project) -> Target:
    """A stack where the files say that a swarm runs the project; a "full-stack" is none."""
    external = any(config.external for config in project.configs.values())
    why = why_stack(project)
    misnamed = any(_FULL_STACK.search(Path(file).stem) and Path(file).name in why for file in project.files)
    return Target("stack" if external or (why and not misnamed) else "compose")


def dump(target: Target) -> dict[str, str]:
    """Kind, and the engine where one is named."""
    return {"kind": target.kind, **({"engine": target.engine} if target.engine else {})}


def load(value: Value) -> Target:
    """Read back what ``dump`` wrote; raises DesignError for another kind."""
    entry = dict(only(value, {"kind", "engine"}, "target"))
    kind = text(entry.get("kind"), "kind", "compose")
    if kind not in ("compose", "stack"):
        raise wrong(value, f"the target '{kind}' is neither 'compose' nor 'stack'.")
    return Target(kind, text(entry.get("engine"), "engine", ""))
