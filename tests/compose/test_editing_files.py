"""Projects of several files: what is new goes where the first file holds without the others; what stands twice changes twice."""

from __future__ import annotations

from pathlib import Path

from batten.compose import load_project
from batten.model import Project
from tests.compose.edited import bound, difference, dropped, moved, placed, written
from tests.support import project_of

DATABASE = "services:\n  db:\n    image: postgres\n"


def _two(base: str, over: str, tmp_path: Path) -> Project:
    project_of(base, tmp_path, over_dot_yaml=over)
    return load_project([tmp_path / "shop" / "compose.yaml", tmp_path / "shop" / "over.yaml"], environ={})


class TestSecrets:
    def test_a_variable_in_both_files_changes_in_both(self, tmp_path: Path) -> None:
        over = "services:\n  db:\n    environment:\n      - POSTGRES_PASSWORD=hunter23\n"
        project = _two(DATABASE + "    environment:\n      POSTGRES_PASSWORD: hunter22\n", over, tmp_path)
        done = written(project, moved("db", "POSTGRES_PASSWORD", "pw"))
        assert difference(project, done, "over.yaml") == ["-      - POSTGRES_PASSWORD=hunter23", "+      - POSTGRES_PASSWORD_FILE=/run/secrets/pw"]
        assert "+      - pw" in difference(project, done)

    def test_the_mount_and_the_secret_go_to_the_first_file(self, tmp_path: Path) -> None:
        over = "services:\n  db:\n    restart: always\nsecrets:\n  other: {file: ./o}\n"
        project = _two(DATABASE + "    environment:\n      POSTGRES_PASSWORD: hunter22\n", over, tmp_path)
        done = written(project, moved("db", "POSTGRES_PASSWORD", "pw"))
        assert [file.path for file in done.files] == ["compose.yaml"]
        assert difference(project, done)[-3:] == ["+secrets:", "+  pw:", "+    file: ./secrets/pw"]


class TestLists:
    def test_new_items_follow_the_last_ones(self, tmp_path: Path) -> None:
        project = _two(DATABASE + "    cap_drop: [SETUID]\n", "services:\n  db:\n    cap_drop: [SETGID]\n", tmp_path)
        assert difference(project, written(project, dropped("db")), "over.yaml") == ["-    cap_drop: [SETGID]", "+    cap_drop: [SETGID, NET_RAW]"]

    def test_a_new_list_goes_to_the_first_file(self, tmp_path: Path) -> None:
        project = _two(DATABASE, "services:\n  db:\n    restart: always\n", tmp_path)
        assert difference(project, written(project, dropped("db"))) == ["+    cap_drop:", "+      - NET_RAW"]


class TestPorts:
    def test_each_changes_in_its_own_file(self, tmp_path: Path) -> None:
        project = _two(DATABASE + '    ports: ["1:1"]\n', 'services:\n  db:\n    ports: ["2:2"]\n', tmp_path)
        done = written(project, bound("db", "127.0.0.1", 0, 1))
        assert difference(project, done) == ['-    ports: ["1:1"]', '+    ports: ["127.0.0.1:1:1"]']
        assert difference(project, done, "over.yaml") == ['-    ports: ["2:2"]', '+    ports: ["127.0.0.1:2:2"]']

    def test_one_that_both_files_write_changes_in_both(self, tmp_path: Path) -> None:
        project = _two(DATABASE + '    ports: ["1:1"]\n', 'services:\n  db:\n    ports: ["1:1"]\n', tmp_path)
        done = written(project, bound("db", "127.0.0.1"))
        assert {file.path for file in done.files} == {"compose.yaml", "over.yaml"}


class TestNetworks:
    def test_an_included_one_changes_where_it_is(self, tmp_path: Path) -> None:
        other = "services:\n  web:\n    image: web\n    networks: [far]\nnetworks:\n  far: {} # theirs\n"
        project = project_of("include: [other.yaml]\n" + DATABASE + "    networks: [far]\n", tmp_path, other_dot_yaml=other)
        assert difference(project, written(project, placed(project, {}, ["far"])), "other.yaml") == [
            "-  far: {} # theirs",
            "+  far: {internal: true} # theirs",
        ]

    def test_a_new_one_and_the_unwritten_default_share_a_section(self, tmp_path: Path) -> None:
        project = project_of(DATABASE + "  web:\n    image: web\n", tmp_path)
        done = written(project, placed(project, {"db": ["one", "default"]}, ["default"]))
        assert difference(project, done)[-5:] == ["+", "+networks:", "+  one:", "+  default:", "+    internal: true"]

    def test_change_where_they_are_written(self, tmp_path: Path) -> None:
        base = DATABASE + "    networks: [one]\nnetworks:\n  one:\n"
        project = _two(base, "services:\n  db:\n    restart: always\n", tmp_path)
        done = written(project, placed(project, {"db": ["two"]}))
        assert [file.path for file in done.files] == ["compose.yaml"]
        assert done.needs == ""

    def test_are_overridden_where_several_files_add_up(self, tmp_path: Path) -> None:
        base = DATABASE + "    networks: [one]\nnetworks:\n  one:\n  three:\n"
        project = _two(base, "services:\n  db:\n    networks: [three]\n", tmp_path)
        done = written(project, placed(project, {"db": ["one", "three", "two"]}))
        assert difference(project, done, "over.yaml") == ["-    networks: [three]", "+    networks: !override [one, three, two]"]
        assert done.needs == "Docker Compose 2.24.4 or newer"

    def test_a_tag_that_is_there_stays(self, tmp_path: Path) -> None:
        base = DATABASE + "    networks: [one]\nnetworks:\n  one:\n"
        project = _two(base, "services:\n  db:\n    networks: !override [one]\n", tmp_path)
        assert difference(project, written(project, placed(project, {"db": ["two"]})), "over.yaml") == [
            "-    networks: !override [one]",
            "+    networks: !override [two]",
        ]

    def test_of_each_service_in_its_own_file(self, tmp_path: Path) -> None:
        project = _two(DATABASE, "services:\n  web:\n    image: web\n", tmp_path)
        done = written(project, placed(project, {"db": ["two"], "web": ["two"]}))
        assert difference(project, done, "over.yaml") == ["+    networks:", "+      - two"]
        assert difference(project, done) == ["+    networks:", "+      - two", "+", "+networks:", "+  two:"]

    def test_an_option_changes_where_it_counts(self, tmp_path: Path) -> None:
        base = DATABASE + "    networks: [one]\nnetworks:\n  one:\n    driver: bridge\n"
        project = _two(base, "networks:\n  one:\n    internal: false\n", tmp_path)
        assert difference(project, written(project, placed(project, {}, ["one"])), "over.yaml") == ["-    internal: false", "+    internal: true"]
