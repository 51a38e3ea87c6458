"""From a resolved project to the model of a stack file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import Any, NamedTuple

from batten.compose.stack.attachments import service_key
from batten.compose.stack.losses import Ledger, Loss
from batten.compose.stack.places import Plain, Scene, said
from batten.compose.stack.resources import configs, networks, secrets, volumes
from batten.compose.stack.services import service
from batten.errors import BattenError

_RESOURCES = {"networks": networks, "volumes": volumes, "secrets": secrets, "configs": configs}


class Stack(NamedTuple):
    """A project as a stack file has it."""

    model: Mapping[str, Any]
    """Plain data in the order in which it is written."""
    losses: tuple[Loss, ...]
    own_names: Mapping[str, str] = {}
    """What a service of the model is called in the project, where a swarm refused that."""


def stack_of(tree: Plain, home: Path, *, engine: tuple[int, ...] = (), encrypted: Set[str] = frozenset()) -> Stack:
    """What a stack file says of a project.

    Args:
        tree: the resolved project as plain data.
        home: the folder of the stack file; what lies below it is written relative to it.
        engine: the engine's version, where it is known; without it nothing is written that Docker 20.10 refuses.
        encrypted: networks whose traffic between nodes is to be encrypted.

    Raises:
        BattenError: a service cannot be in a stack.
    """
    scene = Scene(tree, home, engine, frozenset(encrypted), Ledger())
    _refuse(tree)
    services = {service_key(scene, name): service(scene, name, value) for name, value in tree["services"].items()}
    found = {kind: translate(scene, services) for kind, translate in _RESOURCES.items()}
    _around(scene)
    version = ".".join(map(str, scene.ledger.version))
    model = {"version": version, "services": services, **{kind: value for kind, value in found.items() if value}}
    own_names = {key: name for name in tree["services"] if (key := service_key(scene, name)) != name}
    return Stack(model, tuple(scene.ledger.losses), own_names)


def _refuse(tree: Plain) -> None:
    """Services that share another one's network, or that no image makes, cannot be tasks of a swarm."""
    found = list(_impossible(tree["services"]))
    if found:
        names = "; ".join(f"'{name}' ({reason})" for name, reason in found)
        hint = "A swarm has no pods: give each of them a network of its own, put both programs into one image, or leave them to Compose (--target compose)."
        raise BattenError(f"a swarm cannot run {names}.", hint=hint)


def _impossible(services: Plain) -> Iterator[tuple[str, str]]:
    for name, value in services.items():
        mode = str(value.get("network_mode") or "")
        if mode.startswith(("service:", "container:")):
            yield name, f"network_mode: {mode}"
        elif said(value.get("provider")):
            yield name, "a provider makes it, not an image"


def _around(scene: Scene) -> None:
    """Keys at the top that a stack file has not."""
    for key, value in scene.tree.items():
        if key in ("services", *_RESOURCES) or not said(value):
            continue
        scene.ledger.note((key,), "x-" if key.startswith("x-") else key, scene.project if key == "name" else "")
