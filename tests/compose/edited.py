"""Changes made by hand, and what they do to the user's text: the lines that differ, after proof that they mean what was meant."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Iterable
from pathlib import Path

from batten.compose.applying import apply
from batten.compose.loader import load
from batten.compose.rewriting import Rewritten, rewrite
from batten.hardening import first_difference
from batten.model import Action, Change, Project


def moved(service: str, variable: str, secret: str, *, decision: str = "", instead: str = "") -> list[Change]:
    """The changes that turn a variable of a service into the name of a secret's file."""
    name = decision or f"secrets.{service}.{variable}"
    environment = ("services", service, "environment")
    return [
        Change(f"{name}.file", ("secrets", secret), Action.SET, {"file": f"./secrets/{secret}"}, decision=name),
        Change(f"{name}.mount", ("services", service, "secrets"), Action.APPEND, {"source": secret, "target": f"/run/secrets/{secret}"}, decision=name),
        Change(f"{name}.variable", (*environment, instead or f"{variable}_FILE"), Action.SET, f"/run/secrets/{secret}", decision=name),
        Change(f"{name}.remove", (*environment, variable), Action.REMOVE, decision=name),
    ]


def bound(service: str, address: str, *indices: int) -> list[Change]:
    """The changes that bind published ports of a service to one address of the host."""
    return [
        Change(f"published.{service}.{index}", ("services", service, "ports", index, "host_ip"), Action.SET, address, decision=f"published.{service}.{index}")
        for index in indices or (0,)
    ]


def dropped(*services: str, capability: str = "NET_RAW") -> list[Change]:
    """The changes that take a capability from services."""
    return [
        Change(f"privileges.{one}", ("services", one, "cap_drop"), Action.APPEND, capability, decision=f"privileges.{one}") for one in services
    ]  # fmt: skip


def placed(project: Project, memberships: dict[str, list[str]], internal: Iterable[str] = ()) -> list[Change]:
    """The changes that put services on networks, made where they are not there."""
    networks = dict.fromkeys(name for names in memberships.values() for name in names)
    made = [
        Change(f"networks.{name}", ("networks", name), Action.SET, {"internal": True} if name in set(internal) else {}, decision="networks")
        for name in networks
        if name not in project.networks
    ]
    closed = [
        Change(f"networks.{name}.internal", ("networks", name, "internal"), Action.SET, True, decision="networks")
        for name in internal
        if name in project.networks
    ]
    joined = []
    for service, names in memberships.items():
        current = project.value(("services", service, "networks"))
        kept = current.plain() if current is not None else {}
        value = {name: kept.get(name) for name in names}
        joined.append(Change(f"networks.{service}", ("services", service, "networks"), Action.SET, value, decision="networks"))
    return [*made, *closed, *joined]


def written(project: Project, changes: list[Change], home: Path | None = None) -> Rewritten:
    """The new texts, after proof that they resolve to the intended project; what was refused is not intended."""
    target = home or project.directory
    rewritten = rewrite(project, changes, target)
    refused = {refusal.change.decision for refusal in rewritten.refusals}
    done = [change for change in changes if change.decision not in refused]
    after = load(rewritten.request(project, target), rewritten.overlay(target))
    assert first_difference(apply(project.tree, done, target), after.tree.plain()) is None
    return rewritten


def text_of(rewritten: Rewritten, name: str = "compose.yaml") -> str:
    """The new text of one file."""
    return next(file.text for file in rewritten.files if file.path == name)


def lines_changed(project: Project, changes: list[Change], name: str = "compose.yaml") -> list[str]:
    """The lines that go (``-``) and come (``+``) in one file, line ends included in the comparison; nothing may be refused."""
    rewritten = written(project, changes)
    assert not rewritten.refusals, [refusal.reason for refusal in rewritten.refusals]
    return difference(project, rewritten, name)


def difference(project: Project, rewritten: Rewritten, name: str = "compose.yaml") -> list[str]:
    """The lines that go and come in one file of a rewriting; nothing where it stays as it is."""
    old = project.sources[str(project.directory / name)].text
    new = next((file.text for file in rewritten.files if file.path == name), old)
    lines = difflib.ndiff(old.splitlines(keepends=True), new.splitlines(keepends=True))
    return [line[0] + line[2:].rstrip("\n") for line in lines if line[0] in "+-"]


def refusals(project: Project, changes: list[Change]) -> list[str]:
    """Why changes are refused; everything else must still be right."""
    return [refusal.reason for refusal in written(project, changes).refusals]


def block(text: str) -> str:
    """A text as it stands in a test, without the indentation of the test and without its first line end."""
    return textwrap.dedent(text.removeprefix("\n"))


WRITTEN_FOR_IT = ["+    secrets:", "+      - pw", "+", "+secrets:", "+  pw:", "+    file: ./secrets/pw"]
"""The lines that come for a first secret ``pw``, beside the variable."""
