"""The outbox: mails are rows, written in the transaction of the act that causes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.utils import make_msgid
from pathlib import Path
from typing import Any

from flask import current_app
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.orm import Session

from app import calendar, words
from app.models import Entity, Mail, User

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "mails"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=False,  # noqa: S701 - these are plain text
)
TEMPLATES.globals.update(moment=words.moment, day=words.day)


@dataclass(frozen=True)
class Letter:
    """A mail to be written: `kind` is the template `app/mails/<kind>.txt`, whose first line is
    the subject; `values` are what it names."""

    kind: str
    to: str
    values: dict[str, Any] = field(default_factory=dict)
    user: User | None = None
    entity: Entity | None = None


def post(session: Session, letter: Letter) -> Mail | None:
    """Puts a mail into the outbox; None (nothing is written) where there is no address."""
    if not letter.to:
        return None
    text = TEMPLATES.get_template(f"{letter.kind}.txt").render(
        public_url=current_app.config["PUBLIC_URL"],
        help_desk=current_app.config["HELP_DESK"],
        user=letter.user,
        entity=letter.entity,
        **letter.values,
    )
    subject, _, body = text.partition("\n")
    mail = Mail(
        message_id=make_msgid(domain=current_app.config["MAIL_FROM"].rpartition("@")[2]),
        kind=letter.kind,
        to=letter.to,
        subject=subject.strip(),
        body=body.strip() + "\n",
        user_id=letter.user.id if letter.user else None,
        entity_id=letter.entity.id if letter.entity else None,
        created_at=calendar.now(),
    )
    session.add(mail)
    return mail
