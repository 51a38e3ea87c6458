"""The figures that inference must reach on projects labelled by hand, where they are at hand."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest

_CORPUS = os.environ.get("BATTEN_CORPUS", "")
_SCRIPT = Path(__file__).parents[2] / "bench" / "labels.py"

pytestmark = pytest.mark.skipif(not _CORPUS, reason="BATTEN_CORPUS names no folder with labelled projects")


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("labels", _SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_figures_hold(bench: ModuleType) -> None:
    total = bench.Score()
    for label, project in bench.projects(Path(_CORPUS)):
        total += bench.measure(label, project)[0]
    assert total.services > 50, "the yardstick is not empty"
    assert total.tiers / total.services >= 0.9
    assert total.right / total.reported >= 0.97
    assert total.right / total.credentials >= 0.95
    assert total.found / total.needed >= 0.85
    assert total.found + total.assumed == total.needed, "nothing that is needed would be cut"
    assert total.egress_kept == total.egress
