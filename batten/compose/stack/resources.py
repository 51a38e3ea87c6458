"""Networks, volumes, secrets and configs of a stack."""

from __future__ import annotations

from typing import Any

from batten.compose.stack.attachments import HOST, alone_key, host_key
from batten.compose.stack.places import Plain, Scene, external_name, fits, fitted, said
from batten.model import TreePath

_OVERLAY_OPTIONS = ("encrypted", "com.docker.network.driver.mtu", "com.docker.network.driver.overlay.vxlanid_list")
"""Options that the overlay driver of moby 20.10 to 28.5 reads."""


def networks(scene: Scene, services: Plain) -> Plain:
    """The networks, all of them between nodes, but for the one that a node has anyway."""
    found = {key: _network(scene, key, value or {}) for key, value in scene.networks().items()}
    members = {key for service in services.values() for key in service.get("networks", {})}
    if "default" in members:
        found.setdefault("default", {**_network_name(scene, "default", {}), "driver": "overlay", **_options(scene, "default", {})})
    if (key := host_key(scene)) in members:
        found[key] = {"external": True, "name": HOST}
    alone = [name for name, service in scene.tree["services"].items() if service.get("network_mode") == "none"]
    keys = [alone_key(scene, name) for name in alone]
    return found | {key: {**_network_name(scene, key, {}), "driver": "overlay", "internal": True} for key in keys}


def _network(scene: Scene, key: str, value: Plain) -> Plain:
    path = ("networks", key)
    if value.get("external"):
        scene.ledger.note(path, "networks.external", str(value.get("name") or key))
        return _external(scene, path, value)
    driver = str(value.get("driver") or "")
    if driver not in ("", "overlay"):
        scene.ledger.note((*path, "driver"), "networks.driver", f"{key}, until now of the driver {driver}")
    found: dict[str, Any] = {**_network_name(scene, key, value), "driver": "overlay", **_options(scene, key, value.get("driver_opts") or {})}
    found |= {name: value[name] for name in ("internal", "attachable", "labels") if said(value.get(name)) and value[name] is not False}
    found |= _addresses(scene, key, value.get("ipam") or {})
    if "encrypted" not in found.get("driver_opts", {}):
        scene.ledger.note(("networks", key), "networks.plain", key)
    for name in value:
        if name not in ("name", "driver", "driver_opts", "internal", "attachable", "labels", "ipam", "external") and said(value[name]):
            scene.ledger.note((*path, name), f"networks.{name}", key)
    return found


def _external(scene: Scene, path: TreePath, value: Plain) -> Plain:
    """A network or volume that is made elsewhere: only its name counts."""
    for name in value:
        if name not in ("external", "name") and said(value[name]):
            scene.ledger.note((*path, name), "external", f"{name} of {path[1]}")
    return {"external": True, "name": value.get("name") or path[1]}


def _options(scene: Scene, key: str, options: Plain) -> Plain:
    kept = {name: "" if value is None else str(value) for name, value in options.items() if name in _OVERLAY_OPTIONS}
    for name in options:
        if name not in kept:
            scene.ledger.note(("networks", key, "driver_opts", name), "networks.driver_opts", f"{name} of {key}")
    if key in scene.encrypted:
        kept["encrypted"] = ""
    return {"driver_opts": kept} if kept else {}


def _addresses(scene: Scene, key: str, ipam: Plain) -> Plain:
    """Of each pool only the subnet is taken (docker/cli ``convert/compose.go``)."""
    pools, path = [], ("networks", key, "ipam")
    for index, pool in enumerate(ipam.get("config") or []):
        for name in pool:
            if name != "subnet" and said(pool[name]):
                scene.ledger.note((*path, "config", index, name), "networks.ipam", f"{name} of {key}")
        pools += [{"subnet": pool["subnet"]}] if pool.get("subnet") else []
    if said(ipam.get("options")):
        scene.ledger.note((*path, "options"), "networks.ipam", f"options of {key}")
    driver = {"driver": ipam["driver"]} if ipam.get("driver") not in (None, "", "default") else {}
    found = {**driver, **({"config": pools} if pools else {})}
    return {"ipam": found} if found else {}


def _network_name(scene: Scene, key: str, value: Plain) -> Plain:
    """The name of a network, another one where a swarm refuses its own."""
    name = str(value.get("name") or f"{scene.project}_{key}")
    if fits(name):
        return _own_name(scene, key, value)
    found = fitted(name)
    scene.ledger.note(("networks", key, "name"), "networks.name", f"now {found}")
    return {"name": found}


def _own_name(scene: Scene, key: str, value: Plain) -> Plain:
    """The name of a network or volume, unless it is the one that the stack gives it anyway."""
    name = value.get("name")
    return {"name": name} if name and name != f"{scene.project}_{key}" else {}


def volumes(scene: Scene, services: Plain) -> Plain:
    """The volumes; each lies on the node that its task runs on."""
    found = {}
    for key, value in (scene.tree.get("volumes") or {}).items():
        volume = value or {}
        if volume.get("external"):
            found[key] = _external(scene, ("volumes", key), volume)
            continue
        options = {"driver_opts": {name: str(item) for name, item in volume["driver_opts"].items()}} if said(volume.get("driver_opts")) else {}
        found[key] = {**_own_name(scene, key, volume), **{name: volume[name] for name in ("driver", "labels") if said(volume.get(name))}, **options}
        if volume.get("driver") in (None, "", "local") and not options and any(_floats(service, key) for service in services.values()):
            scene.ledger.note(("volumes", key), "volumes.local", key)
    return found


def _floats(service: Plain, volume: str) -> bool:
    """Whether a service with that volume may be started on any node."""
    held = any(mount.get("type") == "volume" and mount.get("source") == volume for mount in service.get("volumes", []))
    return held and not service.get("deploy", {}).get("placement", {}).get("constraints")


def secrets(scene: Scene, services: Plain) -> Plain:
    """The secrets: the swarm keeps them, under a name with a version, since their values cannot be changed."""
    return {key: _kept_by_swarm(scene, "secrets", key, value or {}) for key, value in (scene.tree.get("secrets") or {}).items()}


def configs(scene: Scene, services: Plain) -> Plain:
    """The configs, as the secrets."""
    return {key: _kept_by_swarm(scene, "configs", key, value or {}) for key, value in (scene.tree.get("configs") or {}).items()}


def _kept_by_swarm(scene: Scene, kind: str, key: str, value: Plain) -> Plain:
    if value.get("external"):
        return {"external": True, "name": value.get("name") or key}
    name = external_name(scene.project, key)
    scene.ledger.note((kind, key), kind, name)
    return {"external": True, "name": name}
