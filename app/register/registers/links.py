"""The link on an entity's site: fetched with care and noted; it never decides anything.

A user typed the address, so only the public web is fetched: http and https, and only hosts with
public addresses. The name is resolved once, each of its addresses is checked, and the connection
goes to a checked one. A redirection is checked like the first address.
"""

from __future__ import annotations

import io
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPConnection, HTTPException
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, BinaryIO
from urllib.parse import SplitResult, parse_qsl, quote, urljoin, urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Entity, LinkCheck

#: Limits of one check, with all its redirections.
SECONDS = 5.0
MOST_BYTES = 1_000_000
MOST_REDIRECTIONS = 3
PORTS = {"http": 80, "https": 443}
REDIRECTS = (301, 302, 303, 307, 308)
AGENT = "Zaguan (comprueba el enlace al registro de visitas)"

#: Domains that are no real site: those of examples, demonstrations and tests.
EXAMPLES = ("example", "example.com", "example.net", "example.org", "example.pe", "invalid", "test")
#: IPv6 ranges that wrap an IPv4 address.
NAT64 = ipaddress.ip_network("64:ff9b::/96")

#: Result → its text.
RESULTS = {
    "found": "El enlace está en la página.",
    "answered": "La página responde, y no vemos en ella el enlace.",
    "refused": "No consultamos esa dirección.",
    "failed": "La página no responde.",
}


SLOW = "La página tarda demasiado en responder."


class Unasked(Exception):
    """The address is not fetched; the text (Spanish) says why."""


class Unanswered(Exception):
    """The page did not come; the text (Spanish) says why."""


def look_up(name: str, port: int) -> Sequence[str]:
    """Return the addresses of a name, as the machine resolves it. Raises OSError."""
    found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


def connect(address: str, port: int, seconds: float) -> socket.socket:
    """Connect to an address, which is no longer a name. Raises OSError."""
    return socket.create_connection((address, port), seconds)


@dataclass(frozen=True)
class Wires:
    """Name resolution and connection; tests have their own."""

    look_up: Callable[[str, int], Sequence[str]] = look_up
    connect: Callable[[str, int, float], socket.socket] = connect
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)


@dataclass(frozen=True)
class Finding:
    """The result of a check: one of RESULTS, and a sentence with the details, or ""."""

    result: str
    detail: str = ""


def ask(address: str, wanted: Sequence[str], wires: Wires | None = None) -> Finding:
    """Check whether the page of an address links to one of the wanted addresses."""
    try:
        final, body = fetch(address, wires or Wires())
    except Unasked as reason:
        return Finding("refused", str(reason))
    except Unanswered as reason:
        return Finding("failed", str(reason))
    found = any(_leads_to(final, link, one) for link in links_in(body) for one in wanted)
    return Finding("found" if found else "answered")


def fetch(address: str, wires: Wires) -> tuple[str, str]:
    """Return the final address of a page and its text. Raises Unasked and Unanswered."""
    ends = time.monotonic() + SECONDS
    for _ in range(MOST_REDIRECTIONS + 1):
        status, location, body = _ask_once(address, wires, ends)
        if status in REDIRECTS and location:
            address = _moved(address, location)
            continue
        if status != 200:
            raise Unanswered(f"La página responde con un error ({status}).")
        return address, body
    raise Unanswered("La página lleva a otra, y esa a otra más: son demasiadas.")


def _moved(address: str, location: str) -> str:
    try:
        return urljoin(address, location)
    except ValueError as error:
        raise Unanswered("La página lleva a una dirección que no existe.") from error


def _ask_once(address: str, wires: Wires, ends: float) -> tuple[int, str, str]:
    """Return the status, the target of a redirection, and the text."""
    parts = _checked(address)
    port = parts.port or PORTS[parts.scheme]
    target = _public_address(str(parts.hostname), port, wires, ends)
    try:
        with closing(_connected(parts, target, port, wires, ends)) as plain:
            return _answer(parts, port, _Timed(plain, ends))
    except ssl.SSLError as error:
        raise Unanswered("La página no tiene un certificado válido.") from error
    except TimeoutError as error:
        raise Unanswered(SLOW) from error
    except (OSError, HTTPException, ValueError) as error:
        raise Unanswered("No se pudo conectar con la página.") from error


def _connected(
    parts: SplitResult, target: str, port: int, wires: Wires, ends: float
) -> socket.socket:
    plain = wires.connect(target, port, _left(ends))
    if parts.scheme == "http":
        return plain
    try:
        plain.settimeout(_left(ends))
        return wires.context.wrap_socket(plain, server_hostname=parts.hostname)
    except BaseException:
        plain.close()
        raise


def _answer(parts: SplitResult, port: int, timed: _Timed) -> tuple[int, str, str]:
    connection = HTTPConnection(str(parts.hostname), port)
    connection.default_port = PORTS[parts.scheme]
    connection.sock = timed
    headers = {"User-Agent": AGENT, "Accept": "text/html", "Accept-Encoding": "identity"}
    connection.request("GET", _target(parts), headers=headers)
    response = connection.getresponse()
    text = response.read(MOST_BYTES).decode("utf-8", "replace")
    return response.status, response.getheader("Location") or "", text


