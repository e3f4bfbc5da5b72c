"""Whose service this is, from the settings: a line that is not set is left out."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import current_app


@dataclass(frozen=True)
class Service:
    """The facts about an installation that the public can check; "" for a fact that is not set."""

    responsible: str
    contact: str
    legal_notice: str
    privacy_notice: str
    #: The name of this site's host, as the browser shows it.
    host: str
    #: The address from which mails come.
    sender: str

    @property
    def contact_text(self) -> str:
        """The contact as people read it: without `mailto:` or `https://`."""
        return self.contact.removeprefix("mailto:").removeprefix("https://").partition("?")[0]


def of_installation() -> Service:
    """Return the facts in the settings of this installation."""
    config = current_app.config
    return Service(
        responsible=config["RESPONSIBLE"],
        contact=config["CONTACT"],
        legal_notice=config["LEGAL_NOTICE"],
        privacy_notice=config["PRIVACY_NOTICE"],
        host=urlsplit(config["PUBLIC_URL"]).netloc,
        sender=config["MAIL_FROM"],
    )
