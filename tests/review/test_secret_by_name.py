"""What is offered for a credential that an image looks for in a file of the variable's name."""

from __future__ import annotations

from pathlib import Path

from batten.review.runner import review
from tests.support import project_of


class TestAFileOfTheVariablesName:
    def test_is_offered_by_its_path(self, tmp_path: Path) -> None:
        text = "services:\n  stats: {image: 'plausible/analytics:v2', environment: {SECRET_KEY_BASE: kelp-lantern-kelp-lantern}}\n"
        (found,) = (one for one in review(project_of(text, tmp_path)) if one.rule == "secret-in-environment")
        assert found.fix is not None
        assert found.fix.title == "move it to a secret file at /run/secrets/SECRET_KEY_BASE, where the image looks for it"
