"""The ways a mail can go: to an SMTP server, or, where none is configured, onto a page alone."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any, ClassVar, Protocol
from urllib.parse import urlsplit

from app.base.config.fault import Foreseen
from app.people.addresses.answers import means_no_address

#: Seconds that the server may take for each of its answers.
TIMEOUT = 30
LONGEST_TEXT = 300
#: MAIL answers so where a single message is too large; any other refusal is of the sender.
TOO_LARGE = 552


class Refused(Exception):
    """The server does not take this mail: for now, or (`permanent`) ever.

    `address`: because there is no such address.
    """

    def __init__(self, code: int, text: str, *, permanent: bool, address: bool = False) -> None:
        super().__init__(f"{code} {text}")
        self.code = code
        self.text = text
        self.permanent = permanent
        self.address = address


class Lost(Exception):
    """The connection broke in the middle of a mail: whether the server took it is not known."""


class Unavailable(Foreseen):
    """The server accepts no mail at all: it is away, has no TLS, or rejects our sign-in.

    No single mail is the cause. The text gives the reason, in Spanish, without secrets.
    """

    advice = "All mails wait as they were."


class Transport(Protocol):
    """A way for mails to go."""

    @property
    def state(self) -> str:
        """The state of a mail that this transport has sent: sent, or shown."""

    def send(self, message: EmailMessage, sender: str, recipient: str) -> None:
        """Hand a message over, with the addresses of its envelope.

        Raises Refused, Lost or Unavailable.
        """

    def close(self) -> None:
        """End the run."""


class Page:
    """Without a server, mails are read on the page of the outbox; it says so."""

    state: ClassVar[str] = "shown"

    def send(self, message: EmailMessage, sender: str, recipient: str) -> None:
        """Do nothing: the mail is on the page already."""

    def close(self) -> None:
        """Do nothing: no connection is open."""


@dataclass
class SMTP:
    """A server to which mails are handed over, one connection for all of a run."""

    host: str
    port: int
    #: starttls, tls or none. The chosen security is required, with a certificate of its name.
    security: str
    user: str
    password: str = field(repr=False)
    #: The name that this installation announces (EHLO).
    name: str
    state: ClassVar[str] = "sent"
    _server: smtplib.SMTP | None = field(default=None, init=False, repr=False)

    def send(self, message: EmailMessage, sender: str, recipient: str) -> None:
        """See Transport."""
        server = self._connected()
        try:
            server.sendmail(sender, [recipient], message.as_bytes())
        except smtplib.SMTPRecipientsRefused as fault:
            code, text = said(*fault.recipients[recipient])
            unknown = code >= 500 and means_no_address(text) is True
            raise Refused(code, text, permanent=code >= 500, address=unknown) from None
        except smtplib.SMTPSenderRefused as fault:
            code, text = said(fault.smtp_code, fault.smtp_error)
            if code >= 500 and code != TOO_LARGE:
                raise self._unavailable(f"no acepta al remitente ({code} {text})") from None
            raise Refused(code, text, permanent=code >= 500) from None
        except smtplib.SMTPResponseException as fault:
            code, text = said(fault.smtp_code, fault.smtp_error)
            raise Refused(code, text, permanent=code >= 500) from None
        except (smtplib.SMTPException, OSError) as fault:
            self.close()
            raise Lost(" ".join(str(fault).split())[:LONGEST_TEXT]) from None

    def close(self) -> None:
        """Quit the session if the server still answers."""
        server, self._server = self._server, None
        if server is not None:
            try:
                server.quit()
            except (smtplib.SMTPException, OSError):
                server.close()

    def _connected(self) -> smtplib.SMTP:
        """Return the connection of the previous mail if it is alive, otherwise a new one."""
        if self._server is not None and not self._is_alive(self._server):
            self.close()
        if self._server is None:
            self._server = self._connect()
        return self._server

    @staticmethod
    def _is_alive(server: smtplib.SMTP) -> bool:
        try:
            return server.rset()[0] == 250
        except (smtplib.SMTPException, OSError):
            return False

    def _connect(self) -> smtplib.SMTP:
        try:
            return self._dial()
        except smtplib.SMTPNotSupportedError:
            raise self._unavailable("no ofrece la seguridad que se le pide") from None
        except smtplib.SMTPResponseException as fault:
            code, text = said(fault.smtp_code, fault.smtp_error)
            raise self._unavailable(f"no nos atiende ({code} {text})") from None
        except (smtplib.SMTPException, OSError) as fault:
            raise self._unavailable(f"no responde ({fault})") from None

    def _dial(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        server: smtplib.SMTP
        if self.security == "tls":
            server = smtplib.SMTP_SSL(
                self.host, self.port, self.name, timeout=TIMEOUT, context=context
            )
        else:
            server = smtplib.SMTP(self.host, self.port, self.name, timeout=TIMEOUT)
        with ExitStack() as unless_done:
            unless_done.callback(server.close)
            server.ehlo_or_helo_if_needed()
            if self.security == "starttls":
                server.starttls(context=context)
                server.ehlo_or_helo_if_needed()
            if self.user:
                server.login(self.user, self.password)
            unless_done.pop_all()
        return server

    def _unavailable(self, what: str) -> Unavailable:
        return Unavailable(f"El servidor de correo {self.host}:{self.port} {what}.")


def said(code: int, text: bytes | str) -> tuple[int, str]:
    """Return an answer of a server: its code, and its text in one line, shortened."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return code, " ".join(words.split())[:LONGEST_TEXT]


def configured(config: Mapping[str, Any]) -> Transport:
    """Return the transport that the settings ask for."""
    if not config["SMTP_HOST"]:
        return Page()
    return SMTP(
        host=config["SMTP_HOST"],
        port=config["SMTP_PORT"],
        security=config["SMTP_SECURITY"],
        user=config["SMTP_USER"],
        password=config["SMTP_PASSWORD"],
        name=urlsplit(config["PUBLIC_URL"]).hostname or "localhost",
    )
