"""Mounts taken out, arguments, variables and dependencies added, whole services added: in the user's own text."""

from __future__ import annotations

from pathlib import Path

import pytest

from batten.model import Action, Change
from tests.compose.edited import block, lines_changed, refusals
from tests.support import project_of

SOCKET = {"type": "bind", "source": "/var/run/docker.sock", "target": "/var/run/docker.sock"}


def _change(path: tuple[str | int, ...], action: Action, value: object) -> Change:
    return Change(".".join(map(str, path)), path, action, value, decision="one")


def _unmounted(service: str, **more: object) -> Change:
    return _change(("services", service, "volumes"), Action.REMOVE_ITEM, {**SOCKET, "bind": {}, **more})


class TestTakingAMountAway:
    def test_one_of_several_goes_and_its_comment_stays(self, tmp_path: Path) -> None:
        text = block("""
            services:
              web:
                image: nginx
                volumes:
                  - data:/data
                  - /var/run/docker.sock:/var/run/docker.sock:ro # needed
                  - ./x:/x
            volumes: {data: }
            """)
        lines = lines_changed(project_of(text, tmp_path), [_unmounted("web", read_only=True)])
        assert lines == ["-      - /var/run/docker.sock:/var/run/docker.sock:ro # needed", "+      # needed"]

    def test_the_only_one_takes_its_key_along(self, tmp_path: Path) -> None:
        text = "services:\n  web:\n    image: nginx\n    volumes:\n      - /var/run/docker.sock:/var/run/docker.sock\n"
        assert lines_changed(project_of(text, tmp_path), [_unmounted("web")]) == ["-    volumes:", "-      - /var/run/docker.sock:/var/run/docker.sock"]

    @pytest.mark.parametrize(
        ("written", "left"),
        [
            ("[/var/run/docker.sock:/var/run/docker.sock, ./x:/x]", "[./x:/x]"),
            ("[./x:/x, /var/run/docker.sock:/var/run/docker.sock]", "[./x:/x]"),
        ],
    )
    def test_out_of_a_flow_list(self, tmp_path: Path, written: str, left: str) -> None:
        project = project_of(f"services:\n  web:\n    image: nginx\n    volumes: {written}\n", tmp_path)
        assert lines_changed(project, [_unmounted("web")]) == [f"-    volumes: {written}", f"+    volumes: {left}"]

    def test_in_the_long_form_and_with_variables(self, tmp_path: Path) -> None:
        text = block("""
            services:
              web:
                image: nginx
                volumes:
                  - type: bind
                    source: ${SOCK:-/var/run/docker.sock}
                    target: /var/run/docker.sock
                  - ./x:/x
            """)
        change = _change(("services", "web", "volumes"), Action.REMOVE_ITEM, SOCKET)
        assert len(lines_changed(project_of(text, tmp_path), [change])) == 3

    def test_what_an_extended_service_brings_is_refused(self, tmp_path: Path) -> None:
        text = block("""
            services:
              base:
                image: nginx
                volumes: [/var/run/docker.sock:/var/run/docker.sock]
              web:
                extends: base
            """)
        assert refusals(project_of(text, tmp_path), [_unmounted("web")]) == ["the mount comes from a service that this one extends"]

    def test_a_shared_list_only_goes_for_all(self, tmp_path: Path) -> None:
        text = block("""
            x-mounts: &mounts
              - /var/run/docker.sock:/var/run/docker.sock
              - /x:/x
            services:
              one: {image: nginx, volumes: *mounts}
              two: {image: nginx, volumes: *mounts}
            """)
        project = project_of(text, tmp_path)
        assert len(refusals(project, [_unmounted("one")])) == 1
        assert lines_changed(project, [_unmounted("one"), _unmounted("two")]) == ["-  - /var/run/docker.sock:/var/run/docker.sock"]


