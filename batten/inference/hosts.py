"""Host names in free text: URLs, host:port, connection strings, command lines. Token-wise: a name inside a longer word is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from batten.knowledge.patterns import Pattern, compiled

# Every repetition is bounded and every pattern starts at the start of a word, so that hostile text costs no more than long text.
_NAME = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9_])?"
_START = r"(?<![A-Za-z0-9_.-])"
_AUTHORITY = Pattern(("//",), r"//([^\s/?#\"'<>`\\|;()]+)")
_HOST_AND_PORT = Pattern((":",), rf"(?<![A-Za-z0-9_.:/$%-])({_NAME}):(\d{{2,5}})(?![A-Za-z0-9_.:-])")
_AFTER_PASSWORD = Pattern(("@",), rf"(?<![^\s\"',;=(/])[^\s@/\"':]{{0,128}}:[^\s@\"']{{0,256}}@({_NAME})(?![A-Za-z0-9_.(-])")
_IN_BRACKETS = Pattern(("(",), rf"\b(?:tcp|udp)\(({_NAME})(?::\d+)?\)")
_KEYED = Pattern(
    ("=", ":"),
    rf"(?<![A-Za-z0-9])(?:host|hostname|hostaddr|hosts|server|servers|data source|addr|address|addresses|endpoint|endpoints|upstream|broker|brokers|url|uri|"
    rf"master|nodes|node|peer|peers|target|targets|remote|contact[-_.]?points?|seeds|bootstrap[-_.]servers?)[\"']?\s{{0,4}}[=:][\[{{\"'\s]{{0,8}}({_NAME})",
    re.IGNORECASE,
)
_OPTION = Pattern(
    ("-",),
    rf"(?:^|\s)(?:-[hH]|--?[A-Za-z0-9_.-]{{0,40}}(?:host|hostname|server|servers|addr|address|url|uri|endpoint|upstream|broker|brokers|master|peer|peers|target|"
    rf"connect|backend|remote|proxy|redis|database|db))[=\s]{{1,4}}[\"']?({_NAME})(?![A-Za-z0-9_.=-])",
)
_CALLED = Pattern(
    ("nc", "netcat", "ping", "telnet", "curl", "wget", "nslookup", "dig", "getent", "wait", "dockerize"),
    rf"\b(?:nc|ncat|netcat|ping|telnet|curl|wget|nslookup|dig|getent\s{{1,4}}hosts|wait-for(?:-it)?(?:\.sh)?|wait_for(?:_it)?(?:\.sh)?|waitforit|dockerize)"
    rf"(?:\s{{1,4}}-\S{{0,80}}){{0,8}}\s{{1,4}}({_NAME})(?![A-Za-z0-9_.=-])",
)
_BEFORE_PORT = Pattern((" ", "\t", "\n"), rf"(?<![A-Za-z0-9_./:-])({_NAME})\s{{1,4}}\d{{2,5}}(?![A-Za-z0-9_.:-])")
_DEVICE = Pattern(("/dev/",), rf"/dev/(?:tcp|udp)/({_NAME})/\d+")
_TASKS = Pattern(("tasks.",), rf"{_START}(tasks\.{_NAME})")
_ADDRESS = Pattern((".",), r"(?<![\d.])(\d{1,3}(?:\.\d{1,3}){3})(?![\d.])")
_DIRECTIVES = Pattern(
    (),
    rf"(?m)^[ \t]*(?:proxy_pass|fastcgi_pass|uwsgi_pass|grpc_pass|scgi_pass|memcached_pass|reverse_proxy|php_fastcgi|forward_auth|"
    rf"set[ \t]{{1,4}}\$\w{{1,40}}|to)[ \t]+[\"']?(?:\w{{1,20}}://)?({_NAME})(?![A-Za-z0-9_.-])",
)
_UPSTREAM_SERVER = Pattern(("server",), rf"(?m)^[ \t]*server[ \t]+({_NAME})(?::\d+)?[ \t]*(?:;|[ \t]\w{{1,40}}=)")
_UPSTREAM_NAME = Pattern((), rf"(?m)^[ \t]*(?:upstream|backend)[ \t]+({_NAME})")

_SIGNS = frozenset("/:@(=.")
"""A text without any of these names no host."""
_NEVER_BARE = frozenset("/:@=(){}$<>|")
"""A text with one of these is no list of plain words."""
_SHORT = 512
_ANYWHERE = (_HOST_AND_PORT, _AFTER_PASSWORD, _IN_BRACKETS, _KEYED, _DEVICE, _TASKS, _ADDRESS)
_IN_COMMANDS = (_OPTION, _CALLED, _BEFORE_PORT)
_IN_CONFIG = (_DIRECTIVES, _UPSTREAM_SERVER)


class Mention(NamedTuple):
    """A word of a text that stands where a host name stands."""

    host: str
    start: int
    """Offset of its first character."""


def in_value(text: str) -> list[Mention]:
    """Host names in a value: in URLs, before a port, in connection strings."""
    if _SIGNS.isdisjoint(text):
        return []
    return list(_short(text)) if len(text) < _SHORT else _all(text)


def _all(text: str) -> list[Mention]:
    return _unique([*_urls(text), *_matches(text, _ANYWHERE)])


_short = lru_cache(maxsize=1024)(_all)
"""The same for values that several ask about in turn."""


def in_command(text: str) -> list[Mention]:
    """Host names in a command line: those of a value, behind options such as ``--host``, after ``nc`` and its like."""
    return list(_short_command(text)) if len(text) < _SHORT else _whole_command(text)


def _whole_command(text: str) -> list[Mention]:
    return _unique([*in_value(text), *_matches(text, _IN_COMMANDS)])


_short_command = lru_cache(maxsize=1024)(_whole_command)


def in_config(text: str) -> list[Mention]:
    """Host names in a configuration file; the names of a proxy's own groups of servers (``upstream api {``) are none."""
    bare = without_comments(text)
    groups = {match[1] for match in _UPSTREAM_NAME.finditer(bare)}
    servers = {match[1] for match in _UPSTREAM_SERVER.finditer(bare)} | {match[1] for match in _HOST_AND_PORT.finditer(bare)}
    found = _unique([*in_value(bare), *_matches(bare, _IN_CONFIG)])
    return [mention for mention in found if mention.host not in groups or mention.host in servers]


