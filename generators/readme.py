"""``README.md`` of a project in a new folder: what was done, what was not, what to run next and how to undo it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import assets
from batten.design.sections.sockets import BY_HAND, PROXY, SocketUse
from batten.design.socket_needs import place_of_endpoint
from batten.hardening import Hardening
from batten.knowledge.sockets import powers_of, shown_by
from batten.model import Change, GeneratedFile, Risk
from batten.report.plans import TITLES, how_to_accept, moved_secrets, section_of, sentences
from batten.report.secrets import ways
from batten.report.stack import HEADINGS, told
from batten.report.terminal import plain
from batten.report.veil import IN_WORDS, veil_of
from generators import docker_objects, firewall, stack
from generators.ignores import open_contexts
from generators.markdown import code, prose
from generators.rights import rights_facts

if TYPE_CHECKING:
    import jinja2

TEMPLATE = "templates/readme.md.j2"


def files(hardening: Hardening) -> Iterator[GeneratedFile]:
    """The page, unless the project stays in its own folder."""
    if hardening.home != hardening.before.directory or hardening.before.request.fresh:
        text = _template().render(**_facts(hardening))
        yield GeneratedFile("README.md", text.encode(), purpose="what was done and what to do next")


@cache
def _template() -> jinja2.Template:
    import jinja2

    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, autoescape=False)
    environment.filters.update(prose=prose, code=code)
    return environment.from_string(assets.path(TEMPLATE).read_text(encoding="utf-8"))


def commands(hardening: Hardening, folder: str = "") -> tuple[str, ...]:
    """What to run next: start the project and review it, from inside its folder or, with ``folder``, from where one is."""
    base = f"{folder.rstrip('/')}/" if folder else ""
    names = [shlex.quote(base + name) for name in hardening.rewritten.compose]
    if hardening.design.target.own_stack:
        start = f"docker stack deploy {' '.join(f'-c {name}' for name in names)} {shlex.quote(hardening.after.name)}"
    else:
        found_alone = hardening.rewritten.compose == ("compose.yaml",) and not folder
        start = "docker compose " + ("" if found_alone else " ".join(f"-f {name}" for name in names) + " ") + "up -d"
    if not hardening.design.target.own_files:
        return ()
    several = len(names) > 1
    review = "batten review" + (" " + " ".join(f"-f {name}" for name in names) if several else f" {shlex.quote(folder)}" if folder else "")
    return start, review


def certificate_commands(hardening: Hardening, folder: str = "") -> tuple[str, ...]:
    """What makes the certificates of mutual TLS, before anything starts; nothing where no new connection speaks it."""
    base = f"{folder.rstrip('/')}/" if folder else ""
    wanted = any(section_of(change) == "mtls" for change in hardening.changes)
    return (f"sh {shlex.quote(f'{base}mtls/make-certs.sh')} --ca ~/mtls-ca all",) if wanted else ()


def firewall_commands(hardening: Hardening, folder: str = "") -> tuple[str, ...]:
    """What shows the firewall's rules on the host; nothing where the design has none."""
    base = f"{folder.rstrip('/')}/" if folder else ""
    return (f"sudo sh {shlex.quote(base + firewall.PATHS[0])} --dry-run apply",) if hardening.design.firewall.wanted else ()


def stack_commands(hardening: Hardening, folder: str = "") -> tuple[str, ...]:
    """What brings the fresh stack file into a swarm; nothing where there is none."""
    if hardening.stack is None:
        return ()
    base = f"{folder.rstrip('/')}/" if folder else ""
    kinds = [kind for kind in ("secrets", "configs") if docker_objects.kept(hardening, kind)]
    made = (f"sh {shlex.quote(base + docker_objects.NAME)} {' '.join(kinds)}",) if kinds else ()
    return (*made, *stack.deploy_commands(hardening, folder))


def undoing(hardening: Hardening) -> tuple[str, ...]:
    """What brings the original back, from anywhere."""
    before = hardening.before
    if not hardening.design.target.own_files:
        return (f"docker stack rm {shlex.quote(before.name)}",)
    if before.request.fresh:
        return ("docker compose down",)
    files = before.files
    name = shlex.quote(before.name)
    if hardening.design.target.own_stack:
        start = f"docker stack deploy {_options('-c', files)} {name}"
    else:
        env = _options("--env-file", map(str, before.request.env_files))
        start = " ".join(part for part in ("docker compose", f"-p {name}", _options("-f", files), env, "up -d --remove-orphans") if part)
    return f"cd {shlex.quote(plain(str(before.directory)))}", start


