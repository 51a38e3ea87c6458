"""What must not be shown: every secret value of a project, in whatever spelling, wherever it occurs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from batten.compose.dotenv import parse_env
from batten.errors import InputError
from batten.inference.credentials import find_credentials
from batten.inference.latest import kept_for_latest
from batten.inference.recognition import holds_secret, is_credential
from batten.model import Action, Change, Project, Service, SourceText, Value
from batten.report.excerpt import MASK

IN_FILES, IN_WORDS = 3, 8
"""From how many characters on a value is masked wherever it occurs: in the text of files, and in our own sentences.

A shorter one is masked where it stands as a credential, not in every word that has its characters; sentences are made without values,
and a password such as ``postgres`` must not take the image's name out of them.
"""
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#:@\"']*:([^\s/?#\"']+)@")
_FIELD = re.compile(r"(?i)(?:password|passwd|pwd|secret|token)=([^\s;&\"',}]+)")
_WORD = re.compile(r"[^\s;,\"'`()<>|&]+")


class Veil:
    """Masks the secret values of a project in any text about it."""

    def __init__(self, values: Iterable[str], shortest: int = IN_FILES) -> None:
        self._values: dict[str, list[str]] = {}
        """By their first characters, as many as there are up to eight, since a project may have thousands and a text is short."""
        for spelling in {spelling for value in values for spelling in _spellings(value) if len(spelling) >= shortest}:
            self._values.setdefault(spelling[:IN_WORDS], []).append(spelling)
        self._lengths = sorted({len(start) for start in self._values})

    def __call__(self, text: str) -> str:
        """``text`` with every secret value masked, a longer one before one that it begins with."""
        starts = self._values.keys() & {text[at : at + length] for length in self._lengths for at in range(len(text) - length + 1)}
        found = [spelling for start in starts for spelling in self._values[start] if spelling in text]
        longest_first = sorted(found, key=lambda spelling: (-len(spelling), spelling))
        return re.sub("|".join(map(re.escape, longest_first)), MASK, text) if found else text

    def __repr__(self) -> str:
        return "Veil(…)"


def veil_of(*projects: Project, changes: Iterable[Change] = (), shortest: int = IN_FILES) -> Veil:
    """The veil for everything that is said about some projects, and about changes to the first one."""
    found = {value for project in projects for value in _kept_values(project)}
    return Veil(found | {value for project in projects[:1] for value in _moved(project, changes)}, shortest)


@kept_for_latest
def _kept_values(project: Project) -> frozenset[str]:
    return frozenset(secret_values(project))


def secret_values(project: Project) -> Iterator[str]:
    """Every secret value that the project's files hold: in environments, env files, commands and URLs. Not to be printed."""
    for credential in find_credentials(project):
        yield from _with_parts(credential.value.reveal())
    for source in project.sources.values():
        if source.kind == "env":
            yield from _in_env_file(source)
    for service in project.services.values():
        yield from _in_arguments(service)
    yield from _in_scalars(project.tree)


def _moved(project: Project, changes: Iterable[Change]) -> Iterator[str]:
    """Values of variables that changes take away."""
    for change in changes:
        value = project.value(change.path) if change.action in (Action.REMOVE, Action.SET) and change.path[2:3] == ("environment",) else None
        if value is not None and isinstance(value.data, str) and change.decision.startswith("secrets."):
            yield from _with_parts(value.data)


def _in_env_file(source: SourceText) -> Iterator[str]:
    try:
        entries = parse_env(source, lambda name: None)
    except InputError:
        # It was read with the project's variables; without them one of its own may be missing. Its lines are masked as they stand.
        entries = []
    for entry in entries:
        if entry.value and is_credential(entry.name, entry.value, hidden=False):
            yield from _with_parts(entry.value)
            yield source.text[entry.value_start : entry.span.end]


def _in_arguments(service: Service) -> Iterator[str]:
    """Values of flags such as ``--requirepass VALUE`` and ``--password=VALUE``."""
    for arguments in (service.command, service.entrypoint, service.healthcheck):
        words = [word for argument in arguments for word in _WORD.findall(argument)]
        for word, following in pairwise([*words, ""]):
            flag, equals, value = word.partition("=")
            value = value if equals else following
            if flag.startswith("-") and value and not value.startswith("-") and _names_secret(flag, value):
                yield value


def _names_secret(flag: str, value: str) -> bool:
    name = flag.lstrip("-")
    return is_credential(name.replace("-", "_"), value, hidden=False) or holds_secret(f"{name} {value}")


def _in_scalars(value: Value) -> Iterator[str]:
    """What looks like a secret whatever it is called, anywhere in the project."""
    if isinstance(value.data, str):
        if holds_secret(value.data):
            yield from _parts(value.data)
            yield from (word for word in _WORD.findall(value.data) if holds_secret(word))
        return
    for _, child in value.items():
        yield from _in_scalars(child)
    for child in value.elements():
        yield from _in_scalars(child)


def _with_parts(value: str) -> Iterator[str]:
    yield value
    yield from _parts(value)


def _parts(value: str) -> Iterator[str]:
    """Passwords inside URLs and connection strings."""
    for pattern in (_URL, _FIELD):
        yield from (match[1] for match in pattern.finditer(value))


def _spellings(value: str) -> set[str]:
    """How a value may stand in a file: as it is, line by line, with doubled dollars or quotes, escaped, or encoded for a URL."""
    from json import dumps
    from urllib.parse import quote, quote_plus, unquote

    plain = {value, value.strip(), unquote(value), *(line.strip() for line in value.splitlines())}
    spelt = plain | {text.replace("$", "$$") for text in plain}
    spelt |= {text.replace("'", "''") for text in spelt} | {text.replace("'", "\\'") for text in spelt}
    spelt |= {dumps(text, ensure_ascii=ascii_only)[1:-1] for text in spelt for ascii_only in (True, False)}
    return spelt | {encode(text, safe="") for text in plain for encode in (quote, quote_plus)} | {quote(text) for text in plain}
