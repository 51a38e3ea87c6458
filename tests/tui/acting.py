"""An engine that is only played: what it says is written down beforehand, and it waits where a test wants to look."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from batten.engine.events import Decide, Question
from batten.errors import EngineError
from batten.session import Session
from tui.running import Look

PATIENCE = 20.0
"""Seconds until a test that forgot to let the engine go on fails."""

SERVICES = ("proxy", "web", "api", "worker", "db", "cache", "dashboard")
"""Those of the demo."""
SHOP = Look("27.3.1", "unix:///var/run/docker.sock", frozenset(SERVICES))
HOSTILE = "[@click=app.quit]db[/]\x1b[31m"
"""What a stranger may call a container."""
GONE = EngineError("there is no engine at unix:///var/run/docker.sock.", hint="Start Docker, or name an engine by DOCKER_HOST or --context.")
Part = Sequence[Any] | Callable[[Session], Sequence[Any]]


class Gate:
    """Stands in a script: the engine is silent here until it is opened."""

    def __init__(self) -> None:
        self._open = threading.Event()

    def open(self) -> None:
        """Let the engine go on."""
        self._open.set()

    def wait(self) -> None:
        """Be silent."""
        if not self._open.wait(PATIENCE):
            raise TimeoutError


class Acting:
    """Plays a script for each kind of work; an error in a script is raised where it stands."""

    def __init__(self, look: Look | EngineError, **scripts: Part) -> None:
        self._look, self._scripts = look, scripts
        self.backup = False
        """Whether there is a hardening to be taken back."""
        self.answers: list[str] = []
        """What was answered to the questions."""
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.closed: list[str] = []
        """The works that came to their end, or were left off and have cleaned up."""

    def look(self, session: Session) -> Look:
        """What was written down."""
        if isinstance(self._look, EngineError):
            raise self._look
        return self._look

    def _play(self, name: str, session: Session, **options: Any) -> Iterator[Any]:
        self.asked.append((name, options))
        script = self._scripts[name]
        try:
            for event in script(session) if callable(script) else script:
                if isinstance(event, Gate):
                    event.wait()
                elif isinstance(event, BaseException):
                    raise event
                else:
                    yield event
        finally:
            self.closed.append(name)

    def verify(self, session: Session, *, designed: bool, connect: bool) -> Iterator[Any]:
        """The script for comparing."""
        return self._play("verify", session, designed=designed, connect=connect)

    def observe(self, session: Session, *, seconds: float | None, halt: threading.Event) -> Iterator[Any]:
        """The script for watching."""
        return self._play("observe", session, seconds=seconds)

    def undoable(self, session: Session) -> bool:
        """Whether the script says so."""
        return self.backup

    def apply(self, session: Session, *, decide: Decide, halt: threading.Event) -> Iterator[Any]:
        """The script for putting it in; a question in it is asked."""
        return self._run("apply", session, decide)

    def undo(self, session: Session, *, decide: Decide, halt: threading.Event) -> Iterator[Any]:
        """The script for taking it back."""
        return self._run("undo", session, decide)

    def _run(self, name: str, session: Session, decide: Decide) -> Iterator[Any]:
        for event in self._play(name, session):
            if isinstance(event, Question):
                self.answers.append(decide(event))
            else:
                yield event
