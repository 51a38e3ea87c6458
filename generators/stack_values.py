"""Secret values that stay in the environment: the stack file names variables, and their values lie in a file of their own."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any

from batten.compose.splicing import Template
from batten.compose.stack import Stack
from batten.inference.credentials import find_credentials
from batten.model import Project, SecretText
from batten.report.veil import IN_FILES, IN_WORDS, secret_values

FILE = "secrets/stack.env"
"""Shell assignments; ``docker stack deploy`` itself reads no ``.env``."""
_PREFIX = "STACK_"
"""Keeps the names apart from variables of services: the CLI fills an empty variable with what its own environment has under the same name."""
_PARTS = ("environment", "command", "entrypoint", "healthcheck", "labels", "deploy", "logging")
"""Keys of a service in which values are looked for; names and paths elsewhere are not texts of the user's."""

_WORDS = ("command", "entrypoint", "healthcheck")
"""Keys with lists of words: there a short value is looked for too, as a whole word."""


class Values:
    """The secret values of a project and the variables that stand for them in its stack file."""

    def __init__(self, project: Project) -> None:
        self._names: dict[str, str] = {}
        self._exact: dict[tuple[str, str], str] = {}
        for credential in find_credentials(project):
            if credential.value:
                self._exact[credential.service, credential.variable] = self._name(credential.value.reveal(), credential.variable)
        for value in secret_values(project):
            if len(value) >= IN_FILES:
                self._name(value, "SECRET")
        longest = sorted((value for value in self._names if len(value) >= IN_WORDS), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest))) if longest else None
        self.used: dict[str, SecretText] = {}
        """Those that the stack file needs: variable → value."""

    def __repr__(self) -> str:
        return f"Values({len(self._names)} names)"

    def _name(self, value: str, wanted: str) -> str:
        if value not in self._names:
            base = _PREFIX + (re.sub(r"[^A-Za-z0-9]+", "_", wanted).strip("_").upper() or "SECRET")
            taken = set(self._names.values())
            self._names[value] = next(name for name in (base, *(f"{base}_{number}" for number in range(2, len(taken) + 3))) if name not in taken)
        return self._names[value]

    def hidden(self, stack: Stack) -> dict[str, dict[str, Any]]:
        """The services of a stack file with variables in the place of secret values."""
        return {key: self._service(stack.own_names.get(key, key), service) for key, service in stack.model["services"].items()}

    def _service(self, name: str, service: Mapping[str, Any]) -> dict[str, Any]:
        found = {key: self._any(value, key in _WORDS) if key in _PARTS else value for key, value in service.items()}
        environment = service.get("environment") or {}
        whole = {key: self._reference(value) for key, value in environment.items() if (name, key) in self._exact and value}
        return {**found, **({"environment": {**found["environment"], **whole}} if whole else {})}

    def _any(self, value: Any, words: bool) -> Any:
        if isinstance(value, Mapping):
            return {key: self._any(item, words) for key, item in value.items()}
        if isinstance(value, list):
            return [self._any(item, words) for item in value]
        if words and isinstance(value, str) and value in self._names:
            return self._reference(value)
        return self._text(value) if isinstance(value, str) else value

    def _text(self, text: str) -> str:
        if self._pattern is None or not self._pattern.search(text):
            return text
        parts, position = [], 0
        for match in self._pattern.finditer(text):
            parts += [text[position : match.start()].replace("$", "$$"), self._reference(match[0])]
            position = match.end()
        return Template("".join([*parts, text[position:].replace("$", "$$")]))

    def _reference(self, value: str) -> Template:
        name = self._names[value]
        self.used[name] = SecretText(value)
        return Template(f"${{{name}:?read {FILE} first}}")

    def text(self) -> str:
        """The file with the values, for a shell to read; only to be written, never to be shown."""
        lines = [f"{name}={shlex.quote(value.reveal())}" for name, value in sorted(self.used.items())]
        return "\n".join(["# Values that stack.yaml refers to. Read it into the shell that deploys: set -a; . ./secrets/stack.env; set +a", *lines, ""])
