"""The figures that inference must reach on projects labelled by hand, where they are at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from batten.design.proposal import propose
from bench import label_designs, labels

_CORPUS = os.environ.get("BATTEN_CORPUS", "")

pytestmark = pytest.mark.skipif(not _CORPUS, reason="BATTEN_CORPUS names no folder with labelled projects")


def test_the_figures_hold() -> None:
    total = labels.Score()
    for label, project in labels.projects(Path(_CORPUS)):
        total += labels.measure(label, project)[0]
    assert total.services > 50, "the yardstick is not empty"
    assert total.tiers / total.services >= 0.9
    assert total.right / total.reported >= 0.97
    assert total.right / total.credentials >= 0.95
    assert total.found / total.needed >= 0.85
    assert total.found + total.assumed == total.needed, "nothing that is needed would be cut"
    assert total.egress_kept == total.egress


def test_truthful_answers_close_everything_that_is_not_needed() -> None:
    total, services, questions = label_designs.Kept(), 0, 0
    for label, project in labels.projects(Path(_CORPUS)):
        design = propose(project)
        total = total.plus(label_designs.measure(label, project, label_designs.answered(label, project, design)))
        services, questions = services + len(project.services), questions + label_designs.questions(design)
    assert total.needed == total.kept > 0
    assert total.closable == total.closed > 0
    assert questions <= services


def test_what_was_observed_closes_everything_else() -> None:
    total = label_designs.Kept()
    for label, project in labels.projects(Path(_CORPUS)):
        total = total.plus(label_designs.measure(label, project, label_designs.watched(label, project, propose(project))))
    assert total.needed == total.kept > 0
    assert total.closable == total.closed > 0


def test_the_default_design_closes_most_without_asking() -> None:
    total = label_designs.Kept()
    for label, project in labels.projects(Path(_CORPUS)):
        total = total.plus(label_designs.measure(label, project, propose(project)))
    assert total.kept == total.needed
    assert total.closed / total.closable >= 0.55
