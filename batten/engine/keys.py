"""One table: which attribute of a container, and of a swarm's service, holds what a compose file says by which key.

Read in both directions: to write what runs as a compose file, and to point from a finding to the attribute that it is about.
Defaults are those of the Docker Engine API 1.41 to 1.51; what an engine fills in by itself is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

_NANOSECONDS = 1_000_000_000
_DEFAULT_SHM = 64 * 1024 * 1024


class Row(NamedTuple):
    """One key."""

    key: str
    """Dotted, below the service."""
    container: str
    """The attribute of a container, or empty."""
    service: str
    """The attribute of a swarm's service, or empty."""
    convert: Callable[[Any], Any]
    """From the attribute's value to the key's; None where it says nothing."""


def _truth(value: Any) -> Any:
    return True if value is True else None


def _given(value: Any) -> Any:
    """A text, a list or a mapping that is not empty."""
    return value or None


def _number(value: Any) -> Any:
    return value if isinstance(value, int) and value not in (0, -1) else None


def _unlimited(value: Any) -> Any:
    """A number for which -1 is an answer."""
    return value if isinstance(value, int) and value != 0 else None


def _cpus(value: Any) -> Any:
    return value / _NANOSECONDS if isinstance(value, int) and value > 0 else None


def _share_of_cpus(value: Any) -> Any:
    found = _cpus(value)
    return None if found is None else f"{found:g}"


def _bytes(value: Any) -> Any:
    return str(value) if isinstance(value, int) and value > 0 else None


def _shm(value: Any) -> Any:
    return value if isinstance(value, int) and value not in (0, _DEFAULT_SHM) else None


def _devices(value: Any) -> Any:
    return [f"{one.get('PathOnHost')}:{one.get('PathInContainer')}:{one.get('CgroupPermissions') or 'rwm'}" for one in value or ()] or None


def _ulimits(value: Any) -> Any:
    return {str(one.get("Name")): {"soft": one.get("Soft"), "hard": one.get("Hard")} for one in value or ()} or None


def _tmpfs(value: Any) -> Any:
    return [f"{path}:{options}" if options else path for path, options in (value or {}).items()] or None


def _logging(value: Any) -> Any:
    driver, options = (value or {}).get("Type") or (value or {}).get("Name"), (value or {}).get("Config") or (value or {}).get("Options")
    if not driver or (driver == "json-file" and not options):
        return None
    return {"driver": driver, **({"options": options} if options else {})}


def _restart(value: Any) -> Any:
    name, most = (value or {}).get("Name"), (value or {}).get("MaximumRetryCount")
    return None if name in (None, "", "no") else f"{name}:{most}" if name == "on-failure" and most else name


def _hosts(value: Any) -> Any:
    """A container has ``name:address``, a swarm's service ``address name …``."""
    found = []
    for entry in value or ():
        address, space, names = str(entry).partition(" ")
        found += [f"{name}={address}" for name in names.split()] if space else ["=".join(str(entry).split(":", 1))]
    return found or None


def _gpus(value: Any) -> Any:
    """Devices such as graphics cards, by number (-1: all of them) or by name."""
    found = []
    for one in value or ():
        names, count = one.get("DeviceIDs") or (), one.get("Count") or 0
        chosen = {"device_ids": list(names)} if names else {"count": "all" if count < 0 else count}
        driver = {"driver": one["Driver"]} if one.get("Driver") else {}
        found.append({**driver, **chosen, "capabilities": list((one.get("Capabilities") or [[]])[0])})
    return found or None


def _runtime(value: Any) -> Any:
    return value if value not in (None, "", "runc", "io.containerd.runc.v2") else None


def _grace(value: Any) -> Any:
    return f"{value}s" if isinstance(value, int) else None


def _restart_policy(value: Any) -> Any:
    return {"condition": value["Condition"]} if (value or {}).get("Condition") else None


def _duration(nanoseconds: int) -> str:
    """A time as Compose writes it, in the largest unit that takes it without a rest."""
    sizes = (("s", _NANOSECONDS), ("ms", 1_000_000), ("us", 1_000))
    return next((f"{nanoseconds // size}{unit}" for unit, size in sizes if nanoseconds % size == 0), f"{nanoseconds}ns")