def _checked(address: str) -> SplitResult:
    """Return the parts of an address that may be fetched."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise Unasked("La dirección no está bien escrita.") from error
    if parts.scheme not in PORTS:
        raise Unasked("Solo se consultan direcciones que empiezan con http o https.")
    if not parts.hostname or port == 0 or parts.username is not None:
        raise Unasked("La dirección no está bien escrita.")
    if not address.isprintable() or " " in address:
        raise Unasked("La dirección tiene signos que una dirección no puede tener.")
    host = parts.hostname.rstrip(".").lower()
    if any(host == name or host.endswith(f".{name}") for name in EXAMPLES):
        raise Unasked("Es una dirección de ejemplo.")
    return parts


def _target(parts: SplitResult) -> str:
    """Return path and query for the request; typed accents are percent-encoded."""
    query = f"?{parts.query}" if parts.query else ""
    return quote(f"{parts.path or '/'}{query}", safe="/%:@!$&'()*+,;=-._~?[]")


def _public_address(host: str, port: int, wires: Wires, ends: float) -> str:
    """Return an address of the host. Raises Unasked where any of its addresses is not public."""
    try:
        found = list(dict.fromkeys(_looked_up(host, port, wires, ends)))
    except TimeoutError as error:
        raise Unanswered(SLOW) from error
    except (OSError, UnicodeError) as error:
        raise Unanswered("No existe un sitio con ese nombre.") from error
    if not found:
        raise Unanswered("No existe un sitio con ese nombre.")
    if not all(map(is_public, found)):
        raise Unasked("Esa dirección no es pública: es de una red interna.")
    return found[0]


def _looked_up(host: str, port: int, wires: Wires, ends: float) -> Sequence[str]:
    """Resolve a host in a separate thread, because name resolution has no time limit; a slow one is
    abandoned. Raises OSError, and TimeoutError when the time is over."""
    answers: SimpleQueue[Sequence[str] | Exception] = SimpleQueue()

    def look() -> None:
        try:
            answers.put(wires.look_up(host, port))
        except (OSError, UnicodeError) as fault:
            answers.put(fault)

    Thread(target=look, daemon=True).start()
    try:
        answer = answers.get(timeout=_left(ends))
    except Empty:
        raise TimeoutError from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def is_public(address: str) -> bool:
    """Return whether an address is on the public Internet, also where it wraps another one."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and (
        found.ipv4_mapped or found.sixtofour or found.teredo or found in NAT64
    ):
        return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Timed:
    """A socket whose total waiting ends at a moment, however slowly the bytes come."""

    def __init__(self, plain: socket.socket, ends: float) -> None:
        self.plain = plain
        self.ends = ends

    def sendall(self, data: bytes) -> None:
        """Send as a socket does."""
        self.plain.settimeout(_left(self.ends))
        self.plain.sendall(data)

    def makefile(self, _mode: str) -> BinaryIO:
        """Return a reader of the socket."""
        return io.BufferedReader(_Reading(self))

    def close(self) -> None:
        """Do nothing: the caller of `connect` closes the socket, after reading."""


class _Reading(io.RawIOBase):
    """The bytes that come over a timed socket."""

    def __init__(self, timed: _Timed) -> None:
        self.timed = timed

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read the received bytes, within the remaining time."""
        self.timed.plain.settimeout(_left(self.timed.ends))
        return self.timed.plain.recv_into(buffer)


class _Links(HTMLParser):
    """Collects the links and frames of a page."""

    PLACES = {"a": "href", "area": "href", "iframe": "src"}

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Read one element."""
        for name, value in attrs:
            if value and self.PLACES.get(tag) == name:
                self.found.append(value.strip())


def links_in(html: str) -> list[str]:
    """Return the links of a page."""
    parser = _Links()
    parser.feed(html)
    return parser.found


def _leads_to(page: str, link: str, wanted: str) -> bool:
    """Return whether both have the same host, path and query; the scheme and www do not matter."""
    try:
        here, there = urlsplit(urljoin(page, link)), urlsplit(wanted)
        has_query = set(parse_qsl(there.query)) <= set(parse_qsl(here.query))
    except ValueError:
        return False
    return has_query and _place(here) == _place(there)


def _place(parts: SplitResult) -> tuple[str, str]:
    return parts.netloc.lower().removeprefix("www."), parts.path.rstrip("/")


def describe(check: LinkCheck) -> str:
    """Return the result of a check in words."""
    return " ".join(filter(None, (RESULTS[check.result], check.detail)))


# What was found -------------------------------------------------------------------------------


def newest(session: Session, entity: Entity) -> LinkCheck | None:
    """Return the last result of an entity's link."""
    return session.scalars(
        select(LinkCheck)
        .where(LinkCheck.entity_id == entity.id)
        .order_by(LinkCheck.id.desc())
        .limit(1)
    ).first()


def note(session: Session, entity: Entity, address: str, finding: Finding) -> None:
    """Store a result: a new row where it differs from the last one."""
    last = newest(session, entity)
    said = (address, finding.result, finding.detail)
    if last is not None and (last.address, last.result, last.detail) == said:
        last.asked_at = calendar.now()
    else:
        session.add(
            LinkCheck(
                entity_id=entity.id,
                address=address,
                asked_at=calendar.now(),
                result=finding.result,
                detail=finding.detail,
            )
        )
    session.flush()
