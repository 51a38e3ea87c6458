"""Who can reach whom, by which road, on which engine version.

``predict`` answers for a whole project, service by service; ``rules.answer`` answers for a single probe from one place to one address.
"""

from __future__ import annotations

from batten.reach.paths import Node, Reach, ReachPath
from batten.reach.predict import Count, count_paths, predict

__all__ = ["Count", "Node", "Reach", "ReachPath", "count_paths", "predict"]