def health(value: Any) -> Any:
    """A healthcheck, the image's own included; times are nanoseconds."""
    test = (value or {}).get("Test")
    if not test:
        return None
    if test == ["NONE"]:
        return {"disable": True}
    times = {"interval": "Interval", "timeout": "Timeout", "start_period": "StartPeriod"}
    found: dict[str, Any] = {"test": list(test), **{key: _duration(value[name]) for key, name in times.items() if value.get(name)}}
    return {**found, **({"retries": value["Retries"]} if value.get("Retries") else {})}


_INNER, _TASK = "Spec.TaskTemplate.ContainerSpec", "Spec.TaskTemplate"

ROWS: Sequence[Row] = (
    Row("hostname", "", f"{_INNER}.Hostname", _given),
    Row("domainname", "Config.Domainname", "", _given),
    Row("user", "Config.User", f"{_INNER}.User", _given),
    Row("working_dir", "Config.WorkingDir", f"{_INNER}.Dir", _given),
    Row("privileged", "HostConfig.Privileged", "", _truth),
    Row("read_only", "HostConfig.ReadonlyRootfs", f"{_INNER}.ReadOnly", _truth),
    Row("cap_add", "HostConfig.CapAdd", f"{_INNER}.CapabilityAdd", _given),
    Row("cap_drop", "HostConfig.CapDrop", f"{_INNER}.CapabilityDrop", _given),
    Row("uts", "HostConfig.UTSMode", "", _given),
    Row("userns_mode", "HostConfig.UsernsMode", "", _given),
    Row("cgroup_parent", "HostConfig.CgroupParent", "", _given),
    Row("devices", "HostConfig.Devices", "", _devices),
    Row("device_cgroup_rules", "HostConfig.DeviceCgroupRules", "", _given),
    Row("group_add", "HostConfig.GroupAdd", "", _given),
    Row("tmpfs", "HostConfig.Tmpfs", "", _tmpfs),
    Row("sysctls", "HostConfig.Sysctls", f"{_INNER}.Sysctls", _given),
    Row("extra_hosts", "HostConfig.ExtraHosts", f"{_INNER}.Hosts", _hosts),
    Row("dns", "HostConfig.Dns", f"{_INNER}.DNSConfig.Nameservers", _given),
    Row("dns_search", "HostConfig.DnsSearch", f"{_INNER}.DNSConfig.Search", _given),
    Row("dns_opt", "HostConfig.DnsOptions", f"{_INNER}.DNSConfig.Options", _given),
    Row("init", "HostConfig.Init", f"{_INNER}.Init", _truth),
    Row("tty", "Config.Tty", f"{_INNER}.TTY", _truth),
    Row("stdin_open", "Config.OpenStdin", f"{_INNER}.OpenStdin", _truth),
    Row("stop_signal", "Config.StopSignal", f"{_INNER}.StopSignal", _given),
    Row("stop_grace_period", "Config.StopTimeout", "", _grace),
    Row("runtime", "HostConfig.Runtime", "", _runtime),
    Row("restart", "HostConfig.RestartPolicy", "", _restart),
    Row("mem_limit", "HostConfig.Memory", "", _number),
    Row("mem_reservation", "HostConfig.MemoryReservation", "", _number),
    Row("cpus", "HostConfig.NanoCpus", "", _cpus),
    Row("cpu_shares", "HostConfig.CpuShares", "", _number),
    Row("cpuset", "HostConfig.CpusetCpus", "", _given),
    Row("pids_limit", "HostConfig.PidsLimit", "", _unlimited),
    Row("oom_kill_disable", "HostConfig.OomKillDisable", "", _truth),
    Row("oom_score_adj", "HostConfig.OomScoreAdj", "", _unlimited),
    Row("shm_size", "HostConfig.ShmSize", "", _shm),
    Row("ulimits", "HostConfig.Ulimits", f"{_INNER}.Ulimits", _ulimits),
    Row("logging", "HostConfig.LogConfig", f"{_TASK}.LogDriver", _logging),
    Row("healthcheck", "Config.Healthcheck", f"{_INNER}.Healthcheck", health),
    Row("deploy.resources.limits.cpus", "", f"{_TASK}.Resources.Limits.NanoCPUs", _share_of_cpus),
    Row("deploy.resources.limits.memory", "", f"{_TASK}.Resources.Limits.MemoryBytes", _bytes),
    Row("deploy.resources.limits.pids", "", f"{_TASK}.Resources.Limits.Pids", _number),
    Row("deploy.resources.reservations.devices", "HostConfig.DeviceRequests", "", _gpus),
    Row("deploy.restart_policy", "", f"{_TASK}.RestartPolicy", _restart_policy),
    Row("deploy.placement.constraints", "", f"{_TASK}.Placement.Constraints", _given),
)

