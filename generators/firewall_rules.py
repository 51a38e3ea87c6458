"""Rules of a firewall as data, and their two spellings: chains for ``iptables-restore``, and a table of our own for ``nft``."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

RETURN, DROP = "RETURN", "DROP"
"""What becomes of a packet: it goes on to the rules behind the call, which may be Docker's, or it is gone."""
FAMILIES: Final = (4, 6)


class Rule(NamedTuple):
    """What a packet has to be like, and what becomes of it then."""

    chain: str
    verdict: str
    """RETURN, DROP, or a chain of ours that is asked."""
    answers: bool = False
    """It belongs to a connection that is there already."""
    comes: str = ""
    """Interface by which it comes; a ``+`` at the end stands for any ending."""
    leaves: str = ""
    """Interface by which it goes on."""
    source: str = ""
    target: str = ""
    """Address or network that it is for, as it is where the rule stands."""
    protocol: str = ""
    port: str = ""
    """Port or range that it is for, as it is where the rule stands."""
    source_port: str = ""
    published: str = ""
    """Port or range of the host that it was sent to before Docker translated it to a container's."""
    address: str = ""
    """Address of the host that it was sent to before that."""
    direct: bool = False
    """Nobody has translated it: it was sent to the container's own address."""
    comment: str = ""
    """One word."""


class Ruleset(NamedTuple):
    """The chains of one firewall, for one family."""

    name: str
    """Name of its table under nftables."""
    forward: str
    """The chain that sees what goes on to containers and other machines."""
    input: str
    """The chain that sees what ends on this host, docker-proxy included."""
    others: tuple[str, ...]
    """Chains that the two ask."""
    rules: tuple[Rule, ...]

    @property
    def chains(self) -> tuple[str, ...]:
        """All of them."""
        return (self.forward, self.input, *self.others)

    @property
    def marked(self) -> tuple[str, ...]:
        """Those that hold the word by which the script knows its own rules."""
        return tuple(dict.fromkeys(rule.chain for rule in self.rules if rule.comment))


def sources(named: Iterable[str], family: int) -> Iterator[str]:
    """The addresses of one family; an empty one where nobody is named, which is everyone."""
    given = list(named)
    if not given:
        yield ""
    yield from (one for one in given if ipaddress.ip_network(one).version == family)


def iptables(ruleset: Ruleset) -> str:
    """The chains as ``iptables-restore --noflush`` takes them; they hang nowhere yet."""
    return "\n".join(["*filter", *(f":{chain} - [0:0]" for chain in ruleset.chains), *(f"-A {rule.chain} {_words(rule)}" for rule in ruleset.rules), "COMMIT"])


def _words(rule: Rule) -> str:
    given = {"-i": rule.comes, "-o": rule.leaves, "-s": rule.source, "-d": rule.target, "-p": rule.protocol}
    parts = [f"{option} {value}" for option, value in given.items() if value]
    ports = {"--sport": rule.source_port, "--dport": rule.port}
    parts += [f"{option} {value.replace('-', ':')}" for option, value in ports.items() if value]
    parts += _tracked(rule)
    if rule.comment:
        parts.append(f"-m comment --comment {rule.comment}")
    return " ".join([*parts, f"-j {rule.verdict}"])


def _tracked(rule: Rule) -> Iterator[str]:
    """What only the table of connections knows."""
    if rule.answers:
        yield "-m conntrack --ctstate RELATED,ESTABLISHED"
    if rule.direct:
        yield "-m conntrack ! --ctstate DNAT"
    if rule.published:
        address = f" --ctorigdst {rule.address}" if rule.address else ""
        yield f"-m conntrack --ctstate DNAT{address} --ctorigdstport {rule.published.replace('-', ':')} --ctdir ORIGINAL"


def nft(ruleset: Ruleset, family: int) -> str:
    """The same as a table of our own that replaces the one that is there; its chains come before Docker's, whatever Docker uses."""
    table = f"table {'ip6' if family == 6 else 'ip'} {ruleset.name}"
    hooks = {ruleset.forward: "forward", ruleset.input: "input"}
    lines = [f"{table} {{ }}", f"delete {table}", f"{table} {{"]
    for chain in (*ruleset.others, ruleset.forward, ruleset.input):
        lines.append(f"  chain {chain} {{")
        if chain in hooks:
            lines.append(f"    type filter hook {hooks[chain]} priority -10; policy accept;")
        lines += [f"    {_said(rule, family)}" for rule in ruleset.rules if rule.chain == chain]
        lines.append("  }")
    return "\n".join([*lines, "}"])


def _said(rule: Rule, family: int) -> str:
    ip = "ip6" if family == 6 else "ip"
    parts = [f'{word} "{_wild(name)}"' for word, name in (("iifname", rule.comes), ("oifname", rule.leaves)) if name]
    parts += [f"{ip} {word} {network}" for word, network in (("saddr", rule.source), ("daddr", rule.target)) if network]
    ports = [f"{rule.protocol} {word} {port}" for word, port in (("sport", rule.source_port), ("dport", rule.port)) if port]
    parts += ports or ([f"meta l4proto {rule.protocol}"] if rule.protocol else [])
    if rule.answers:
        parts.append("ct state established,related")
    if rule.direct:
        parts.append("ct status & dnat == 0")
    if rule.published:
        address = f" ct original {ip} daddr {rule.address}" if rule.address else ""
        parts.append(f"ct status & dnat == dnat ct direction original{address} ct original proto-dst {rule.published}")
    verdict = rule.verdict.lower() if rule.verdict in (RETURN, DROP) else f"jump {rule.verdict}"
    return " ".join([*parts, verdict, *([f'comment "{rule.comment}"'] if rule.comment else [])])


def both_spellings(four: Ruleset, six: Ruleset) -> dict[str, str]:
    """Every text that a script holds, by the name that it calls it."""
    return {"4": iptables(four), "6": iptables(six), "nft_4": nft(four, 4), "nft_6": nft(six, 6)}


def _wild(interface: str) -> str:
    return f"{interface[:-1]}*" if interface.endswith("+") else interface
