"""Probe containers without an engine: what they are asked, how strictly their output is read, and that they go away."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

import pytest

from batten.engine import leftovers, opening, probe_script, tables
from batten.engine.keeping import LABEL, OWNER, Kept
from batten.engine.probes import Probes, Site
from batten.engine.protocol import RefusedError, Workload
from batten.engine.vantage import Address, Asked, Look, Name, Pace, Space
from batten.errors import EngineError
from tests.live.fakes import container

WEB = "  0: 00000000:0050 00000000:0000 0A"
DNS = "  0: 00000000:0035 00000000:0000 07"
SEEN = "".join(f"== {name}\n{f'header{chr(10)}{WEB}{chr(10)}' if name == 'tcp' else ''}" for name in tables.NAMES) + "== way\nzero\n== lookup\nyes\n== end\n"


@dataclass
class FakeKeeper:
    """A ``Keeper`` whose containers answer what a test gives it."""

    images: set[str] = field(default_factory=lambda: {"busybox"})
    answers: Mapping[str, str] = field(default_factory=dict)
    """By first word of what is asked: ``look``, ``connect`` or ``lookup``."""
    refuses: Mapping[str, str] = field(default_factory=dict)
    """By namespace why no container may be started there."""
    there: dict[str, Kept] = field(default_factory=dict)
    spaces: dict[str, str] = field(default_factory=dict)
    stuck: bool = False
    """Whether nothing can be removed."""
    pulled: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._numbers = count(1)

    def has(self, image: str) -> bool:
        """See the protocol."""
        return image in self.images

    def pull(self, image: str) -> str:
        """See the protocol."""
        self.pulled.append(image)
        return "manifest unknown"

    def create(self, name: str, image: str, space: str, labels: Mapping[str, str], seconds: int) -> str:
        """See the protocol."""
        number = f"p{next(self._numbers)}"
        self.there[number] = Kept(number, "created", time.time(), labels)
        self.spaces[number] = space
        return number

    def start(self, container: str) -> None:
        """See the protocol."""
        if reason := self.refuses.get(self.spaces[container]):
            raise RefusedError(reason)

    def run(self, container: str, command: Sequence[str], seconds: float) -> str:
        """See the protocol."""
        kind = "look" if len(command) == 3 else "lookup" if "nslookup" in command[2] else "connect"
        return self.answers.get(kind, SEEN)

    def remove(self, container: str) -> None:
        """See the protocol."""
        if self.stuck:
            raise RefusedError("no.")
        self.there.pop(container, None)

    def kept(self) -> Sequence[Kept]:
        """See the protocol."""
        return list(self.there.values())


def site(keeper: FakeKeeper, runs: Sequence[Workload] = ()) -> Site:
    """Where they are made."""
    return Site(keeper, lambda: runs, "busybox", "little", 60)


@contextmanager
def probes(keeper: FakeKeeper, *runs: Workload) -> Iterator[Probes]:
    """Probes beside containers."""
    with Probes(site(keeper, runs), "run1", Pace(10_000)) as made:
        yield made


def one(name: str, mode: str = "shop_default", pid: int = 10) -> Workload:
    """A container that runs in some mode."""
    return container(name, pid=pid, settings={"HostConfig.NetworkMode": mode})


class TestPlaces:
    def test_are_one_for_each_namespace_and_one_for_the_host(self) -> None:
        keeper, web = FakeKeeper(), one("web")
        runs = [web, one("sidecar", f"container:{web.id}"), one("agent", "host"), one("db")]
        with probes(keeper, *runs) as made:
            looks = made.look(runs)
            assert sorted(keeper.spaces.values()) == sorted(["host", f"container:{web.id}", f"container:{runs[3].id}"])
            assert looks[runs[1].id] == looks[web.id] == Look(Space(0, web.id), frozenset({Address("0.0.0.0", 80)}))
            assert isinstance(looks[runs[2].id], Look)
            assert made.host == Space(0, "host")
        assert keeper.there == {}

    def test_that_the_engine_refuses_are_told_apart_from_containers_that_restart(self) -> None:
        runs = [one("web"), one("flap", pid=11)]
        runs.append(one("db", pid=12))
        keeper = FakeKeeper(refuses={f"container:{runs[0].id}": "no.", f"container:{runs[1].id}": "container is restarting.", "host": "not here."})
        with Probes(site(keeper, [runs[0], runs[2]]), "run1", Pace(10_000)) as made:
            looks = made.look(runs)
            assert looks[runs[0].id] == "the engine lets no probe container in: no"
            assert looks[runs[1].id] == "it is restarting"
            assert isinstance(looks[runs[2].id], Look)
            assert made.host is None

    def test_that_are_refused_everywhere_are_an_error(self) -> None:
        web = one("web")
        keeper = FakeKeeper(refuses={f"container:{web.id}": "authorization denied.", "host": "authorization denied."})
        with pytest.raises(EngineError, match=r"lets no probe container in: authorization denied\. See") as raised, probes(keeper, web) as made:
            made.look([web])
        assert "--no-connect" in raised.value.hint

    def test_say_what_cannot_be_asked_from_there(self) -> None:
        seen = SEEN.replace("== udp\n", f"== udp\nheader\n{DNS}\n").replace("yes", "")
        runs = [one("dns")]
        with probes(FakeKeeper(answers={"look": seen}), *runs) as made:
            (look,) = made.look(runs).values()
            assert isinstance(look, Look)
            assert {listener.protocol for listener in look.listeners} == {"tcp"}
            assert [note.partition(":")[0] for note in made.notes] == ["Names were not looked up", "UDP was not asked"]

    def test_need_an_image_with_tools(self) -> None:
        with pytest.raises(EngineError, match="the image busybox has no 'nc'"), probes(FakeKeeper(answers={"look": SEEN.replace("zero", "none")})) as made:
            made.look([one("web")])


class TestAnswers:
    ADDRESSES = tuple(Address("172.20.0.2", port) for port in (80, 81))
    NAMES = (Name("db"), Name("web"))
    FOUND = "Server: 127.0.0.11 Address: 127.0.0.11:53 Non-authoritative answer: Name: {} Address: {} Non-authoritative answer:"

    def test_come_for_every_question(self) -> None:
        lookups = f"1\n0 {self.FOUND.format('db', '172.20.0.3')}\n== end\n"
        keeper, web = FakeKeeper(answers={"connect": "1 1\n0 0\n== end\n", "lookup": lookups}), one("web")
        with probes(keeper, web) as made:
            made.look([web])
            ((space, heard),) = made.ask({Space(0, web.id): Asked(frozenset(self.ADDRESSES), frozenset(self.NAMES))})
        assert space == Space(0, web.id)
        assert heard.open == {self.ADDRESSES[0]}
        assert heard.names == {self.NAMES[0]: {"172.20.0.3"}, self.NAMES[1]: frozenset()}

    @pytest.mark.parametrize(
        "output", ["", "0 0\n1 1\n", "0 0\n== end\n", "0 0\n1 1\n2 1\n== end\n", "0 0\n0 1\n== end\n", "x\n1 1\n== end\n", "0 0\n1 \n== end\n"]
    )
    def test_that_are_not_whole_are_errors(self, output: str) -> None:
        with pytest.raises(EngineError):
            probe_script.reached(output, self.ADDRESSES)

    def test_of_a_tool_that_fails_are_no_closed_ports(self) -> None:
        with pytest.raises(EngineError, match="nc in the probe container ended with 127"):
            probe_script.reached("0 0\n1 127\n== end\n", self.ADDRESSES)

    @pytest.mark.parametrize("output", ["", SEEN.replace("== end", ""), SEEN.replace("== udp6\n", ""), "sh: not found\n"])
    def test_about_the_namespace_have_to_be_whole(self, output: str) -> None:
        with pytest.raises(EngineError, match="printed what was not expected"):
            probe_script.seen(output)

    @pytest.mark.parametrize(
        ("said", "family", "found"),
        [
            (FOUND.format("db", "172.20.0.3 Name: db Address: 172.20.0.4"), 4, {"172.20.0.3", "172.20.0.4"}),
            (FOUND.format("db", "fd00::3"), 6, {"fd00::3"}),
            ("Server: 127.0.0.11 Address 1: 127.0.0.11 Name: db Address 1: 172.20.0.3 shop-db-1.shop_default", 4, {"172.20.0.3"}),
            ("Server: 127.0.0.11 Address: 127.0.0.11:53 ** server can't find db: NXDOMAIN", 4, set()),
        ],
    )
    def test_of_each_nslookup_are_understood(self, said: str, family: int, found: set[str]) -> None:
        name = Name("db", family)
        assert probe_script.resolved(f"0 {said}\n== end\n", [name]) == {name: found}

    def test_come_from_a_shell_that_gets_names_as_words(self) -> None:
        """What is asked for never becomes a part of the script."""
        hostile = Address("$(touch /tmp/pwned); `id`", 80)
        command = probe_script.connect("zero", [hostile])
        done = subprocess.run(command, env={"PATH": "/nonexistent"}, executable="/bin/sh", capture_output=True, text=True, check=True, timeout=10)
        assert done.stdout == "0 127\n== end\n"
        assert hostile.host not in command[2]


class TestLeavingNothing:
    def test_goes_for_errors_too(self) -> None:
        keeper = FakeKeeper(answers={"connect": "0\n"})
        web = one("web")
        with pytest.raises(EngineError, match="printed what was not expected"), probes(keeper, web) as made:
            made.look([web])
            list(made.ask({Space(0, web.id): Asked(frozenset(TestAnswers.ADDRESSES))}))
        assert keeper.there == {}

    def test_is_said_where_it_does_not_succeed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(leftovers, "_BETWEEN", 0)
        with pytest.raises(EngineError, match="does not remove the probe containers") as raised, probes(FakeKeeper(stuck=True)) as made:
            made.look([one("web")])
        assert "the next run removes them" in raised.value.hint

    def test_goes_for_nobody_elses(self) -> None:
        keeper = FakeKeeper(there={"x": Kept("x", "running", time.time(), {LABEL: "other", OWNER: leftovers.owner()})})
        with probes(keeper) as made:
            made.look([one("web")])
        assert set(keeper.there) == {"x"}


class TestLeftovers:
    def kept(self, owner: str, state: str = "running", age: float = 0) -> Kept:
        """A probe container."""
        return Kept("x", state, time.time() - age, {LABEL: "r", OWNER: owner})

    def test_are_those_of_processes_that_have_ended(self) -> None:
        boot, space, pid, started = leftovers.owner().split("/")
        assert pid == str(os.getpid())
        assert not leftovers.is_leftover(self.kept(leftovers.owner()))
        assert leftovers.is_leftover(self.kept(f"{boot}/{space}/{pid}/{int(started) + 1}"))
        assert leftovers.is_leftover(self.kept(f"{boot}/{space}/{2**22 + 1}/1"))

    @pytest.mark.parametrize("owner", ["", "other/1/2/3", "a/b", "//7/"])
    def test_of_other_machines_are_known_by_their_end_and_their_age(self, owner: str) -> None:
        assert not leftovers.is_leftover(self.kept(owner))
        assert not leftovers.is_leftover(self.kept(owner, "created"))
        assert leftovers.is_leftover(self.kept(owner, "exited"))
        assert leftovers.is_leftover(self.kept(owner, "created", 7200))


class TestTheImage:
    def test_can_be_named_in_the_environment(self) -> None:
        assert [opening.usual_image(known) for known in ({}, {"BATTEN_PROBE_IMAGE": ""}, {"BATTEN_PROBE_IMAGE": "tools:1"})] == [
            "busybox",
            "busybox",
            "tools:1",
        ]

    def test_is_pulled_only_where_that_is_allowed(self) -> None:
        keeper = FakeKeeper()
        opening.prepare(keeper, "busybox", pull=True)
        with pytest.raises(EngineError, match="is not on the engine") as raised:
            opening.prepare(keeper, "other image", pull=False)
        assert "docker pull 'other image'" in raised.value.hint
        assert keeper.pulled == []
        with pytest.raises(EngineError, match="cannot be pulled: manifest unknown"):
            opening.prepare(keeper, "other", pull=True)
