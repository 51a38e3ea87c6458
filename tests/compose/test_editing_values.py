"""Single values of a service are written where they stand, and items taken out of its lists; everything else stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from batten.compose import load_project
from batten.compose.applying import apply
from batten.compose.loader import load
from batten.compose.rewriting import rewrite
from batten.hardening import first_difference
from batten.model import Action, Change, Project
from tests.support import project_of


def changed(project: Project, *changes: Change) -> str:
    """The new text, which means what was intended."""
    made = rewrite(project, changes, project.directory)
    assert not made.refusals, made.refusals
    after = load(made.request(project, project.directory), made.overlay(project.directory))
    assert first_difference(apply(project.tree, changes, project.directory), after.tree.plain()) is None
    return made.files[0].text


def refused(project: Project, *changes: Change) -> str:
    return rewrite(project, changes, project.directory).refusals[0].reason


def setting(path: str, value: Any, service: str = "a") -> Change:
    return Change(f"set.{service}.{path}", ("services", service, *path.split(".")), Action.SET, value, decision=service)


def removing(key: str, item: str, service: str = "a") -> Change:
    return Change(f"remove.{service}.{key}.{item}", ("services", service, key), Action.REMOVE_ITEM, item, decision=service)


def adding(key: str, item: str, service: str = "a") -> Change:
    return Change(f"add.{service}.{key}.{item}", ("services", service, key), Action.APPEND, item, decision=service)


class TestValues:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("services:\n  a:\n    image: x # one\n", "services:\n  a:\n    image: x # one\n    user: me\n"),
            ("services:\n  a: {image: x}\n", "services:\n  a: {image: x, user: me}\n"),
            ("services:\n  a:\n    user: root # why\n    image: x\n", "services:\n  a:\n    user: me # why\n    image: x\n"),
            ("services:\n  a:\n    user: '0'\n    image: x\n", "services:\n  a:\n    user: me\n    image: x\n"),
            ('{"services": {"a": {"image": "x"}}}', '{"services": {"a": {"image": "x", "user": "me"}}}'),
        ],
    )
    def test_are_set_where_they_stand_or_at_the_end(self, tmp_path: Path, text: str, expected: str) -> None:
        assert changed(project_of(text, tmp_path), setting("user", "me")) == expected

    def test_below_other_keys_they_make_their_way(self, tmp_path: Path) -> None:
        limits = (setting("deploy.resources.limits.pids", 9), setting("deploy.resources.limits.memory", str(512 << 20)))
        text = changed(project_of("services:\n  a:\n    image: x\n", tmp_path), *limits)
        assert text.endswith("    deploy:\n      resources:\n        limits:\n          pids: 9\n          memory: 512m\n")

    @pytest.mark.parametrize(
        "there", ["{replicas: 2}", "\n      replicas: 2", "{resources: {limits: {cpus: '1'}}}", "\n      resources:\n        limits: {memory: 1g}"]
    )
    def test_what_is_there_stays(self, tmp_path: Path, there: str) -> None:
        text = changed(project_of(f"services:\n  a:\n    image: x\n    deploy: {there}\n", tmp_path), setting("deploy.resources.limits.pids", 9))
        assert "pids: 9" in text and there.strip("{}\n ").split(":")[0] in text

    @pytest.mark.parametrize(("size", "words"), [(512 << 20, "512m"), (2 << 30, "2g"), (1536 << 10, "1536k"), (7_000_001, "7000001")])
    def test_a_size_is_written_with_its_unit(self, tmp_path: Path, size: int, words: str) -> None:
        assert f"mem_limit: {words}\n" in changed(project_of("services:\n  a:\n    image: x\n", tmp_path), setting("mem_limit", str(size))).replace('"', "")

    def test_what_another_one_shares_is_written_at_the_service(self, tmp_path: Path) -> None:
        text = "x-c: &c\n  user: root\nservices:\n  a:\n    <<: *c\n    image: x\n  b:\n    <<: *c\n    image: y\n"
        assert changed(project_of(text, tmp_path), setting("user", "me")) == text.replace("    image: x\n", "    image: x\n    user: me\n")

    def test_what_another_one_would_take_over_is_refused(self, tmp_path: Path) -> None:
        text = "services:\n  a: &a\n    image: x\n  b:\n    <<: *a\n    command: y\n"
        assert "b takes over what a says" in refused(project_of(text, tmp_path), setting("user", "me"))
        assert changed(project_of(text, tmp_path), setting("user", "me"), setting("user", "me", "b")).count("user: me") == 2

    def test_a_whole_service_that_is_another_ones_alias_is_refused(self, tmp_path: Path) -> None:
        text = "services:\n  a: &a\n    image: x\n  b: *a\n"
        assert refused(project_of(text, tmp_path), setting("user", "me", "b"))

    def test_the_last_file_wins(self, tmp_path: Path) -> None:
        project_of("services: {a: {image: x, user: root}}\n", tmp_path)
        (tmp_path / "shop/compose.override.yaml").write_text("services: {a: {user: '0'}}\n")
        project = load_project([tmp_path / "shop/compose.yaml", tmp_path / "shop/compose.override.yaml"], environ={})
        made = rewrite(project, [setting("user", "me")], project.directory)
        assert [(Path(file.origin).name, file.text) for file in made.files] == [("compose.override.yaml", "services: {a: {user: me}}\n")]


class TestItems:
    LIST = "services:\n  a:\n    image: x\n    cap_add:\n      - ONE # first\n      - TWO\n      # about three\n      - THREE\n"

    @pytest.mark.parametrize(("gone", "left"), [(["ONE"], ["TWO", "THREE"]), (["THREE"], ["ONE", "TWO"]), (["ONE", "TWO"], ["THREE"])])
    def test_are_taken_out(self, tmp_path: Path, gone: list[str], left: list[str]) -> None:
        text = changed(project_of(self.LIST, tmp_path), *(removing("cap_add", one) for one in gone))
        assert [line.split()[1] for line in text.splitlines() if line.startswith("      - ")] == left
        assert "# first" in text and "# about three" in text

    @pytest.mark.parametrize(("gone", "left"), [(["A"], "[B, C]"), (["B"], "[A, C]"), (["C"], "[A, B]"), (["A", "C"], "[B]")])
    def test_out_of_a_list_on_one_line(self, tmp_path: Path, gone: list[str], left: str) -> None:
        text = changed(project_of("services:\n  a: {image: x, cap_add: [A, B, C]}\n", tmp_path), *(removing("cap_add", one) for one in gone))
        assert f"cap_add: {left}" in text

    @pytest.mark.parametrize("form", ["\n      - A\n      - B", " [A, B]"])
    def test_with_the_last_one_goes_the_list(self, tmp_path: Path, form: str) -> None:
        text = changed(project_of(f"services:\n  a:\n    image: x\n    cap_add:{form}\n", tmp_path), removing("cap_add", "A"), removing("cap_add", "B"))
        assert text == "services:\n  a:\n    image: x\n"

    @pytest.mark.parametrize("form", ["\n      - A\n      - B # b", " [A, B] # b"])
    @pytest.mark.parametrize("gone", [["A"], ["B"], ["A", "B"]])
    def test_others_come_in_their_place(self, tmp_path: Path, form: str, gone: list[str]) -> None:
        project = project_of(f"services:\n  a:\n    image: x\n    security_opt:{form}\n", tmp_path)
        text = changed(project, *(removing("security_opt", one) for one in gone), adding("security_opt", "C"), adding("security_opt", "D"))
        assert "# b" in text

    def test_what_another_one_shares_stays(self, tmp_path: Path) -> None:
        text = "x-c: &c\n  cap_add: [A, B]\nservices:\n  a:\n    <<: *c\n    image: x\n  b:\n    <<: *c\n    image: y\n"
        assert "b takes it from the same place" in refused(project_of(text, tmp_path), removing("cap_add", "A"))

    def test_what_a_variable_says_cannot_be_found(self, tmp_path: Path) -> None:
        text = "services:\n  a: {image: x, cap_add: ['${WHICH}', B]}\n"
        assert "in these words" in refused(project_of(text, tmp_path, _dot_env="WHICH=A\n"), removing("cap_add", "A"))
