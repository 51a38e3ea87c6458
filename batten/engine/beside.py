"""The views from anywhere: a probe container in each namespace prints its tables whenever it is asked.

It has the rights of nobody, so the owners of sockets and the host's tracked connections stay out of its sight.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from uuid import uuid4

from batten.engine import leftovers
from batten.engine.connections import Track
from batten.engine.keeping import LABEL, OWNER, Kept
from batten.engine.probes import home
from batten.engine.protocol import Engine, RefusedError, Workload
from batten.engine.tables import Order
from batten.engine.vantage import Space
from batten.engine.views import Seen, View
from batten.model import Zone

_HOST = Space(0, Zone.HOST.value)
_THREADS = 8
_SECONDS = 20.0
"""That printing the tables may take."""
_MARK = "== "
_PRINT = f'for name; do echo "{_MARK}$name"; cat "/proc/net/$name" 2>/dev/null; done; true'


class Probe:
    """The ``View`` of a probe container."""

    def __init__(self, identity: int, id: str, of: str, pid: int) -> None:
        """Take a probe container: its number, its id, the container beside it (empty for the host), and that one's first process, new after a restart."""
        self.identity, self.id, self.of, self.pid = identity, id, of, pid

    def close(self) -> None:
        """See the protocol: it is removed with all others."""


class Beside:
    """The ``Views`` by probe containers."""

    interval = 10.0
    local = False

    def __init__(self, engine: Engine, image: str, order: Order, lifetime: int) -> None:
        """Put nothing there yet.

        Args:
            engine: where the containers run.
            image: has ``sh``, ``cat`` and ``sleep``, and is there.
            order: of bytes on the engine's host.
            lifetime: seconds after which a probe container ends by itself.
        """
        self.order = order
        self._engine, self._image, self._lifetime = engine, image, lifetime
        self._run = uuid4().hex[:12]
        self._numbers = count(1)
        self._probes: dict[Space, Probe] = {}
        self._pool = ThreadPoolExecutor(_THREADS)

    def host(self) -> View:
        """See the protocol."""
        return self._probes.get(_HOST) or self._put(_HOST, "")

    def of(self, container: Workload, everybody: Sequence[Workload]) -> View | None:
        """See the protocol. Containers in one namespace share one probe."""
        space = home(container, everybody)
        owner = "" if space == _HOST else str(space.identity)
        try:
            known = self._probes.get(space)
            return known if known is not None and self._lives(known) else self._put(space, owner)
        except RefusedError:
            if self._engine.first_process(container.id):
                raise
            return None

    def _put(self, space: Space, owner: str) -> Probe:
        keeper, number = self._engine.keeper, next(self._numbers)
        pid = self._engine.first_process(owner) if owner else 0
        labels = {LABEL: self._run, OWNER: leftovers.owner()}
        made = keeper.create(f"batten-probe-{self._run}-{number}", self._image, f"container:{owner}" if owner else Zone.HOST.value, labels, self._lifetime)
        keeper.start(made)
        self._probes[space] = Probe(number, made, owner, pid)
        return self._probes[space]

    def _lives(self, probe: Probe) -> bool:
        return not probe.of or self._engine.first_process(probe.of) == probe.pid

    def read(self, views: Sequence[View], names: Sequence[str]) -> Iterator[Seen]:
        """See the protocol; several are asked at a time."""
        yield from self._pool.map(lambda view: self._read(view, names), views)

    def _read(self, view: View, names: Sequence[str]) -> Seen:
        assert isinstance(view, Probe)
        if not self._lives(view):
            self._engine.keeper.remove(view.id)
            return Seen(view, None)
        output = self._engine.keeper.run(view.id, ("sh", "-c", _PRINT, "probe", *names), _SECONDS)
        parts = (part.partition("\n") for part in f"\n{output}".split(f"\n{_MARK}")[1:])
        return Seen(view, {**dict.fromkeys(names, ""), **{name: text for name, _, text in parts}})

    def tracked(self, host: View) -> frozenset[Track]:
        """See the protocol: nobody is not told."""
        return frozenset()

    def close(self) -> None:
        """See the protocol. A call that was under way may still make a container, so it is waited for first."""
        self._pool.shutdown(cancel_futures=True)
        leftovers.remove(self._engine.keeper, self._is_ours)

    def _is_ours(self, one: Kept) -> bool:
        return one.labels.get(LABEL) == self._run
