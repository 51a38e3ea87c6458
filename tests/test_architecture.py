"""The arrows of the house: who may import whom, read from the source of every file and proved at run time."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

import assets

ROOT = Path(__file__).parent.parent

ROOTS: Mapping[str, frozenset[str]] = {
    "assets": frozenset(),
    "batten": frozenset({"assets"}),
    "wizards": frozenset({"assets", "batten"}),
    "generators": frozenset({"assets", "batten"}),
    "tui": frozenset({"assets", "batten", "wizards", "generators"}),
}
"""Every root, and the other roots that it may import."""

FLOORS = (
    *("model", "errors", "files", "compose", "knowledge", "inference", "reach", "review"),
    *("design", "plan", "hardening", "session", "engine", "report", "cli"),
)
"""The rooms of batten; each may import itself and those before it."""

OWNERS: Mapping[str, str] = {"textual": "tui/", "questionary": "wizards/plain.py", "docker": "batten/engine/docker_sdk.py"}
"""Libraries that one place alone may import."""

HEAVY = ("textual", "docker", "questionary", "jinja2", "jsonschema")
"""What a review must not load."""


class Import(NamedTuple):
    """One imported module, with the place of the statement."""

    file: str
    line: int
    module: str
    deferred: bool
    """Whether it stands inside a function."""


def module_name(file: str) -> str:
    """``batten/review/runner.py`` → ``batten.review.runner``; a package's ``__init__`` is the package."""
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def targets(node: ast.Import | ast.ImportFrom, file: str) -> list[str]:
    """The absolute names that a statement may bring in; ``from a import b`` counts as ``a.b`` too, since b may be a module."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    base = node.module or ""
    if node.level:
        package = module_name(file).split(".") if file.endswith("/__init__.py") else module_name(file).split(".")[:-1]
        base = ".".join([*package[: len(package) - node.level + 1], *([base] if base else [])])
    return [f"{base}.{alias.name}" for alias in node.names]


def imports_in(tree: ast.AST, file: str, deferred: bool = False) -> Iterator[Import]:
    """Every import below a node, those inside functions and type-checking blocks too, and ``import_module("...")``."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (Import(file, node.lineno, name, deferred) for name in targets(node, file))
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            names = [part.value for part in node.args[:1] if isinstance(part, ast.Constant) and isinstance(part.value, str)]
            yield from (Import(file, node.lineno, name, deferred) for name in names)
        yield from imports_in(node, file, deferred or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda))


def imports_of(root: Path) -> list[Import]:
    """The imports of every Python file of the five roots below a folder."""
    files = sorted(path for name in ROOTS for path in (root / name).rglob("*.py"))
    return [found for path in files for found in imports_in(ast.parse(path.read_bytes()), path.relative_to(root).as_posix())]


def floor_of(module: str) -> str:
    """The room of batten that a module name points into, or an empty string."""
    parts = module.split(".")
    return parts[1] if parts[0] == "batten" and len(parts) > 1 and parts[1] in FLOORS else ""


def crosses_roots(found: Import) -> bool:
    """Whether an import goes from one root to another where no arrow leads."""
    source, target = found.file.split("/")[0], found.module.split(".")[0]
    if target not in ROOTS or target == source or target in ROOTS[source]:
        return False
    return not (found.file.startswith("batten/cli/") and found.deferred)


def climbs(found: Import) -> bool:
    """Whether a room of batten imports one that stands after it, or sits in no room at all."""
    if not found.file.startswith("batten/") or found.module.split(".")[0] != "batten":
        return False
    source, target = floor_of(module_name(found.file)), floor_of(found.module)
    if found.file == "batten/__main__.py":
        return target != "cli"
    if target:
        return not source or FLOORS.index(target) > FLOORS.index(source)
    return found.module not in {"batten", "batten.__version__"}


def trespasses(found: Import) -> bool:
    """Whether a library is imported outside of the one place that may."""
    owner = OWNERS.get(found.module.split(".")[0])
    return owner is not None and not found.file.startswith(owner)


def violations(root: Path) -> list[str]:
    """What the house does not allow, one line each."""
    rules = {"no such arrow between roots": crosses_roots, "no such arrow inside batten": climbs, "not its place": trespasses}
    return [f"{found.file}:{found.line} imports {found.module}: {reason}" for found in imports_of(root) for reason, broken in rules.items() if broken(found)]


class TestThisHouse:
    def test_has_only_the_arrows_of_the_plan(self) -> None:
        assert violations(ROOT) == []

    def test_was_really_walked(self) -> None:
        found = imports_of(ROOT)
        assert {"batten", "assets"} <= {item.file.split("/")[0] for item in found}
        assert any(item.module.startswith("batten.model.") and item.file == "batten/errors.py" for item in found)

    def test_has_no_room_that_the_plan_does_not_know(self) -> None:
        names = {path.name.removesuffix(".py") for path in (ROOT / "batten").iterdir() if path.suffix == ".py" or any(path.glob("*.py"))}
        assert names - set(FLOORS) <= {"__init__", "__main__"}

    def test_keeps_code_out_of_the_assets(self) -> None:
        assert [path.name for path in assets.path(".").rglob("*.py")] == ["__init__.py"]


