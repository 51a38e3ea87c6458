"""The step that says whether the Docker API is reached over TLS, by whom, and with which certificates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from batten.design import host_reading as reading
from batten.design.host import EVERYWHERE, HostDesign, Tls, with_tls
from batten.session.host import HostSession
from wizards.host.asking import NO, NONE, YES, HostStep, listed, number_of, said, text_of, texts_of
from wizards.questions import Choice, Question

_WAYS = (
    Choice(NO, "by ssh alone", "no port, no certificates, no restart; as safe as your ssh access"),
    Choice(YES, "over TLS on a port of its own", "for clients that cannot use ssh; whoever has a certificate is root on this host"),
)
_KEYS = (
    Choice("ec", "EC P-256", "small and quick, and every client knows them"),
    Choice("rsa", "RSA, 4096 bits", "for very old clients"),
    Choice("ed25519", "Ed25519", "some older clients do not know them"),
)
_PASSPHRASE = (
    Choice(YES, "a passphrase", "asked for when the CA is made and for each certificate"),
    Choice(NO, "none", "whoever can read the CA's key can make himself a client"),
)
_EVERY = Choice(EVERYWHERE, "every address of this host", "keep others out with the sources below and the base firewall")
_DAYS: Mapping[str, tuple[str, str, str, int]] = {
    "ca_days": ("CA lasts", "the CA's certificate", "When it ends, every certificate has to be made anew.", 7300),
    "server_days": ("server lasts", "the server's certificate", "It is renewed with one command; the daemon reads it at its next start.", 825),
    "client_days": (
        "client lasts",
        "a client's certificate",
        "Docker knows no revoked certificates: a lost one opens the door until its last day.",
        825,
    ),
}


class TlsStep(HostStep):
    """How the API is reached from elsewhere."""

    name = "host-tls"
    section = "tls"
    title = "API TLS"
    why = (
        "Whoever may call the Docker API is root on this host. ssh carries it without a port of its own. Where ssh cannot be used, TLS with a "
        "certificate for each client is the only other safe way: on a port without it, everyone who reaches the port is root."
    )

    def questions(self, session: HostSession) -> list[Question]:
        """The way in; for TLS also names, clients, callers, keys and days."""
        tls = session.design.tls
        way = self.ask("wanted", "way in", "How do other machines call Docker on this host?", self.why, said(tls.wanted), _WAYS)
        return [way, *(self._details(tls) if tls.wanted else ())]

    def _details(self, tls: Tls) -> Iterator[Question]:
        why = "Go's TLS looks at these alone: a name that is missing here is refused by every client."
        yield self.ask(
            "names", "names", "Under which names or addresses is this host called?", why, listed(tls.names), (NONE,), "names and addresses, with commas"
        )
        why = "Each gets a certificate of its own, so that one can be let go without the others."
        yield self.ask("clients", "clients", "Which clients get a certificate?", why, listed(tls.clients), free="names, with commas")
        why = "The base firewall keeps everybody else away from the port. None: only the certificate decides."
        yield self.ask("sources", "callers", "From where may they come?", why, listed(tls.sources), (NONE,), "addresses or networks, with commas")
        other = () if tls.address == EVERYWHERE else (Choice(tls.address, f"{tls.address} alone"),)
        yield self.ask("address", "address", "Where does the daemon listen?", "An address that only your own network reaches is best.", tls.address,
                       (_EVERY, *other), "an address of this host")  # fmt: skip
        yield self.ask("port", "port", "On which port?", "2376 is what clients expect of Docker with TLS.", str(tls.port), free="a port")
        yield self.ask("key", "keys", "Which kind of keys?", "All three hold for years to come.", tls.key, _KEYS)
        why = "The CA's key makes clients, so it is worth as much as root's password."
        yield self.ask("passphrase", "CA's key", "What keeps the CA's key?", why, said(tls.passphrase), _PASSPHRASE)
        for field, (subject, what, why, _) in _DAYS.items():
            yield self.ask(field, subject, f"How many days does {what} last?", why, str(getattr(tls, field)), free="days")
        yield self.ask("folder", "folder", "Where do the server's files lie on the host?", "daemon.json names them there.", tls.folder, free="a folder")

    def answer(self, design: HostDesign, matter: str, value: str) -> HostDesign:
        """The design with that field of the API's section."""
        if matter == "wanted":
            return with_tls(design, value == YES)
        return self.with_fields(design, **{matter: _field(matter, value)})


def _field(matter: str, value: str) -> object:
    """A field's value out of its text; raises DesignError."""
    many = {"names": reading.host_name, "clients": reading.client_name, "sources": reading.caller}
    one = {"address": reading.address, "folder": reading.folder}
    if matter in many:
        return texts_of(value, many[matter])
    if matter in one:
        return text_of(value, one[matter])
    if matter in _DAYS:
        return number_of(value, 1, _DAYS[matter][3])
    if matter == "port":
        return number_of(value, 1, 65535)
    return value == YES if matter == "passphrase" else value
