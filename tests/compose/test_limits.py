"""Hostile input: a clear error, soon, and with little memory."""

from __future__ import annotations

import io
import os
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pytest

from batten.compose import discover, load_project
from batten.compose.source import STDIN, _standard_input
from batten.errors import InputError
from tests.compose.reading import load, read, refused

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + number)}: &{chr(98 + number)} [{', '.join(['*' + chr(97 + number)] * 9)}]\n" for number in range(8)
)
SERVICE = "services: {a: {image: x}}\n"


def long_chain(link: str, first: str) -> str:
    return first + "".join(link.format(this=number, last=number - 1) for number in range(1, 3000))


class TestHostileFiles:
    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("x-bomb:\n  " + BOMB.replace("\n", "\n  ") + "\n" + SERVICE, "multiply"),
            ("x-a: &a\n  b: *a\n" + SERVICE, "contains itself"),
            ("x-a: &a {<<: *a}\n" + SERVICE, "contains itself"),
            ("x: " + "[" * 100_000, "nested deeper than 100"),
            ("x: " + "{a: " * 3_000 + "}" * 3_000, "nested deeper than 100"),
            ("\n".join(" " * depth + "a:" for depth in range(3_000)), "nested deeper than 100"),
            (long_chain("x-{this}: &a{this} [*a{last}]\n", "x-0: &a0 [x]\n") + SERVICE, "nested deeper than 100"),
            (long_chain("x-{this}: &a{this} {{<<: *a{last}}}\n", "x-0: &a0 {a: b}\n") + SERVICE, "nested deeper than 100"),
            ("x-a: &a {" + ", ".join(f"k{number}: v" for number in range(2000)) + "}\nservices:\n" + "  s: {<<: [" + "*a, " * 3000 + "*a]}\n", "multiply"),
            ("services:\n  a: {image: x, labels: *nowhere}\n", "not defined above"),
            ("services:\n  s0: {image: x}\n" + long_chain("  s{this}: {{extends: s{last}}}\n", ""), "extend one another"),
            ("services:\n" + "".join(f"  s{number}: {{extends: s{number + 1}}}\n" for number in range(3000)) + "  s3000: {image: x}\n", "extend one another"),
            ("include: [compose.yaml]\n" + SERVICE, "includes itself"),
        ],
    )
    def test_are_refused_soon(self, text: str, message: str, tmp_path: Path) -> None:
        tracemalloc.start()
        begin = time.perf_counter()
        error = refused(tmp_path, {"compose.yaml": text})
        seconds = time.perf_counter() - begin
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert message in error.message
        assert error.span is not None
        assert seconds < 5  # tracing memory makes everything several times slower
        assert peak < 150_000_000

    def test_eight_mebibytes_are_too_many(self, tmp_path: Path) -> None:
        error = refused(tmp_path, {"compose.yaml": SERVICE + "# " + "x" * 8 * 1024 * 1024})
        assert "8 MiB" in error.message

    def test_included_files_that_include_each_other_twice_and_twice(self, tmp_path: Path) -> None:
        files = {f"f{number}.yaml": f"include: [f{number + 1}.yaml, ./f{number + 1}.yaml]\n" for number in range(40)}
        error = refused(tmp_path, {"compose.yaml": "include: [f0.yaml]\n" + SERVICE, **files, "f40.yaml": SERVICE})
        assert "more than 2000 files" in error.message

    def test_a_named_pipe_is_not_read(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "compose.yaml")
        with pytest.raises(InputError, match="not a regular file"):
            load_project([tmp_path / "compose.yaml"])

    def test_a_device_is_not_read(self) -> None:
        with pytest.raises(InputError, match="not a regular file"):
            load_project([Path("/dev/zero")])

    def test_a_pipe_as_env_file_is_not_read(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "a.env")
        assert "not a regular file" in refused(tmp_path, {"compose.yaml": "services: {a: {image: x, env_file: a.env}}"}).message

    def test_a_folder_is_no_file(self, tmp_path: Path) -> None:
        (tmp_path / "compose.yaml").mkdir()
        assert "folder" in refused(tmp_path, {}).message


