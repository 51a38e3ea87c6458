"""A mount that is one word, as the reference prints it (asked of Docker Compose v5.6.1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import project_of


class TestOneWord:
    @pytest.mark.parametrize(("word", "said"), [("a", False), ("/d", False), ("abc", True), ("workspace", True), ("/data", True)])
    def test_has_options_of_a_volume_from_three_characters_on(self, word: str, said: bool, tmp_path: Path) -> None:
        (mount,) = project_of(f"services: {{a: {{image: x, volumes: ['{word}']}}}}", tmp_path).tree.plain()["services"]["a"]["volumes"]
        assert mount == {"type": "volume", "target": word, **({"volume": {}} if said else {})}