FORBIDDEN = {
    "between roots": ("batten/review/runner.py", "import wizards.networks"),
    "from a wizard to the screens": ("wizards/networks.py", "from tui import app"),
    "from a generator to a wizard": ("generators/secrets.py", "from wizards.networks import Step"),
    "from the assets": ("assets/__init__.py", "import batten"),
    "from the command line at the top of a file": ("batten/cli/wizard.py", "import tui.app"),
    "inside batten": ("batten/compose/loader.py", "from batten.review.finding import Finding"),
    "inside batten, from the package": ("batten/compose/loader.py", "from batten import review"),
    "inside batten, relative": ("batten/compose/loader.py", "from ..review import finding"),
    "inside batten, relative, from a package": ("batten/compose/__init__.py", "from ..review import finding"),
    "inside batten, in a function": ("batten/model.py", "def f():\n    from batten.files import write"),
    "inside batten, for types only": ("batten/model.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from batten.session import Session"),
    "inside batten, by name": ("batten/reach/rules.py", "import importlib\nimportlib.import_module('batten.cli')"),
    "into a room of no plan": ("batten/cli/main.py", "import batten.helpers"),
    "textual outside of tui": ("wizards/plain.py", "import textual"),
    "questionary outside of the plain mode": ("wizards/networks.py", "from questionary import select"),
    "docker outside of its one file": ("batten/engine/protocol.py", "def f():\n    import docker.errors"),
}

ALLOWED = {
    "to the left": ("batten/review/runner.py", "from batten.compose import loader\nfrom batten.model import Project\nimport assets"),
    "within a room": ("batten/review/runner.py", "from batten.review.finding import Finding\nfrom . import context"),
    "from the command line inside a function": ("batten/cli/wizard.py", "def run():\n    from tui.app import BattenApp"),
    "the version": ("batten/report/sarif.py", "from batten import __version__"),
    "the entry": ("batten/__main__.py", "from batten.cli import main"),
    "from the screens": ("tui/app.py", "import textual.app\nfrom wizards import networks\nfrom generators import secrets\nfrom batten import session"),
    "each library in its place": ("batten/engine/docker_sdk.py", "import docker"),
    "the plain mode": ("wizards/plain.py", "import questionary"),
}


def house_with(tmp_path: Path, file: str, source: str) -> Path:
    """A made-up tree with one file in it."""
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(source)
    return tmp_path


class TestTheWalk:
    @pytest.mark.parametrize(("file", "source"), FORBIDDEN.values(), ids=FORBIDDEN.keys())
    def test_catches_an_arrow_that_is_not_there(self, tmp_path: Path, file: str, source: str) -> None:
        found = violations(house_with(tmp_path, file, source))
        assert len(found) == 1
        assert found[0].startswith(f"{file}:{source.count(chr(10)) + 1} imports ")

    @pytest.mark.parametrize(("file", "source"), ALLOWED.values(), ids=ALLOWED.keys())
    def test_lets_an_arrow_of_the_plan_pass(self, tmp_path: Path, file: str, source: str) -> None:
        root = house_with(tmp_path, file, source)
        assert imports_of(root)
        assert violations(root) == []


SNIPPET = """
import contextlib, io, json, sys
from batten.cli import main
with contextlib.redirect_stdout(io.StringIO()) as out:
    try:
        code = main(json.loads(sys.argv[1]))
    except SystemExit as stop:
        code = stop.code
print(json.dumps({"code": code or 0, "output": out.getvalue(), "modules": sorted(sys.modules)}))
"""


class TestAReviewIsCheapToStart:
    @pytest.mark.parametrize("form", ["text", "json"])
    def test_it_loads_no_user_interface_and_no_engine(self, demo: Path, form: str) -> None:
        arguments = json.dumps(["review", str(demo), "--fail-on", "never", "--format", form])
        run = subprocess.run([sys.executable, "-c", SNIPPET, arguments], cwd=ROOT, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        seen = json.loads(run.stdout)
        assert seen["code"] == 0
        assert "5432" in seen["output"], "the review has something to say about the published database"
        assert "yaml" in seen["modules"]
        assert sorted(set(HEAVY) & set(seen["modules"])) == []

    def test_it_loads_no_design_where_there_is_none(self, demo: Path) -> None:
        run = subprocess.run([sys.executable, "-c", SNIPPET, json.dumps(["review", str(demo)])], cwd=ROOT, capture_output=True, text=True, check=False)
        assert [name for name in json.loads(run.stdout)["modules"] if name.startswith("batten.design")] == []
