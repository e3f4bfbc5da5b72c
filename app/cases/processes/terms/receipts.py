"""Receipts of legal notices: a person confirmed one by the link in its mail, or opened its step.

The secret of the link is stored nowhere. It is computed from the mail's number and Message-ID with
the installation's key, so that a mail that is sent twice has the same link.
"""

from __future__ import annotations

import hmac
import re

from sqlalchemy.orm import Session

from app.base.models import Mail, Task
from app.base.urls import external_url
from app.people import access
from app.people.access.tickets import keyed_hash

#: Hexadecimal digits of the signature in a link: 128 bits.
MARK = 32
#: The text of a receipt in the history, by how it was given.
HOW = {
    "confirmed": "confirmó que recibió el correo",
    "opened": "abrió el paso",
}


def link(notice: Mail) -> str:
    """Return the link by which a notice is confirmed. The notice must have its number already."""
    return external_url("receipts.confirm", token=f"{notice.id}-{_mark(notice)}")


def _mark(notice: Mail) -> str:
    return keyed_hash("receipt", f"{notice.id} {notice.message_id}")[:MARK]


def notice_of(session: Session, token: str) -> Mail | None:
    """Return the notice of a link; None for a link that was never issued.

    None, too, if the recipient's account is closed, or the step is not theirs any more.
    """
    found = re.fullmatch(rf"([1-9]\d{{0,8}})-([0-9a-f]{{{MARK}}})", token, re.ASCII)
    notice = session.get(Mail, int(found[1])) if found else None
    if found is None or notice is None or not hmac.compare_digest(found[2], _mark(notice)):
        return None
    task = session.get(Task, notice.task_id) if notice.task_id else None
    if task is None or not access.may_answer(notice.user, task):
        return None
    return notice
