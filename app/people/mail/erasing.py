"""Codes and links that let a person in: found in texts, masked, and erased from sent mails.

Otherwise a row of the outbox, or a backup of it, would let its reader in as another person. Where
no server is configured, the row itself is the delivery, and keeps its text.
"""

from __future__ import annotations

import re

from app.base.models import Mail
from app.people.mail import KINDS

#: Our links that are their reader's alone, and activation codes: replies and bounces quote them.
LETS_IN = re.compile(r"(/(?:invitacion|clave|avisos/baja|avisos/recibido)/)[\w.~%-]+")
CODES = re.compile(r"(?<![\w-])[0-9a-zA-Z]{4}(?:-[0-9a-zA-Z]{4}){2}(?![\w-])")
#: What stands in the place of an erased code or link.
ERASED = "[borrado al enviar]"


def without_links(text: str) -> str:
    """Return a text without the secrets of our links that are their reader's alone."""
    return LETS_IN.sub(r"\1…", text)


def erase(mail: Mail) -> None:
    """Erase what lets a person in from a mail that was sent, or whose address does not exist."""
    if KINDS[mail.kind].lets_in:
        mail.body = CODES.sub(ERASED, LETS_IN.sub(rf"\1{ERASED}", mail.body))
