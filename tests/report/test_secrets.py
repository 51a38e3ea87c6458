"""How many credentials go which way, and which of them have to be changed."""

from __future__ import annotations

import subprocess
from pathlib import Path

from batten.design.proposal import propose
from batten.hardening import Hardening, harden
from batten.model import Risk
from batten.report.plans import plan_text
from batten.report.secrets import to_rotate, ways
from generators import rotation
from tests.support import project_of

TEXT = """
services:
  db:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD: ${PW}
  mq: {image: 'rabbitmq:3', environment: {RABBITMQ_DEFAULT_PASS: sea-biscuit}}
  app: {image: acme/x, environment: {API_TOKEN: kelp-lantern, SESSION_SECRET: whelk-winkle}}
"""


def hardened(tmp_path: Path, accept: Risk = Risk.CHECK, text: str = TEXT) -> Hardening:
    """The project with its proposed design applied."""
    project = project_of(text, tmp_path, _dot_env="PW=correct-horse\n")
    return harden(project, propose(project), accept=accept)


class TestWays:
    def test_are_counted(self, tmp_path: Path) -> None:
        said = "Credentials: 1 read from a file by the image, 1 read from a file by a start script, 2 kept."
        done = hardened(tmp_path)
        assert ways(done) == said
        assert " ".join(plan_text(done).split()).count(said) == 1

    def test_that_are_not_accepted_are_kept(self, tmp_path: Path) -> None:
        assert ways(hardened(tmp_path, Risk.SAFE)) == "Credentials: 1 read from a file by the image, 3 kept."

    def test_of_a_project_without_credentials_are_nothing(self, tmp_path: Path) -> None:
        assert ways(hardened(tmp_path, text="services: {a: {image: acme/x}}")) == ""


class TestWhatHasToBeChanged:
    def test_is_what_was_moved_with_its_places_and_steps(self, tmp_path: Path) -> None:
        db, mq = to_rotate(hardened(tmp_path))
        assert (db.secret, db.users, mq.users) == ("postgres_password", ("db POSTGRES_PASSWORD",), ("mq RABBITMQ_DEFAULT_PASS",))
        assert [Path(place).name for place in db.places] == ["compose.yaml:6", ".env:1"]
        assert "docker compose exec db psql" in db.steps[0]
        assert "rabbitmqctl change_password" in mq.steps[0]
        assert db.tracked == mq.tracked == ()

    def test_comes_first_where_git_keeps_it(self, tmp_path: Path) -> None:
        project_of(TEXT, tmp_path)
        shop = tmp_path / "shop"
        subprocess.run(("git", "init", "--quiet", str(shop)), check=True)
        subprocess.run(("git", "-C", str(shop), "add", "compose.yaml"), check=True)
        done = hardened(tmp_path)
        assert all([Path(name).name for name in one.tracked] == ["compose.yaml"] for one in to_rotate(done))
        (page,) = rotation.files(done)
        text = page.content.decode()
        assert "Git keeps" in text
        assert "correct-horse" not in text and "sea-biscuit" not in text

    def test_is_not_written_where_nothing_moves(self, tmp_path: Path) -> None:
        assert not list(rotation.files(hardened(tmp_path, text="services: {a: {image: acme/x}}")))
