"""What a probe container runs, and what its output means. It is read strictly: anything unexpected is an error and never a closed port.

A connection is opened and closed by ``nc``: with ``-z`` where it has that (BusyBox with NC_110_COMPAT, as its own defconfig and so the official image has it,
and Alpine's), else with ``-e true`` (BusyBox's small one, networking/nc.c: the program takes the place of ``nc`` as soon as the connection is open, and ends).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_address

from batten.engine import tables
from batten.engine.vantage import SERVER, Address, Name
from batten.errors import EngineError

ZERO, RUN, NONE = "zero", "run", "none"
"""Ways to open a connection and close it: ``nc -z``, ``nc -e true``, and none."""
SECONDS = 2
"""That a connection may take."""
_LOOKUP_SECONDS = 3
_AT_A_TIME = 12
_END = "== end"
_LOOK = f"""
for table in {" ".join(tables.NAMES)}; do echo "== $table"; cat "/proc/net/$table" 2>/dev/null; done
way={NONE}
if command -v nc >/dev/null 2>&1; then
  case "$(nc -z 2>&1 </dev/null)" in
    *"nvalid option"*|*nrecognized*|*"nknown option"*|*llegal*) case "$(nc --help 2>&1 </dev/null)" in *-e*) way={RUN} ;; esac ;;
    *) way={ZERO} ;;
  esac
fi
echo "== way"; echo "$way"
echo "== lookup"; command -v nslookup >/dev/null 2>&1 && command -v timeout >/dev/null 2>&1 && echo yes
echo "{_END}"
"""
_PARALLEL = f"""
set -f
at=0
while [ $# -gt 0 ]; do
  one "$at" "$1" "$2" </dev/null 2>/dev/null &
  at=$((at + 1)); shift 2
  [ $((at % {_AT_A_TIME})) -ne 0 ] || wait
done
wait
echo "{_END}"
"""
_CONNECT = {
    ZERO: f'one() {{ nc -z -w {SECONDS} "$2" "$3" >/dev/null; echo "$1 $?"; }}{_PARALLEL}',
    RUN: f'one() {{ nc -w {SECONDS} "$2" "$3" -e true >/dev/null; echo "$1 $?"; }}{_PARALLEL}',
}
_LOOK_UP = f'one() {{ found=$(timeout {_LOOKUP_SECONDS} nslookup "$2" {SERVER}); echo "$1" $found; }}{_PARALLEL}'
_ROW = re.compile(r"(\d+)(?: (.*))?\Z")
_ADDRESS = re.compile(r"Address(?: \d+)?: ?([0-9A-Fa-f.:]+)")
_OTHER = "Name another image with --probe-image; busybox and alpine are known to do."


def look() -> Sequence[str]:
    """The command that prints the tables of the namespace, and what the image can do."""
    return ("sh", "-c", _LOOK)


def seen(output: str) -> Mapping[str, str]:
    """The tables by name, with ``way`` and ``lookup``; raises EngineError."""
    if output.rstrip().rpartition("\n")[2] != _END:
        raise _unexpected(output)
    parts = (part.partition("\n") for part in f"\n{output}".split("\n== ")[1:])
    found = {name: text for name, _, text in parts}
    if not {*tables.NAMES, "way", "lookup"} <= found.keys():
        raise _unexpected(output)
    return {name: text.strip() if name in ("way", "lookup") else text for name, text in found.items()}


def connect(way: str, addresses: Iterable[Address]) -> Sequence[str]:
    """The command that opens each of the connections."""
    return ("sh", "-c", _CONNECT[way], "probe", *(word for one in addresses for word in (one.host, str(one.port))))


def reached(output: str, addresses: Sequence[Address]) -> frozenset[Address]:
    """Those that were taken; raises EngineError."""
    codes = _rows(output, len(addresses))
    if strange := set(codes) - {"0", "1"}:
        raise EngineError(f"nc in the probe container ended with {', '.join(sorted(strange))}, which says nothing about a connection.", hint=_OTHER)
    return frozenset(one for one, code in zip(addresses, codes, strict=True) if code == "0")


def look_up(names: Iterable[Name]) -> Sequence[str]:
    """The command that looks each of the names up."""
    return ("sh", "-c", _LOOK_UP, "probe", *(word for one in names for word in (one.name, "-")))


def resolved(output: str, names: Sequence[Name]) -> Mapping[Name, frozenset[str]]:
    """The addresses of each name; what ``nslookup`` says of the server comes before the first ``Name:``. Raises EngineError."""
    rows = _rows(output, len(names))
    return {name: frozenset(_of_family(row.partition("Name:")[2], name.family)) for name, row in zip(names, rows, strict=True)}


def _of_family(text: str, family: int) -> Iterable[str]:
    for found in _ADDRESS.findall(text):
        try:
            address = ip_address(found)
        except ValueError:
            raise _unexpected(text) from None
        if address.version == family:
            yield str(address)


def _rows(output: str, count: int) -> Sequence[str]:
    """What stands behind each number, in their order."""
    *lines, end = output.rstrip().split("\n")
    found = {int(row[1]): row[2] or "" for line in lines if (row := _ROW.match(line))}
    if end != _END or len(lines) != count or found.keys() != set(range(count)):
        raise _unexpected(output)
    return [found[at] for at in range(count)]


def unfit(image: str) -> EngineError:
    """An image without the tools."""
    return EngineError(f"the image {image} has no 'nc' that opens a connection and closes it (with -z or -e).", hint=_OTHER)


def _unexpected(output: str) -> EngineError:
    shown = " ".join(output.split())[-100:] or "nothing"
    return EngineError(f"a probe container printed what was not expected: {shown!r}.", hint=_OTHER)
