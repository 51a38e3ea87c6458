"""What hardening leaves possible in every project of a corpus: the connections that are needed, and what the edge publishes.

Usage: ``python bench/keeping.py CORPUS``. Counts the accepted projects of two services or more; prints what was possible before and is not after.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from batten.hardening import Hardening
from batten.model import EvidenceKind, Tier, Zone
from batten.reach import predict
from bench.exporting import hardened


def compared(done: Hardening) -> Iterator[tuple[str, str, bool]]:
    """What was possible before, one by one: its kind, what it is, and whether it still is."""
    before, after = ({(path.source, path.target) for path in predict(one).paths} for one in (done.before, done.after))
    for one in done.design.connections:
        if (one.source, one.target) in before:
            kind = "assumed" if one.evidence[0].kind is EvidenceKind.ASSUMED else "needed"
            out = " way out" if one.target == Zone.INTERNET else " connection"
            yield kind + out, f"{one.source} → {one.target}", (one.source, one.target) in after
    for name, placed in done.design.tiers.items():
        if placed.tier is Tier.EDGE and (Zone.LAN.value, name) in before:
            yield "edge service from the LAN", name, (Zone.LAN.value, name) in after


def main(corpus: str) -> int:
    """Print what is lost, and the sums."""
    total, kept, projects = Counter[str](), Counter[str](), 0
    folder = Path(corpus).resolve()
    for record in (one for one in json.loads((folder / "manifest.json").read_text(encoding="utf-8")) if one["accepted"]):
        done = hardened(folder, record, (folder / "projects" / record["slug"] / record["ref_files"][0]).parent)
        several = len(done.before.services) > 1
        projects += several
        for kind, what, still in compared(done) if several else ():
            total[kind] += 1
            kept[kind] += still
            if not still:
                print(f"{record['slug']}: {kind} is closed: {what}")
    print(f"{projects} projects of two services or more; " + "; ".join(f"{kind}: {kept[kind]} of {count} kept" for kind, count in sorted(total.items())))
    return 0 if kept == total else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