def without_comments(text: str) -> str:
    """The same text with comment lines blanked, so that offsets stay."""
    return re.sub(r"(?m)^[ \t]*(?:#|//|;).*$", lambda match: " " * len(match[0]), text)


def bare(text: str) -> list[str]:
    """The items of a list of plain words (``kafka1,kafka2``), or nothing where there is anything else in the text."""
    if not _NEVER_BARE.isdisjoint(text):
        return []
    items = [item.strip().strip("\"'") for item in re.split(r"[,;\s]+", text.strip().strip("[]")) if item.strip()]
    return items if items and all(compiled(_NAME).fullmatch(item) for item in items) else []


def _urls(text: str) -> Iterator[Mention]:
    for match in _AUTHORITY.finditer(text):
        offset = match.start(1) + match[1].rfind("@") + 1
        for part in match[1].rpartition("@")[2].split(","):
            host = part.partition(":")[0]
            if compiled(_NAME).fullmatch(host) and not part.endswith(":"):
                yield Mention(host, offset)
            offset += len(part) + 1


def _matches(text: str, patterns: tuple[Pattern, ...]) -> Iterator[Mention]:
    for pattern in patterns:
        for match in pattern.finditer(text):
            yield Mention(match[1], match.start(1))


def _unique(mentions: list[Mention]) -> list[Mention]:
    return sorted({mention for mention in mentions if not mention.host.isdigit()}, key=lambda mention: mention.start)