class TestConfining:
    FILES: ClassVar = {"shop/compose.yaml": "services: {a: {image: x, env_file: ../outside.env}}", "outside.env": "A=1\n"}

    def test_what_is_read_outside_the_project_is_said(self, tmp_path: Path) -> None:
        project = load(tmp_path, self.FILES, "shop/compose.yaml")
        assert project.notes == (f"This file was read though it lies outside the project: {tmp_path / 'outside.env'}.",)

    def test_refuses_what_is_outside(self, tmp_path: Path) -> None:
        error = refused(tmp_path, self.FILES, "shop/compose.yaml", confine=True)
        assert "outside the project's folder" in error.message
        assert error.span is not None
        assert error.span.line == 1

    @pytest.mark.parametrize("text", ["include: [../other.yaml]\n" + SERVICE, "services: {a: {extends: {file: ../other.yaml, service: a}}}"])
    def test_refuses_compose_files_outside(self, text: str, tmp_path: Path) -> None:
        files = {"shop/compose.yaml": text, "other.yaml": "services: {a: {image: y}}"}
        assert "outside" in refused(tmp_path, files, "shop/compose.yaml", confine=True).message

    def test_a_link_leads_outside_too(self, tmp_path: Path) -> None:
        (tmp_path / "shop").mkdir()
        (tmp_path / "shop" / "inside.env").symlink_to(tmp_path / "outside.env")
        files = {**self.FILES, "shop/compose.yaml": "services: {a: {image: x, env_file: inside.env}}"}
        assert "outside" in refused(tmp_path, files, "shop/compose.yaml", confine=True).message

    def test_files_that_were_named_are_read(self, tmp_path: Path) -> None:
        files = {"shop/compose.yaml": SERVICE, "base.yaml": "services: {b: {image: y}}", "my.env": "A=1"}
        project = load(tmp_path, files, "shop/compose.yaml", "base.yaml", env_files=[tmp_path / "my.env"], confine=True)
        assert list(project.services) == ["a", "b"]
        assert project.notes == ()


@pytest.fixture
def standard_input(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"services: {a: {image: 'x:$TAG', volumes: ['./here:/data']}}")))
    _standard_input.cache_clear()
    yield
    _standard_input.cache_clear()


@pytest.mark.usefixtures("standard_input")
class TestStandardInput:
    def test_is_a_file_of_the_current_folder(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("TAG=7")
        project = load_project(discover(STDIN), environ={})
        assert project.files == ("-",)
        assert project.services["a"].image == "x:7"
        assert project.services["a"].mounts[0].source == str(tmp_path / "here")
        assert project.origin(("services", "a", "image")).primary.file == "-"

    def test_can_be_read_again(self) -> None:
        assert load_project([STDIN], environ={}).tree.plain() == load_project([STDIN], environ={}).tree.plain()

    def test_is_confined(self) -> None:
        with pytest.raises(InputError, match="outside"):
            load_project([STDIN], environ={}, overlay={"-": "include: [../other.yaml]\nservices: {a: {image: x}}"})

    def test_errors_name_it(self) -> None:
        with pytest.raises(InputError, match=r"^-:1:"):
            load_project([STDIN], environ={}, overlay={"-": "services: {a: {imge: x}}"})


class TestEncodings:
    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
    def test_utf_16_is_refused_clearly(self, encoding: str, tmp_path: Path) -> None:
        error = refused(tmp_path, {"compose.yaml": SERVICE.encode(encoding)})
        assert "UTF-16" in error.message or "binary" in error.message

    def test_other_bytes_are_refused_where_they_stand(self, tmp_path: Path) -> None:
        error = refused(tmp_path, {"compose.yaml": b"services:\n  a: {image: \xff}\n"})
        assert error.span is not None
        assert (error.span.line, error.span.column) == (2, 14)

    def test_a_byte_order_mark_does_not_move_the_places(self, tmp_path: Path) -> None:
        project = load(tmp_path, {"compose.yaml": b"\xef\xbb\xbf" + b"services:\r\n  a:\r\n    image: x\r\n"})
        span = project.origin(("services", "a", "image")).primary
        source = project.sources[span.file]
        assert source.bom
        assert source.text[span.start : span.end] == "x"
        assert (span.line, span.column) == (3, 12)

    def test_tabs_are_refused_with_advice(self, tmp_path: Path) -> None:
        error = refused(tmp_path, {"compose.yaml": "services:\n\ta:\n\t\timage: x\n"})
        assert "tabs" in error.hint
        assert error.span is not None
        assert error.span.line == 2

    def test_a_control_character_is_refused_with_its_line(self, tmp_path: Path) -> None:
        error = refused(tmp_path, {"compose.yaml": "services:\n  a: {image: \x07}\n"})
        assert error.span is not None
        assert error.span.line == 2

    def test_other_languages_are_welcome(self, tmp_path: Path) -> None:
        assert read(tmp_path, {"compose.yaml": "services: {a: {image: x, labels: {ключ: значение}}}"})["services"]["a"]["labels"] == {"ключ": "значение"}