def _options(option: str, values: Iterable[str]) -> str:
    return " ".join(f"{option} {shlex.quote(plain(value))}" for value in values)


def _facts(hardening: Hardening) -> dict[str, Any]:
    """What the template speaks of."""
    veil = veil_of(hardening.before, changes=hardening.changes, shortest=IN_WORDS)

    def sections(changes: Sequence[Change]) -> dict[str, list[str]]:
        return {TITLES.get(section, section): [veil(sentence) for sentence in found] for section, found in sentences(changes).items()}

    return {
        "name": hardening.before.name,
        "done": sections(hardening.changes),
        "declined": sections(hardening.declined),
        "accepting": how_to_accept(hardening.declined) if hardening.declined else "",
        "refused": [(refusal.change.decision, veil(refusal.reason)) for refusal in hardening.refusals],
        "watch": _watched(hardening.changes),
        "secrets": moved_secrets(hardening),
        "ways": ways(hardening),
        "shim": any(change.path[0] == "configs" and change.decision.endswith(".shim") for change in hardening.changes),
        "firewall": hardening.design.firewall.wanted,
        **_sockets(hardening),
        **rights_facts(hardening),
        "commands": commands(hardening),
        "certificates": certificate_commands(hardening),
        "undoing": undoing(hardening),
        "stack": hardening.design.target.own_stack,
        "swarm": _swarm(hardening),
        "fresh": hardening.before.request.fresh,
        "origin": str(hardening.before.directory) if _uses_origin(hardening) and not hardening.before.request.fresh else "",
        "contexts": open_contexts(hardening) if moved_secrets(hardening) else (),
    }


def _sockets(hardening: Hardening) -> dict[str, Any]:
    """What the page says of sockets: the proxies that are there, and the services that keep theirs."""
    there = [use for use in hardening.design.sockets if use.service in hardening.before.services]
    asking = [use for use in there if use.how == PROXY and use.proxy in hardening.after.services]
    return {"sockets": [_proxied(hardening, use) for use in asking], "kept_sockets": [use for use in there if use.how != PROXY]}


def _proxied(hardening: Hardening, use: SocketUse) -> dict[str, Any]:
    shows, powers = shown_by(use.calls), powers_of(use.calls)
    place = place_of_endpoint(hardening.before.services[use.service])
    said = {"shows": "; ".join(shows), "powers": "; ".join(powers), "by_hand": BY_HAND in use.endpoint, "place": place}
    return {"service": use.service, "proxy": use.proxy, "url": use.url, **said}


def _swarm(hardening: Hardening) -> dict[str, Any] | None:
    """What the page says of the fresh stack file; None where there is none."""
    if hardening.stack is None:
        return None
    veil = veil_of(hardening.before, changes=hardening.changes, shortest=IN_WORDS)
    told_of = told(hardening.stack.losses)
    return {
        "commands": stack_commands(hardening),
        "losses": {HEADINGS[fate]: [(said.key, veil(", ".join(said.subjects)), said.words) for said in entries] for fate, entries in told_of.items()},
        "encrypted": stack.encryption_words() if stack.uses_any(hardening.stack, "encrypted") else (),
        "hidden": stack.needs_values(hardening),
        "name": shlex.quote(hardening.after.name),
    }


def _uses_origin(hardening: Hardening) -> bool:
    """Whether something is still mounted or built from the original's folder."""
    origin = hardening.before.directory
    services = hardening.after.services.values()
    used = [*(mount.source for service in services for mount in service.mounts if mount.kind == "bind"), *(service.build_context for service in services)]
    return any(path and Path(path).is_relative_to(origin) for path in used)


def _watched(changes: Sequence[Change]) -> dict[str, list[str]]:
    """By section: what is concerned by changes that a working application may notice."""
    found: dict[str, dict[str, None]] = {}
    for change in changes:
        if change.risk != Risk.SAFE and change.path[0] == "services":
            section = section_of(change)
            subject = change.decision.partition(".")[2] if section in ("published", "sockets") else str(change.path[1])
            found.setdefault(section, {})[subject] = None
    return {section: list(subjects) for section, subjects in found.items()}
