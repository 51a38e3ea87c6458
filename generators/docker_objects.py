"""``docker-objects.sh``: the networks, secrets and configs of a stack as plain ``docker`` commands, for whoever works without a compose file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from batten.compose.stack.mounts import written_path
from batten.hardening import Hardening
from batten.model import GeneratedFile
from generators.host_rendering import PROGRAM, text_of

NAME = "docker-objects.sh"


class Kept(NamedTuple):
    """A secret or config that the swarm is to keep."""

    name: str
    """Its name in the swarm, with the version."""
    file: str
    """The file that holds it, relative to the script; empty where the project has none."""


def files(hardening: Hardening) -> Iterator[GeneratedFile]:
    """The script, where a stack file is written or a project begins; the contents of configs that stand in the project's files become files."""
    if hardening.stack is None:
        if hardening.before.request.fresh:
            yield _script(hardening, _plain_networks(hardening), (), ())
        return
    yield _script(hardening, _networks(hardening), kept(hardening, "secrets"), kept(hardening, "configs"))
    for key, config in _own(hardening, "configs").items():
        content = (hardening.after.tree.get("configs", key, "content") or hardening.after.tree).plain()
        if config and isinstance(content, str):
            yield GeneratedFile(f"configs/{key}", content.encode(), 0o600, sensitive=True, purpose=f"the content of the config {key}")


def _script(hardening: Hardening, networks: Sequence[tuple[str, tuple[str, ...]]], secrets: Sequence[Kept], configs: Sequence[Kept]) -> GeneratedFile:
    swarm = hardening.stack is not None
    text = text_of("objects.sh.j2", project=hardening.after.name, networks=networks, secrets=secrets, configs=configs, swarm=swarm)
    return GeneratedFile(NAME, text.encode(), PROGRAM, purpose=f"makes the networks{', secrets and configs of the stack' if swarm else ''} by hand")


def _own(hardening: Hardening, kind: str) -> Mapping[str, Mapping[str, Any]]:
    """Secrets or configs of the stack that are made for it, and not by somebody else."""
    assert hardening.stack is not None
    entries: Mapping[str, Mapping[str, Any]] = hardening.stack.model.get(kind, {})
    before = hardening.after.tree.get(kind)
    return {key: entry for key, entry in entries.items() if before is None or (before.get(key, "external") or before).data is not True}


def kept(hardening: Hardening, kind: str) -> list[Kept]:
    """The secrets or configs (``kind``) that the stack needs and that nobody else makes."""
    found = []
    for key, entry in _own(hardening, kind).items():
        written = hardening.after.tree.get(kind, key, "file")
        inline = hardening.after.tree.get(kind, key, "content")
        file = written_path(str(written.data), hardening.home) if written is not None else f"./configs/{key}" if inline is not None else ""
        found.append(Kept(str(entry["name"]), file))
    return found


def _networks(hardening: Hardening) -> list[tuple[str, tuple[str, ...]]]:
    """Each network of the stack that is its own, with the options of ``docker network create``."""
    assert hardening.stack is not None
    networks: Mapping[str, Mapping[str, Any]] = hardening.stack.model.get("networks", {})
    return [(str(one.get("name") or f"{hardening.after.name}_{key}"), _options(one)) for key, one in networks.items() if not one.get("external")]


def _plain_networks(hardening: Hardening) -> list[tuple[str, tuple[str, ...]]]:
    """Each network of a project that begins, for one host: whoever starts containers by hand puts them on these."""
    own = [network for network in hardening.after.networks.values() if network.used and not network.external]
    return [(network.name, ("--driver", network.driver or "bridge", *(["--internal"] if network.internal else []))) for network in own]


def _options(network: Mapping[str, Any]) -> tuple[str, ...]:
    """Options of ``docker network create``; attachable, so that containers outside of the swarm's services can join where that is wanted."""
    found = ["--driver", "overlay"]
    found += [flag for key, flag in (("internal", "--internal"), ("attachable", "--attachable")) if network.get(key)]
    for name, value in (network.get("driver_opts") or {}).items():
        found += ["--opt", f"{name}={value}" if value else name]
    for pool in (network.get("ipam") or {}).get("config", ()):
        found += ["--subnet", str(pool["subnet"])]
    for name, value in (network.get("labels") or {}).items():
        found += ["--label", f"{name}={value}"]
    return tuple(found)
