"""An SMTP server on the loopback that records mails and misbehaves on request."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

NAME, PASSWORD = "zaguan", "abretesesamo"
PATIENCE = 20
TAKEN = "250 2.0.0 taken"


@dataclass(frozen=True)
class Delivery:
    """A message that the server accepted."""

    sender: str
    to: str
    content: bytes
    tls: bool
    #: Condition: its sender gave a password.
    known: bool

    @property
    def message(self) -> EmailMessage:
        """Return the message as a mail program reads it."""
        read = message_from_bytes(self.content, policy=policy.default)
        assert isinstance(read, EmailMessage)
        return read

    @property
    def id(self) -> str:
        """Return its Message-ID."""
        return str(self.message["Message-ID"])


class Server:
    """The server's behaviour, set by a test, and its records.

    `answers`: by command (EHLO, MAIL, RCPT, DATA), the replies to the next ones instead of success.
    DATA also accepts "drop" (the connection ends, nothing is taken) and "swallow" (taken, but the
    reply never comes). `hang` seconds pass before DATA is answered.
    """

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.answers: dict[str, list[str]] = defaultdict(list)
        self.heard: list[str] = []
        self.sessions = 0
        self.hang = 0.0
        self.port = 0

    @property
    def to(self) -> list[str]:
        """Return the recipients of the delivered messages."""
        return [one.to for one in self.deliveries]

    def _answer(self, command: str, yes: str) -> str:
        self.heard.append(command)
        return self.answers[command].pop(0) if self.answers[command] else yes

    # Called by aiosmtpd

    async def handle_EHLO(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        """Greet; a second greeting comes after STARTTLS."""
        self.sessions += session.ssl is None
        session.host_name = hostname
        answer = self._answer("EHLO", "")
        return [answer] if answer else responses

    async def handle_HELO(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, hostname: str
    ) -> str:
        """Greet clients that failed with EHLO."""
        session.host_name = hostname
        return self._answer("EHLO", "250 of.the.tests")

    async def handle_MAIL(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Accept the sender."""
        envelope.mail_from = address
        return self._answer("MAIL", "250 2.1.0 ok")

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Accept a recipient."""
        answer = self._answer("RCPT", "250 2.1.5 ok")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Accept the message."""
        answer = self._answer("DATA", TAKEN)
        if self.hang:
            await asyncio.sleep(self.hang)
        encrypted = server.transport.get_extra_info("sslcontext") is not None
        if answer in (TAKEN, "swallow"):
            self.deliveries += [
                Delivery(envelope.mail_from, to, envelope.content, encrypted, session.authenticated)
                for to in envelope.rcpt_tos
            ]
        if answer in ("drop", "swallow"):
            server.transport.abort()
            return "421 4.3.0 gone"
        return answer


def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    """Accept one name and password."""
    known = LoginPassword(NAME.encode(), PASSWORD.encode())
    return AuthResult(success=data == known, handled=False)


@contextmanager
def serving(
    certificate: Path | None = None, security: str = "none", *, users: bool = False
) -> Iterator[Server]:
    """Run a server during the test; its port is `server.port`."""
    server, tls = Server(), None
    if certificate:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate, certificate.with_suffix(".key"))
    options: dict[str, Any] = {"hostname": "of.the.tests"}
    if security == "starttls":
        options |= {"tls_context": tls}
    if users:
        # aiosmtpd does not detect TLS from the first byte.
        late = security == "starttls"
        options |= {"authenticator": authenticate, "auth_required": late, "auth_require_tls": late}
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def listen() -> Any:
        return await loop.create_server(
            lambda: SMTP(server, loop=loop, **options),
            "127.0.0.1",
            0,
            ssl=tls if security == "tls" else None,
        )

    async def hang_up() -> None:
        listening.close()
        talks = asyncio.all_tasks() - {asyncio.current_task()}
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)

    listening = asyncio.run_coroutine_threadsafe(listen(), loop).result(PATIENCE)
    server.port = listening.sockets[0].getsockname()[1]
    yield server
    asyncio.run_coroutine_threadsafe(hang_up(), loop).result(PATIENCE)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(PATIENCE)
    loop.close()


def make_certificate(folder: Path) -> Path:
    """Create a self-signed certificate for 127.0.0.1, with its key in the same folder."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    made = folder / "loopback.pem"
    made.write_bytes(certificate.public_bytes(Encoding.PEM))
    made.with_suffix(".key").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return made


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a certificate of the loopback, created for this run."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def smtp() -> Iterator[Server]:
    """Yield a server without TLS and without users."""
    with serving() as server:
        yield server
