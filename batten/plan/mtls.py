"""Changes that bring in the sidecars of mutual TLS, with their configurations and certificates."""

from __future__ import annotations

from collections.abc import Iterator

from batten.design import Design
from batten.design.sections.mtls import ENVOY
from batten.design.sidecar_obstacles import config_name
from batten.design.sidecars import FOLDER, Sidecar, aliases, members, private_network, sidecars
from batten.model import Action, Change, Project, Risk
from batten.plan.networks import DECISION

USER = "101"
"""User and group of the sidecars: ``nginx`` in the official image, by its Dockerfile. Neither proxy needs to be a certain user."""
CONFIG = {False: "/etc/nginx/mtls.conf", True: "/etc/envoy/mtls.yaml"}
"""Where a sidecar finds its configuration; by whether it is Envoy."""
_MEMORY = str(128 * 1024 * 1024)
_LISTENING = " 00000000:0000 0A "
"""How ``/proc/net/tcp`` ends the address of a socket that listens (proc_pid_net(5), include/net/tcp_states.h)."""


def changes(project: Project, design: Design) -> Iterator[Change]:
    """The sidecars, their configurations and the secrets that hold their certificates, where they are not there yet.

    They belong to the decision about the networks: either a service is cut off and has its sidecar, or neither.
    """
    for service in members(design.mtls):
        yield from _certificates(project, service)
    for sidecar in sidecars(design.mtls):
        yield from _sidecar(project, design, sidecar)


def _certificates(project: Project, service: str) -> Iterator[Change]:
    for part, (name, file) in secret_files(service).items():
        if name not in project.secrets:
            why = f"By these {service} proves who it is and checks the other side; {FOLDER}/make-certs.sh makes them."
            yield _change(f"mtls.{service}.{part}", ("secrets", name), {"file": f"./{FOLDER}/certs/{file}"}, why)


def secret_files(service: str) -> dict[str, tuple[str, str]]:
    """For each part of a service's identity the name of its secret and its file below ``mtls/certs``."""
    return {part: (f"mtls_{service}_{part}", f"{service}/{part}.pem") for part in ("ca", "cert", "key")}


def _sidecar(project: Project, design: Design, sidecar: Sidecar) -> Iterator[Change]:
    config = config_name(sidecar)
    told = _told(sidecar)
    if config not in project.configs:
        yield _change(f"mtls.{sidecar.name}.config", ("configs", config), {"file": f"./{config_file(design, sidecar)}"}, told)
    if sidecar.name not in project.services:
        yield _change(f"mtls.{sidecar.name}", ("services", sidecar.name), _service(project, design, sidecar), told, comment=_comment(sidecar))


def config_file(design: Design, sidecar: Sidecar) -> str:
    """Where a sidecar's configuration lies in an export."""
    return f"{FOLDER}/{design.mtls.proxy}/{sidecar.name}.{'yaml' if design.mtls.proxy == ENVOY else 'conf'}"


def _change(id: str, path: tuple[str, ...], value: dict[str, object], why: str, comment: str = "") -> Change:
    return Change(id, path, Action.SET, value, comment, why, Risk.CHECK, DECISION)


def _told(sidecar: Sidecar) -> str:
    ports = ", ".join(map(str, sidecar.ports))
    if sidecar.inbound:
        callers = " and ".join(link.source for link in sidecar.links)
        return f"{sidecar.app} is reached by {callers} through this sidecar alone: it asks for their certificates and hands plain text on (port {ports})."
    link = sidecar.links[0]
    return f"{link.source} finds it under the name of {link.target}: it speaks TLS to the sidecar of {link.target} and checks who that is (port {ports})."


def _comment(sidecar: Sidecar) -> str:
    return f"takes mutual TLS in for {sidecar.app}" if sidecar.inbound else f"speaks mutual TLS to {sidecar.links[0].target} for {sidecar.app}"


def _service(project: Project, design: Design, sidecar: Sidecar) -> dict[str, object]:
    envoy = design.mtls.proxy == ENVOY
    stack = design.target.own_stack
    profiles = project.services[sidecar.app].profiles
    return {
        "image": design.mtls.reference,
        "entrypoint": _envoy() if envoy else _nginx(),
        "user": f"{USER}:{USER}",
        "read_only": True,
        "cap_drop": ["ALL"],
        **({} if stack else {"security_opt": ["no-new-privileges:true"], "restart": "unless-stopped"}),
        **({"profiles": list(profiles)} if profiles and not stack else {}),
        "networks": _memberships(project, design, sidecar),
        "secrets": [{"source": name, "target": f"/run/secrets/{name}"} for name, _ in secret_files(sidecar.app).values()],
        "configs": [{"source": config_name(sidecar), "target": CONFIG[envoy]}],
        "healthcheck": {"test": ["CMD-SHELL", _health(sidecar, envoy)], "interval": "10s", "timeout": "10s", "retries": 3, "start_period": "5s"},
        "deploy": {"resources": {"limits": {"memory": _MEMORY}}},
    }


def _nginx() -> list[str]:
    return ["nginx", "-e", "stderr", "-c", CONFIG[False], "-g", "daemon off;"]


def _envoy() -> list[str]:
    return ["envoy", "-c", CONFIG[True], "--disable-hot-restart", "--log-level", "warning"]


def _health(sidecar: Sidecar, envoy: bool) -> str:
    """It listens on every port, and its configuration and certificates can still be loaded.

    A swarm finds a task by name only once its test has passed (measured on 20.10.24), hence the short interval.
    """
    tests = [f"grep -q ':{port:04X}{_LISTENING}' /proc/net/tcp" for port in sidecar.ports]
    return " && ".join(tests if envoy else [f"nginx -t -q -e stderr -c {CONFIG[False]}", *tests])


def _memberships(project: Project, design: Design, sidecar: Sidecar) -> dict[str, object]:
    """Its networks: the caller's sidecar bears the callee's names towards the caller, the callee's sidecar towards the others."""
    target = sidecar.links[0].target
    towards = {sidecar.shared: (target,)} if sidecar.inbound else {private_network(sidecar.app): aliases(project, sidecar)}
    return {name: {"aliases": list(towards[name])} if name in towards else None for name in design.networks.of(sidecar.name)}
