"""After secrets were moved, their values are in the files that are made for them, in ``.env`` and in the backup, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from batten.compose import load_project
from batten.design.proposal import propose
from batten.design.sections.secrets import MOVED
from batten.session import Session, autosave_path
from tests.canaries import Planted, planted
from tests.cli.calling import call

_MADE_FOR_THEM = ("secrets/", ".env", ".batten/backups/")
TALK = (
    ["review"],
    *(["review", "--format", form, "--fail-on", "never"] for form in ("text", "json", "sarif", "github", "markdown")),
    *(["reach", "--format", form] for form in ("text", "json", "mermaid", "svg")),
    ["design"],
    ["harden"],
    ["harden", "--diff"],
    ["harden", "--check"],
    ["harden", "--accept", "safe", "--diff"],
    ["wizard", "--answers", "answers.json"],
)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Planted:
    """The project, as the current folder."""
    found = planted(tmp_path / "harbour")
    (found.folder / "answers.json").write_text("{}")
    monkeypatch.chdir(found.folder)
    return found


def written(folder: Path) -> Iterator[tuple[str, str]]:
    """Every file below a folder that is not made for secrets, with its name and text."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not name.startswith(_MADE_FOR_THEM):
            yield name, path.read_bytes().decode(errors="replace")


class TestFiftyCanaries:
    def test_are_all_moved(self, shop: Planted) -> None:
        project = load_project([shop.folder / "compose.yaml"], environ={})
        assert len(shop.values) >= 50
        assert {(one.service, one.variable) for one in propose(project).secrets if one.how in MOVED} == set(shop.values)
        for (service, variable), value in shop.values.items():
            found = project.services[service].environment[variable].value
            assert found is not None and found.reveal() == value

    def test_are_in_no_file_of_an_export_but_their_own(self, shop: Planted) -> None:
        done = call("harden", "-o", "out")
        assert done.code == 0, done.err
        texts = dict(written(shop.folder / "out"))
        assert {"compose.yaml", "batten.yaml", "README.md", "with-secrets.sh", "old.env"} <= set(texts)
        assert {name: found for name, text in texts.items() if (found := shop.found_in(text))} == {}
        held = "".join(path.read_bytes().decode() for path in (shop.folder / "out" / "secrets").iterdir())
        assert set(shop.found_in(held)) == set(shop.marks)

    def test_are_in_their_files_byte_by_byte(self, shop: Planted) -> None:
        assert call("harden", "-o", "out").code == 0
        after = load_project([shop.folder / "out" / "compose.yaml"], environ={})
        files = {Path(one.file).read_bytes() for one in after.secrets.values()}
        assert files == {value.encode() for value in shop.values.values()}

    def test_are_gone_from_the_project_itself_and_kept_in_its_backup(self, shop: Planted) -> None:
        assert call("harden", "--in-place").code == 0
        assert {name: found for name, text in written(shop.folder) if (found := shop.found_in(text))} == {}
        kept = "".join(path.read_bytes().decode() for path in (shop.folder / ".batten" / "backups").rglob("*") if path.is_file())
        assert len(shop.found_in(kept)) > 20

    @pytest.mark.parametrize("arguments", TALK, ids=" ".join)
    def test_are_in_nothing_that_is_said(self, shop: Planted, arguments: list[str]) -> None:
        done = call(*arguments)
        assert done.out + done.err
        assert shop.found_in(done.out + done.err) == []
        assert shop.found_in(json.dumps(done.out)) == []

    def test_are_in_no_stack_file(self, shop: Planted) -> None:
        done = call("harden", "--target", "both", "-o", "out")
        assert done.code == 0, done.err
        assert shop.found_in(done.out + done.err) == []
        assert {name: found for name, text in written(shop.folder / "out") if (found := shop.found_in(text))} == {}

    def test_are_in_no_autosave_and_no_repr(self, shop: Planted) -> None:
        session = Session.open([shop.folder / "compose.yaml"], environ={})
        session.autosave()
        assert "cnry" not in autosave_path(session.project).read_text()
        hardening = session.outcome().hardening
        assert shop.found_in(repr((session, hardening, hardening.changes, hardening.design, session.project.tree))) == []

    def test_stay_out_of_a_refusal(self, shop: Planted) -> None:
        assert call("harden", "-o", "out").code == 0
        for path in (shop.folder / "out" / "secrets").iterdir():
            path.chmod(0o600)
            path.write_text("another")
        done = call("harden", "-o", "out")
        assert done.code == 2
        assert shop.found_in(done.out + done.err) == []


class TestRequiredVariables:
    TEXT = (
        "services:\n  db: {image: 'postgres:16', environment: {POSTGRES_PASSWORD: '${PW:?say it}'}}\n"
        "  app: {image: acme/x, environment: {DB_PASSWORD: '${PW:?say it}'}}\n"
    )

    def test_are_required_as_before_where_they_stay(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "compose.yaml").write_text(self.TEXT)
        (tmp_path / ".env").write_text("PW=kelp-lantern\n")
        monkeypatch.chdir(tmp_path)
        assert call("harden", "-o", "out").code == 0
        text = (tmp_path / "out" / "compose.yaml").read_text()
        assert "${PW:?say it}" in text
        assert load_project([tmp_path / "out" / "compose.yaml"], environ={}).services["app"].environment["DB_PASSWORD"].value is not None
        (tmp_path / "out" / ".env").unlink()
        done = call("review", "out")
        assert done.code == 2
        assert "say it" in done.err
