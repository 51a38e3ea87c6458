"""What was seen on a running engine as a decision: taken into the design, and undone like any other."""

from __future__ import annotations

from batten.design import learning
from batten.design.sections.observed import Observations
from batten.session import Session
from wizards.cutting import recut


def learn(session: Session, observations: Observations) -> Session:
    """The session whose design knows what was seen; its networks are cut anew where they would not let it through."""
    project = session.project
    design = learning.learned(session.design, project, observations)
    if learning.cut_off(design, project):
        design = recut(project, design)
    watched = max((watch.seconds for watch in observations.watches), default=0.0)
    return session.decide(design, f"what was seen in {learning.length(watched)}")