class TestArguments:
    @pytest.mark.parametrize(
        ("written", "made"),
        [
            ("[a, --b]", '[a, --b, "--c=tcp://x:1"]'),
            ("a --b", "a --b --c=tcp://x:1"),
            ('"a --b"', '"a --b --c=tcp://x:1"'),
            ("'a --b'", "'a --b --c=tcp://x:1'"),
        ],
    )
    def test_added_at_the_end(self, tmp_path: Path, written: str, made: str) -> None:
        project = project_of(f"services:\n  web:\n    image: nginx\n    command: {written}\n", tmp_path)
        change = _change(("services", "web", "command"), Action.APPEND, "--c=tcp://x:1")
        assert lines_changed(project, [change]) == [f"-    command: {written}", f"+    command: {made}"]

    def test_added_to_a_block_list_and_to_a_folded_text(self, tmp_path: Path) -> None:
        change = _change(("services", "web", "command"), Action.APPEND, "--c=tcp://x:1")
        listed = project_of("services:\n  web:\n    image: nginx\n    command:\n      - a\n      - --b # b\n    user: x\n", tmp_path)
        assert lines_changed(listed, [change]) == ['+      - "--c=tcp://x:1"']
        folded = project_of("services:\n  web:\n    image: nginx\n    command: >\n      a\n      --b\n    user: x\n", tmp_path)
        assert lines_changed(folded, [change]) == ["-      --b", "+      --b --c=tcp://x:1"]

    @pytest.mark.parametrize(("written", "made"), [("[a, '--c=y', d]", '[a, "--c=x", d]'), ("a --c=y d", "a --c=x d")])
    def test_put_in_the_place_of_another(self, tmp_path: Path, written: str, made: str) -> None:
        project = project_of(f"services:\n  web:\n    image: nginx\n    command: {written}\n", tmp_path)
        change = _change(("services", "web", "command", 1), Action.SET, "--c=x")
        assert lines_changed(project, [change]) == [f"-    command: {written}", f"+    command: {made}"]

    def test_of_a_command_that_is_inherited_are_refused(self, tmp_path: Path) -> None:
        text = "services:\n  base: {image: nginx, command: [a]}\n  web: {extends: base}\n"
        change = _change(("services", "web", "command"), Action.APPEND, "--c")
        assert refusals(project_of(text, tmp_path), [change]) == ["its command does not stand at the service itself"]


class TestNewVariables:
    @pytest.mark.parametrize(
        ("written", "line"),
        [
            ("environment:\n      A: b", "+      DOCKER_HOST: tcp://p:2375"),
            ("environment:\n      - A=b", "+      - DOCKER_HOST=tcp://p:2375"),
            ("user: x", "+    environment:"),
        ],
    )
    def test_in_every_form(self, tmp_path: Path, written: str, line: str) -> None:
        project = project_of(f"services:\n  web:\n    image: nginx\n    {written}\n", tmp_path)
        change = _change(("services", "web", "environment", "DOCKER_HOST"), Action.SET, "tcp://p:2375")
        assert lines_changed(project, [change])[0] == line

    def test_one_that_is_there_takes_the_value(self, tmp_path: Path) -> None:
        project = project_of("services:\n  web:\n    image: nginx\n    environment: [DOCKER_HOST=unix:///x]\n", tmp_path)
        change = _change(("services", "web", "environment", "DOCKER_HOST"), Action.SET, "tcp://p:2375")
        assert lines_changed(project, [change])[1] == "+    environment: [DOCKER_HOST=tcp://p:2375]"


class TestDependencies:
    @pytest.mark.parametrize(
        ("written", "lines"),
        [
            ("depends_on: [db]", ["-    depends_on: [db]", "+    depends_on: [db, p]"]),
            ("depends_on:\n      db:\n        condition: service_started", ["+      p:", "+        condition: service_started"]),
            ("user: x", ["+    depends_on:", "+      - p"]),
        ],
    )
    def test_in_every_form(self, tmp_path: Path, written: str, lines: list[str]) -> None:
        project = project_of(f"services:\n  web:\n    image: nginx\n    {written}\n  db: {{image: redis}}\n  p: {{image: redis}}\n", tmp_path)
        change = _change(("services", "web", "depends_on", "p"), Action.SET, {"condition": "service_started", "required": True})
        assert lines_changed(project, [change]) == lines


class TestWholeServices:
    def test_go_to_the_end_with_their_comment(self, tmp_path: Path) -> None:
        value: dict[str, object] = {
            "image": "haproxy",
            "deploy": {"resources": {"limits": {"memory": "67108864"}}},
            "configs": [{"source": "p", "target": "/p"}],
        }
        value |= {"networks": {"default": None}}
        changes = [
            Change("service", ("services", "p"), Action.SET, value, "a proxy", decision="one"),
            Change("config", ("configs", "p"), Action.SET, {"file": "./p.cfg"}, decision="one"),
        ]
        lines = lines_changed(project_of("services:\n  web:\n    image: nginx\n", tmp_path, p_dot_cfg=""), changes)
        assert lines == [
            "+  # a proxy", "+  p:", "+    image: haproxy", "+    deploy:", "+      resources:", "+        limits:", "+          memory: 64M",
            "+    configs:", "+      - {source: p, target: /p}", "+    networks:", "+      default:", "+", "+configs:", "+  p:", "+    file: ./p.cfg",
        ]  # fmt: skip

    def test_a_network_more_beside_what_else_changes(self, tmp_path: Path) -> None:
        project = project_of("services:\n  web:\n    image: nginx\n    networks: [a]\nnetworks: {a: {}, b: {}, c: {}}\n", tmp_path)
        whole = _change(("services", "web", "networks"), Action.SET, {"b": None})
        more = _change(("services", "web", "networks", "c"), Action.SET, None)
        assert lines_changed(project, [whole, more]) == ["-    networks: [a]", "+    networks: [b, c]"]
        assert lines_changed(project, [more]) == ["-    networks: [a]", "+    networks: [a, c]"]
