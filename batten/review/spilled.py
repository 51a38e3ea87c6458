"""Credentials that stand in a project's files elsewhere than in environments: in command lines, build arguments, labels and inline configs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from batten.inference.latest import kept_for_latest
from batten.inference.recognition import harmless, holds_secret, is_credential
from batten.model import Project, SecretText, Service, TreePath
from batten.review.invocation import invocations, options, programs_of

_REFERENCES = ("$", "<", "{{", "%", "`")
_HASH = re.compile(r"[^\s:,]+:(\$(?P<kind>apr1|1|2[abxy]?|5|6|argon2\w*)\$|\{SHA\})")
_STRONG = ("2", "argon2")
_ATTACHED = re.compile(r"(?:mysql|mysqladmin|mysqldump|mariadb|mariadb-admin|mariadb-dump|mysqlcheck)")
_TOOLS = {
    "redis-cli": "-a",
    "valkey-cli": "-a",
    "mongo": "-p",
    "mongosh": "-p",
    "mongodump": "-p",
    "mongorestore": "-p",
    "sqlcmd": "-P",
    "ldapsearch": "-w",
}


class Spill(NamedTuple):
    """One place with a credential."""

    service: str | None
    path: TreePath
    where: str
    """What it stands in: ``command``, ``healthcheck``, ``post_start``, ``pre_stop``, ``build argument``, ``label`` or ``config``."""
    name: str
    """The option, argument, label or config that holds it, or empty."""
    values: tuple[SecretText, ...]
    """What must not be shown of it."""
    hashed: str = ""
    """``weak`` or ``strong`` where it is a hash of a password."""


@kept_for_latest
def find_spills(project: Project) -> tuple[Spill, ...]:
    """All of them in the order of the project, each place once."""
    found = [spill for service in project.services.values() for spill in _of_service(project, service)]
    places: dict[TreePath, Spill] = {}
    for spill in (*found, *_configs(project)):
        first = places.get(spill.path)
        places[spill.path] = first._replace(values=first.values + spill.values) if first else spill
    return tuple(places.values())


def _of_service(project: Project, service: Service) -> Iterator[Spill]:
    for invocation in invocations(project, service):
        for option, secret, index in _spoken(invocation.texts):
            yield Spill(service.name, invocation.words[index].path, invocation.key, option, _secret(secret))
    for key, where in ((("build", "args"), "build argument"), (("labels",), "label"), (("deploy", "labels"), "label")):
        path: TreePath = (*service.path, *key)
        value = project.value(path)
        for name, item in value.items() if value is not None else ():
            text = item.data if isinstance(item.data, str) else ""
            named = where == "label" and name.lower().endswith("secret")
            if _holds(name, text) and not named:
                yield Spill(service.name, (*path, name), where, name, _secret(text), _hashed(text))


def _secret(*values: str) -> tuple[SecretText, ...]:
    """What must not be shown of a text: itself, and its parts as a user with a password, a URL or a list of words."""
    parts = {part for value in values for part in (value, *value.split(), *re.split(r"[:@/=]", value.rpartition("@")[0] or value)[-1:])}
    return tuple(SecretText(part) for part in sorted(parts) if part)


@lru_cache(maxsize=2048)
def _spoken(texts: tuple[str, ...]) -> tuple[tuple[str, str, int], ...]:
    """The words of a command line that hold a credential: the option before it, if there is one, the credential, and the word's number."""
    return tuple(_credentials_in(texts))


def _credentials_in(texts: tuple[str, ...]) -> Iterator[tuple[str, str, int]]:
    programs = programs_of(texts)
    for name, value, index in options(texts):
        plain = name.lstrip("-")
        if _literal(value) and (_holds_named(plain, value) or _tool_takes(programs, name, value)):
            yield plain, value, index
    attached = any(_ATTACHED.fullmatch(program) for program in programs)
    for index, text in enumerate(texts):
        password = attached and re.fullmatch(r"-p[^\s-].*", text) and _literal(text[2:])
        if password or (not text.startswith("-") and holds_secret(text)):
            yield "", text[2:] if password else text, index


def _tool_takes(programs: frozenset[str], name: str, value: str) -> bool:
    """Whether a known program takes a password behind a short option, such as ``redis-cli -a``."""
    if name in ("-u", "--user") and "curl" in programs:
        return _literal(value.partition(":")[2])
    return any(flag == name for tool, flag in _TOOLS.items() if tool in programs)


def _holds_named(name: str, value: str) -> bool:
    """Whether the value of an option is a credential. Names of one letter say nothing."""
    return len(name) > 1 and is_credential(name.replace("-", "_"), value, hidden=False)


def _holds(name: str, value: str) -> bool:
    """Whether a label or argument holds a credential; in a text of several words only what looks like one counts."""
    if " " in value:
        return any(holds_secret(word) for word in value.split())
    return _literal(value) and is_credential(name.replace(".", "_").replace("-", "_"), value, hidden=False)


def _literal(value: str) -> bool:
    """Whether ``value`` stands for itself: not for a variable, a template or nothing at all."""
    return bool(value) and not value.startswith(_REFERENCES) and not harmless(value)


def _hashed(text: str) -> str:
    found = _HASH.match(text)
    if not found:
        return ""
    return "strong" if (found["kind"] or "").startswith(_STRONG) else "weak"


def _configs(project: Project) -> Iterator[Spill]:
    for key in project.configs:
        value = project.value(("configs", key, "content"))
        text = value.data if value is not None and isinstance(value.data, str) else ""
        lines = [line.strip() for line in text.splitlines()]
        held = [line for line in lines if line and not line.startswith(("#", ";", "//")) and _line_holds(line)]
        if held:
            yield Spill(None, ("configs", key, "content"), "config", key, _secret(*held))


def _line_holds(line: str) -> bool:
    """Whether a line of a configuration holds a credential: a URL, a token, or a value behind a name that says so."""
    found = re.fullmatch(r"[\"']?([\w.-]+)[\"']?(?:\s*[=:]\s*|\s+)[\"']?([^\"'\s]+)[\"']?[,;]?", line)
    if found and _literal(found[2]) and is_credential(found[1].replace("-", "_"), found[2], hidden=False):
        return True
    return any(holds_secret(word) for word in line.split() if "$" not in word)
