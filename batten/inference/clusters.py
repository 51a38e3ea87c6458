"""What members of one cluster have in common: the cluster's name, its token or cookie, the name of a replica set."""

from __future__ import annotations

import re
from collections.abc import Iterator

from batten.knowledge.vocabulary import says, split, vocabulary
from batten.model import SecretText, Service

_OPTION = re.compile(r"--?([A-Za-z][\w.-]{1,60})(?:=(.+))?", re.DOTALL)


def cluster_marks(service: Service) -> frozenset[tuple[str, SecretText]]:
    """What a service says of the cluster that it belongs to: the words of the setting, and its value, which may be a secret."""
    return frozenset((" ".join(words), value) for words, value in _settings(service) if value and _of_a_cluster(words))


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
