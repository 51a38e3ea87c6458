"""Completion for shells: commands, their options, and files; read off the parsers, so that nothing is written twice."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping

from batten.cli import parsing


def script(shell: str) -> str:
    """A script for ``bash``, ``zsh`` or ``fish``."""
    words = {name: tuple(_words(parsing.parser_of(name))) for name in sorted(parsing.names())}
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell](words)


Words = Mapping[str, tuple[str, ...]]
"""For each command its options, subcommands and choices."""


def _words(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        yield from action.option_strings
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices
            yield from dict.fromkeys(word for below in action.choices.values() for word in _words(below) if word not in ("-h", "--help"))
        elif action.choices:
            yield from map(str, action.choices)


def _bash(words: Words) -> str:
    cases = "\n".join(f"    {name}) words='{' '.join(some)}' ;;" for name, some in words.items())
    return f"""# Completion of batten for bash: put it where your shell reads it, e.g.
#   batten setup completion bash > ~/.local/share/bash-completion/completions/batten
_batten() {{
  local words current=${{COMP_WORDS[COMP_CWORD]}}
  case ${{COMP_WORDS[1]}} in
{cases}
    *) words='{" ".join(words)} --help --version' ;;
  esac
  [ "$COMP_CWORD" -eq 1 ] && words='{" ".join(words)} --help --version'
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current"; compgen -f -- "$current")
}}
complete -o filenames -F _batten batten
"""


def _zsh(words: Words) -> str:
    cases = "\n".join(f"    {name}) compadd -- {' '.join(some)} ;;" for name, some in words.items())
    return f"""#compdef batten
# Completion of batten for zsh: put it into a folder of your fpath, e.g.
#   batten setup completion zsh > ~/.zfunc/_batten
_batten() {{
  if (( CURRENT == 2 )); then
    compadd -- {" ".join(words)} --help --version
  else
    case ${{words[2]}} in
{cases}
    esac
  fi
  _files
}}
compdef _batten batten
"""


def _fish(words: Words) -> str:
    lines = ["# Completion of batten for fish, e.g.", "#   batten setup completion fish > ~/.config/fish/completions/batten.fish"]
    lines += [f"complete -c batten -n __fish_use_subcommand -a {name}" for name in words]
    for name, some in words.items():
        lines.append(f"complete -c batten -n '__fish_seen_subcommand_from {name}' -a '{' '.join(some)}'")
    return "\n".join(lines) + "\n"