_ELSEWHERE: Mapping[str, tuple[str, str]] = {
    "image": ("Config.Image", f"{_INNER}.Image"),
    "command": ("Config.Cmd", f"{_INNER}.Args"),
    "entrypoint": ("Config.Entrypoint", f"{_INNER}.Command"),
    "environment": ("Config.Env", f"{_INNER}.Env"),
    "labels": ("Config.Labels", f"{_INNER}.Labels"),
    "hostname": ("Config.Hostname", f"{_INNER}.Hostname"),
    "container_name": ("Name", "Spec.Name"),
    "ports": ("HostConfig.PortBindings", "Spec.EndpointSpec.Ports"),
    "expose": ("Config.ExposedPorts", ""),
    "volumes": ("Mounts", f"{_INNER}.Mounts"),
    "volumes_from": ("HostConfig.VolumesFrom", ""),
    "networks": ("NetworkSettings.Networks", f"{_TASK}.Networks"),
    "network_mode": ("HostConfig.NetworkMode", f"{_TASK}.Networks"),
    "secrets": ("Mounts", f"{_INNER}.Secrets"),
    "configs": ("Mounts", f"{_INNER}.Configs"),
    "security_opt": ("HostConfig.SecurityOpt", f"{_INNER}.Privileges"),
    "pid": ("HostConfig.PidMode", ""),
    "ipc": ("HostConfig.IpcMode", ""),
    "cgroup": ("HostConfig.CgroupnsMode", ""),
    "depends_on": ("Config.Labels.com.docker.compose.depends_on", ""),
    "deploy": ("Id", "Spec"),
    "deploy.replicas": ("Config.Labels.com.docker.compose.container-number", "Spec.Mode.Replicated.Replicas"),
    "deploy.labels": ("Config.Labels", "Spec.Labels"),
    "deploy.mode": ("", "Spec.Mode"),
}
"""Keys that take more than one attribute to work out."""


def _paths() -> Mapping[str, tuple[str, str]]:
    return {**{row.key: (row.container, row.service) for row in ROWS}, **_ELSEWHERE}


def attribute(kind: str, key: str) -> str:
    """The attribute of a ``container`` or a ``service`` that holds a key, or the nearest key around it; empty where none does."""
    known, side = _paths(), 1 if kind == "service" else 0
    while key:
        if key in known and known[key][side]:
            return known[key][side]
        key = key.rpartition(".")[0]
    return ""


def settled(kind: str, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """The keys that these settings are written by, nested as a compose file has them."""
    found: dict[str, Any] = {}
    for row in ROWS:
        value = row.convert(_look(settings, row.service if kind == "service" else row.container))
        if value is not None:
            _put(found, row.key.split("."), value)
    return found


def _look(settings: Mapping[str, Any], name: str) -> Any:
    """The value of an attribute; settings are flat down to their second last level or so, and nested below."""
    if name in settings or not name:
        return settings.get(name)
    head, dot, last = name.rpartition(".")
    outer = _look(settings, head) if dot else None
    return outer.get(last) if isinstance(outer, Mapping) else None


def _put(target: dict[str, Any], path: Sequence[str], value: Any) -> None:
    for step in path[:-1]:
        target = target.setdefault(step, {})
    target[path[-1]] = value
