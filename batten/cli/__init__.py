"""The command line: finds the command, runs it, and makes an exit code of whatever happens. Nothing here prints a traceback."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

DONE, FOUND, FAILED = 0, 1, 2
"""Exit codes: nothing to complain about; findings or drift; it could not be done."""
INTERRUPTED, CLOSED, KILLED = 130, 141, 143
"""Exit codes as a shell gives them for Ctrl-C, for a pipe that nobody reads, and for a polite kill."""
_OBJECTS = 3_000_000
"""New objects before unreachable ones are looked for. What a command reads lives to its end: looking for it all the time costs a quarter of a review."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    from batten.cli import streams

    gc.set_threshold(_OBJECTS)
    streams.prepare()
    try:
        with streams.polite_kill():
            code = _dispatch(list(sys.argv[1:] if argv is None else argv))
            sys.stdout.flush()
            return code
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else DONE if stop.code is None else FAILED
    except KeyboardInterrupt:
        streams.say("\nbatten: interrupted.")
        return INTERRUPTED
    except streams.KilledError:
        return KILLED
    except BrokenPipeError:
        streams.close_quietly()
        return CLOSED
    except Exception as error:
        streams.say(streams.trouble(error))
        return FAILED


def program() -> NoReturn:
    """Run the command that the process was called with, and end.

    The interpreter would take everything apart before it ends, which takes as long as a review; the system does it at once.
    """
    code = main()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _dispatch(arguments: list[str]) -> int:
    """Run the command that the arguments name; without one, open the assistant."""
    from batten.cli import parsing

    name = arguments[0] if arguments and arguments[0] in parsing.names() else ""
    return parsing.run(name or parsing.DEFAULT, arguments[1:] if name else arguments)
