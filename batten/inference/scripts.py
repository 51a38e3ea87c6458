"""What a service runs, as far as its entrypoint and command show it: the programs, and whether they do nothing but work on files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from batten.knowledge.vocabulary import says, vocabulary
from batten.model import Service

_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh"})
_BETWEEN_COMMANDS = re.compile(r"[;&|\n`(){}]+")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=\S*")
_LONGEST = 16 * 1024
"""How much of a script is looked at; of a longer one nothing is said."""


def programs(service: Service) -> frozenset[str]:
    """The names of the programs that it starts, without their folders; none where the image decides."""
    return frozenset(words[0].rpartition("/")[2] for words in _commands(service))


def works_on_files_alone(service: Service) -> bool:
    """Whether every command of its own script reads and writes files and none could open a connection: such a service needs nobody."""
    commands = list(_commands(service))
    return bool(commands) and all(_on_files(words) for words in commands)


def _on_files(words: list[str]) -> bool:
    return says("works_on_files", [words[0].rpartition("/")[2]]) or says("writes_settings", words[1:2])


def _commands(service: Service) -> Iterator[list[str]]:
    arguments = [*service.entrypoint, *service.command]
    script = _script(arguments)
    if script is None:
        yield from [arguments] if arguments else []
    elif len(script) > _LONGEST:
        yield [script]
    else:
        for part in _BETWEEN_COMMANDS.split(script.replace("\\\n", " ")):
            words = _without_preamble(part.split())
            if words:
                yield words


def _script(arguments: list[str]) -> str | None:
    """The text behind ``sh -c``, or None where no shell is started."""
    if not arguments or arguments[0].rpartition("/")[2] not in _SHELLS:
        return None
    return next((after for option, after in pairwise(arguments) if re.fullmatch(r"-[a-z]*c", option)), None)


def _without_preamble(words: list[str]) -> list[str]:
    """A command without the shell's own words and assignments before it."""
    while words and (words[0] in vocabulary("shell_words") or _ASSIGNMENT.fullmatch(words[0])):
        words = words[1:]
    return words
