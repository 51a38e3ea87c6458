"""What members of one cluster have in common: the cluster's name, its token or cookie, the name of a replica set."""

from __future__ import annotations

import re
from collections.abc import Iterator

from batten.knowledge.vocabulary import says, split, vocabulary
from batten.model import Project, SecretText, Service

Mark = tuple[str, SecretText]
"""The words of a setting, and its value, which may be a secret."""

_OPTION = re.compile(r"--?([A-Za-z][\w.-]{1,60})(?:=(.+))?", re.DOTALL)


class Clusters:
    """The services of a project by what they say of their clusters, looked up once for each."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.known: dict[str, frozenset[Mark]] = {}

    def share(self, first: str, second: str) -> bool:
        """Whether two services say the same of the cluster that they belong to."""
        return not self._marks(first).isdisjoint(self._marks(second))

    def _marks(self, name: str) -> frozenset[Mark]:
        if name not in self.known:
            settings = _settings(self.project.services[name])
            self.known[name] = frozenset((" ".join(words), value) for words, value in settings if value and _of_a_cluster(words))
        return self.known[name]


def _settings(service: Service) -> Iterator[tuple[list[str], SecretText]]:
    for variable in service.environment.values():
        if variable.value is not None and variable.value.reveal().lower() not in vocabulary("is_a_switch"):
            yield split(variable.name), variable.value
    arguments = [*service.entrypoint, *service.command]
    for at, argument in enumerate(arguments):
        option = _OPTION.fullmatch(argument)
        if option is not None:
            yield split(option[1]), SecretText(option[2] or (arguments[at + 1] if at + 1 < len(arguments) else ""))


def _of_a_cluster(words: list[str]) -> bool:
    """Whether the words of a setting are those of a cluster's name or token, of an Erlang cookie or of a replica set."""
    named = says("tells_a_cluster", words[-1:])
    cookie = "cookie" in words and says("speaks_erlang", words)
    replicas = "set" in words and says("copies_data", words) and (named or words[-1] == "set")
    return cookie or replicas or (named and "cluster" in words)
