"""Whether a variable holds a credential: by its name, and by what its value looks like."""

from __future__ import annotations

import re
from functools import lru_cache

from batten.knowledge.patterns import Pattern
from batten.knowledge.vocabulary import says, split, vocabulary

_SECRET_FILES = ("/run/secrets/", "/var/run/secrets/", "file:///run/secrets/", "cat /run/secrets/")
_REFERENCES = ("$", "<", "{{", "%", "/")
_TOKENS = Pattern(
    ("gh", "glpat-", "xox", "k_live_", "k_test_", "whsec_", "AIza", "SG.", "sk-", "npm_", "dop_v1_", "hvs.", "eyJ"),
    r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}|xox[abeoprs]-[A-Za-z0-9-]{10,}|[sr]k_(?:live|test)_[A-Za-z0-9.…]{3,}"
    r"|whsec_[A-Za-z0-9]{8,}|AIza[A-Za-z0-9_-]{30,}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|sk-[A-Za-z0-9_-]{20,}|npm_[A-Za-z0-9]{30,}|dop_v1_[a-f0-9]{40,}"
    r"|hvs\.[A-Za-z0-9_-]{20,}|eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,})",
)
_PRIVATE_KEY = Pattern(("-----BEGIN ",), r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----")
_WEBHOOKS = Pattern(
    ("://",),
    r"https://(?:hooks\.slack\.com/services/|(?:ptb\.|canary\.)?discord(?:app)?\.com/api/webhooks/|[a-z0-9.-]*\.webhook\.office\.com/webhook)\S",
    re.IGNORECASE,
)
_HASHED_USER = Pattern((":",), r"^[^\s:]+:(?:\$(?:apr1|2[abxy]?|5|6|argon2[id]*)\$|\{SHA\})\S+")
_AUTHORIZATION = Pattern(("Basic", "Bearer"), r"\b(?:Basic|Bearer)\s+[A-Za-z0-9+/=_.-]{12,}")
_PASSWORD_IN_URL = Pattern(("@",), r"[A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s/?#:@\"']{0,256}:([^\s/?#\"']{1,512})@[^\s/@:]")
_SCHEMELESS = Pattern(("@",), r"^[^\s:/@,;=\"']{1,256}:([^\s/@\"']{1,512})@(?:tcp\(|unix\()?[A-Za-z0-9_.-]+(?::\d+|\)|/|$)")
_ASSIGNED = Pattern(
    ("=", ":", " ", "\t", "\n"),
    r"(?i)(?:^|[\s;&?,\"'{-])[\w.-]{0,64}(?:passw(?:or)?d|passwd|requirepass|secret[_.-]?key|access[_.-]?token)[\"']?(?:\s{0,4}[=:]\s{0,4}|\s{1,4})[\"']?([^\s;&\"',}]+)",
)
_FOLDERS = Pattern(
    ("/",),
    r"^(?:file://)?(?:\.{0,2}/|~/)?(?:run|etc|var|opt|usr|home|root|mnt|srv|tmp|app|config|data|certs?|keys?|secrets?|ssl|tls|pki|bitnami)(?:/[\w.@-]+)+/?$",
)
_FILE_NAME = Pattern((".",), r"^[\w./%-]+\.(?:key|pem|crt|cer|p12|jks|pfx|pub|txt|json|ya?ml|conf|asc|gpg|env)$", re.IGNORECASE)
_CLASS_NAME = Pattern((".",), r"^(?:[a-z]\w*\.)+[A-Z]\w*$")
_COUNT = Pattern((), r"-?\d{1,6}(?:\.\d+)?[a-z]{0,2}")
_USER_AND_PASSWORD = Pattern(("/", ":"), r"[^\s:/]+[:/]\S+")
_LONGER_THAN_A_METHOD = 12
_SHORTEST_TOKEN = 12
"""No token is shorter that is made of letters and digits alone."""
_LONGEST = 16 * 1024
"""How much of a value is looked at."""


@lru_cache(maxsize=4096)
def is_credential(name: str, value: str | None, *, hidden: bool) -> bool:
    """Whether the variable holds a credential.

    ``value`` is None or empty where there is none at hand; ``hidden`` says that it is filled in from outside when the project starts.
    """
    if not value:
        return hidden and (named_as_credential(name) or _connection(name))
    if harmless(value):
        return False
    if holds_secret(value):
        return True
    return (named_as_credential(name) and not _misnamed(name, value, hidden)) or _authorises(name, value)


@lru_cache(maxsize=4096)
def named_as_credential(name: str) -> bool:
    """Whether a variable's name says that it holds a password, a token or a secret key: by its last words, behind which little may follow."""
    parts = split(name)
    while len(parts) > 1 and (parts[-1].isdigit() or says("follows_a_secret", parts[-1:])):
        parts.pop()
    if parts in ([], ["pwd"]) or says("switches", parts[:2]):
        return False
    if says("is_public", parts) and "secret" not in parts:
        return False
    return says("password", parts[-1:]) or _says_secret(parts)


def _says_secret(parts: list[str]) -> bool:
    last, before = parts[-1], parts[:-1]
    if parts[-2:] == ["key", "base"]:
        return True
    if last in ("key", "keys"):
        return says("makes_a_key_secret", before) or says("secret", before)
    return last == "dsn" or says("secret", [last]) or last.endswith(tuple(vocabulary("ends_a_secret")))


def _authorises(name: str, value: str) -> bool:
    """Whether a variable such as ``NEO4J_AUTH`` holds a user with a password, and not the name of a method."""
    parts = split(name)
    return len(parts) > 1 and parts[-1] == "auth" and bool(_USER_AND_PASSWORD.fullmatch(value) or len(value) >= _LONGER_THAN_A_METHOD)


def _connection(name: str) -> bool:
    """Whether a variable is a connection string of a database, which usually holds the password."""
    parts = split(name)
    return parts[-1:] in (["url"], ["uri"], ["dsn"]) and says("is_a_connection", parts)


@lru_cache(maxsize=1024)
def holds_secret(value: str) -> bool:
    """Whether a value looks like a secret whatever it is called: a token, a private key, a URL with a password."""
    value = value[:_LONGEST]
    if len(value) < _SHORTEST_TOKEN and value.isalnum():
        return False
    if any(pattern.search(value) for pattern in (_TOKENS, _PRIVATE_KEY, _WEBHOOKS, _HASHED_USER, _AUTHORIZATION)):
        return True
    inside = (_PASSWORD_IN_URL, _SCHEMELESS, _ASSIGNED) if _may_assign(value) else (_PASSWORD_IN_URL, _SCHEMELESS)
    passwords = [match[1] for pattern in inside for match in pattern.finditer(value)]
    return any(not harmless(password) and not password.startswith(_REFERENCES) for password in passwords)


def _may_assign(value: str) -> bool:
    """Whether one of the words that stand before a password is there, in whatever case."""
    lower = value.lower()
    return "pass" in lower or "secret" in lower or "access" in lower


def harmless(value: str) -> bool:
    """Whether a value cannot be a secret whatever it is called: a switch, or the path of a secret's file."""
    text = value.strip().strip("\"'").lower()
    return not text.strip("{}[] ") or text in vocabulary("is_a_switch") or text.startswith(_SECRET_FILES)


def _misnamed(name: str, value: str, hidden: bool) -> bool:
    """Whether a value shows that the name is misleading: a path, a class, an address, a port or a count."""
    password = says("password", split(name))
    if _FILE_NAME.match(value) or (_FOLDERS.match(value) and not (hidden and password)):
        return True
    if "://" in value and "@" not in value:
        return True
    return not password and bool(_CLASS_NAME.match(value) or _COUNT.fullmatch(value))
