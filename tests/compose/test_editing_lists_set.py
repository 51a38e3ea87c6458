"""An entrypoint, a command and a healthcheck's test that are set as a whole, and variables that go away without another in their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from batten.model import Action, Change
from tests.compose.edited import lines_changed, refusals, text_of, written
from tests.support import project_of

FRONT = ["/bin/sh", "/shim", "--"]


def put(service: str, *path: str, value: list[str]) -> Change:
    """A list set as a whole."""
    return Change(f"secrets.{service}.{path[0]}", ("services", service, *path), Action.SET, value, decision=f"secrets.{service}.shim")


def gone(service: str, *names: str, decision: str = "") -> list[Change]:
    """Variables that go away."""
    way = decision or f"secrets.{service}.shim"
    return [Change(f"{way}.{name}", ("services", service, "environment", name), Action.REMOVE, decision=way) for name in names]


class TestAnEntrypoint:
    def test_that_is_not_there_is_added(self, tmp_path: Path) -> None:
        project = project_of("services:\n  a:\n    image: x # it\n", tmp_path)
        assert lines_changed(project, [put("a", "entrypoint", value=[*FRONT, "a $b"])]) == [
            "+    entrypoint:",
            "+      - /bin/sh",
            "+      - /shim",
            '+      - "--"',
            '+      - "a $$b"',
        ]

    @pytest.mark.parametrize(
        ("text", "made"),
        [
            ("entrypoint: [run, it]", 'entrypoint: [/bin/sh, /shim, "--", run, it]'),
            ("entrypoint: run it # so", 'entrypoint: [/bin/sh, /shim, "--", run, it] # so'),
            ("entrypoint: 'run it'", 'entrypoint: [/bin/sh, /shim, "--", run, it]'),
            ("entrypoint: &e run it", 'entrypoint: &e [/bin/sh, /shim, "--", run, it]'),
            ("entrypoint:\n      - run # it\n      - it", 'entrypoint:\n      - /bin/sh\n      - /shim\n      - "--"\n      - run # it\n      - it'),
            ("entrypoint:\n    - run\n    - it", 'entrypoint:\n    - /bin/sh\n    - /shim\n    - "--"\n    - run\n    - it'),
            ("entrypoint: >-\n      run\n      it", 'entrypoint: [/bin/sh, /shim, "--", run, it]'),
        ],
    )
    def test_goes_in_front_of_what_is_there(self, tmp_path: Path, text: str, made: str) -> None:
        project = project_of(f"services:\n  a:\n    image: x\n    {text}\n", tmp_path)
        assert text_of(written(project, [put("a", "entrypoint", value=[*FRONT, "run", "it"])])) == f"services:\n  a:\n    image: x\n    {made}\n"

    def test_of_a_merged_mapping_is_written_out(self, tmp_path: Path) -> None:
        project = project_of("x-a: &a {entrypoint: [run]}\nservices:\n  a:\n    <<: *a\n    image: x\n  b: {<<: *a, image: x}\n", tmp_path)
        assert lines_changed(project, [put("a", "entrypoint", value=["sh", "run"])]) == ["+    entrypoint:", "+      - sh", "+      - run"]

    def test_that_others_would_take_over_is_refused(self, tmp_path: Path) -> None:
        project = project_of("services:\n  a: &a\n    image: x\n  b:\n    <<: *a\n", tmp_path)
        assert "merge key" in refusals(project, [put("a", "entrypoint", value=["sh"])])[0]

    def test_in_the_last_file_that_has_one(self, tmp_path: Path) -> None:
        project = project_of(
            "services:\n  a: {extends: {file: base.yaml, service: a}, command: [x]}\n", tmp_path, base_dot_yaml="services: {a: {image: x, entrypoint: [run]}}\n"
        )
        made = written(project, [put("a", "entrypoint", value=["sh", "run"])])
        assert text_of(made) == "services:\n  a: {extends: {file: base.yaml, service: a}, command: [x], entrypoint: [sh, run]}\n"


class TestAHealthcheck:
    def test_is_changed_in_its_test_alone(self, tmp_path: Path) -> None:
        project = project_of("services:\n  a:\n    image: x\n    healthcheck:\n      test: run it\n      interval: 5s # often\n", tmp_path)
        assert lines_changed(project, [put("a", "healthcheck", "test", value=["CMD", "sh"])]) == ["-      test: run it", "+      test: [CMD, sh]"]

    def test_that_is_not_there_is_added(self, tmp_path: Path) -> None:
        project = project_of("services:\n  a:\n    image: x\n", tmp_path)
        assert lines_changed(project, [put("a", "healthcheck", "test", value=["CMD", "sh"])]) == [
            "+    healthcheck:",
            "+      test:",
            "+        - CMD",
            "+        - sh",
        ]


class TestVariablesThatGo:
    def test_one_of_several_with_its_comment_kept(self, tmp_path: Path) -> None:
        project = project_of('services:\n  a:\n    image: x\n    environment:\n      A: 1\n      PASSWORD: "abc #def" # hm\n      C: 3\n', tmp_path)
        assert lines_changed(project, gone("a", "PASSWORD")) == ['-      PASSWORD: "abc #def" # hm', "+      # hm"]

    @pytest.mark.parametrize("environment", ["{A: 1, B: 2}", "[A=1, B=2]", "\n      A: 1\n      B: 2", "\n      - A=1\n      - B=2", "\n    - A=1\n    - B=2"])
    def test_the_last_one_takes_the_environment_along(self, tmp_path: Path, environment: str) -> None:
        project = project_of(f"services:\n  a:\n    image: x\n    environment: {environment}\n    tty: true\n", tmp_path)
        assert text_of(written(project, gone("a", "A", "B"))) == "services:\n  a:\n    image: x\n    tty: true\n"

    def test_also_in_two_decisions(self, tmp_path: Path) -> None:
        project = project_of("services:\n  a:\n    image: x\n    environment: {A: 1, B: 2}\n", tmp_path)
        changes = [*gone("a", "A"), *gone("a", "B", decision="secrets.a.B")]
        assert text_of(written(project, changes)) == "services:\n  a:\n    image: x\n"

    @pytest.mark.parametrize(
        ("environment", "left"),
        [("{A: 1, B: 2, C: 3}", "{A: 1, C: 3}"), ("[A=1, B=2, C=3]", "[A=1, C=3]"), ("[A=1, C=3, B=2]", "[A=1, C=3]")],
    )
    def test_on_one_line(self, tmp_path: Path, environment: str, left: str) -> None:
        project = project_of(f"services:\n  a:\n    image: x\n    environment: {environment}\n", tmp_path)
        assert text_of(written(project, gone("a", "B"))) == f"services:\n  a:\n    image: x\n    environment: {left}\n"

    def test_a_shared_place_only_for_all(self, tmp_path: Path) -> None:
        text = "x-e: &e\n  A: 1\n  B: 2\nservices:\n  a: {image: x, environment: *e}\n  b: {image: x, environment: {<<: *e, C: 3}}\n"
        project = project_of(text, tmp_path)
        assert "b takes it from the same place" in refusals(project, gone("a", "A"))[0]
        assert lines_changed(project, [*gone("a", "A"), *gone("b", "A")]) == ["-  A: 1"]
        assert lines_changed(project, [*gone("a", "A", "B"), *gone("b", "A", "B")]) == ["+  {}", "-  A: 1", "-  B: 2"]

    def test_from_an_env_file_whatever_the_value_looks_like(self, tmp_path: Path) -> None:
        project = project_of("services:\n  a: {image: x, env_file: [a.env]}\n", tmp_path, a_dot_env='A=1\nB="x #y" # z\nC=3\n')
        assert lines_changed(project, gone("a", "B"), "a.env") == ['-B="x #y" # z', "+# z"]

    def test_from_every_place(self, tmp_path: Path) -> None:
        project = project_of("services:\n  a: {image: x, env_file: [a.env], environment: {A: 2, B: 1}}\n", tmp_path, a_dot_env="A=1\n")
        made = written(project, gone("a", "A"))
        assert text_of(made) == "services:\n  a: {image: x, env_file: [a.env], environment: {B: 1}}\n"
        assert text_of(made, "a.env") == ""

    def test_a_value_that_others_use_by_its_anchor_stays_there(self, tmp_path: Path) -> None:
        project = project_of(
            "services:\n  a:\n    image: x\n    environment:\n      A: &v hunter\n      B: 1\n  c:\n    image: x\n    environment: {C: *v}\n", tmp_path
        )
        assert lines_changed(project, gone("a", "A")) == ["-      A: &v hunter", "-    environment: {C: *v}", "+    environment: {C: &v hunter}"]
