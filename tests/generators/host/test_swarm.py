"""The swarm's control plane: the script is sound, and the page says what is true. What it does is seen on a real swarm, with the engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from generators import host_swarm
from tests.generators.host.helping import design, lint, run, written


def swarm(folder: Path, **fields: Any) -> Path:
    """The folder ``swarm`` for some design."""
    return written(host_swarm.files(design("swarm", **{"wanted": True, **fields})), folder) / "swarm"


class TestTheScript:
    @pytest.mark.parametrize("fields", [{}, {"autolock": False}, {"advertise": "10.0.0.1", "data_path": "fd00::1", "data_port": 5000, "cert_days": 7}], ids=str)
    def test_pleases_shellcheck(self, tmp_path: Path, fields: dict[str, Any]) -> None:
        assert lint([swarm(tmp_path, **fields) / "control-plane.sh"]) == ""

    def test_says_how_it_is_called(self, tmp_path: Path) -> None:
        script = swarm(tmp_path) / "control-plane.sh"
        assert run(script, "--help").code == 0
        assert run(script, "polish").code == 2
        assert run(script).code == 2

    def test_is_not_made_where_there_is_no_swarm(self) -> None:
        assert host_swarm.files(design("swarm", wanted=False)) == ()


class TestThePage:
    def test_says_what_must_be_open(self, tmp_path: Path) -> None:
        text = (swarm(tmp_path, data_port=5789) / "README.md").read_text()
        for words in ("| 2377/tcp |", "| 7946/tcp, 7946/udp |", "| 5789/udp |", "| ESP (IP protocol 50) |"):
            assert words in text

    def test_is_right_about_encryption(self, tmp_path: Path) -> None:
        text = (swarm(tmp_path) / "README.md").read_text()
        for words in ("AES-128-GCM", "every 12 hours", "`encrypted=false` encrypts as well", "1424"):
            assert words in text
        assert "256" not in text

    def test_names_the_nodes(self, tmp_path: Path) -> None:
        assert "from `10.0.0.2`, `fd00::2` and from nobody else" in (swarm(tmp_path / "a", peers=("10.0.0.2", "fd00::2")) / "README.md").read_text()
        assert "not named in `host.yaml`" in (swarm(tmp_path / "b") / "README.md").read_text()

    def test_says_where_the_managers_stay_unlocked(self, tmp_path: Path) -> None:
        assert "Autolock stays off" in (swarm(tmp_path, autolock=False) / "README.md").read_text()
