"""Receipts of legal notices: who confirmed one by its mail's link, or opened its step.

The link's secret is kept nowhere: it is made again from the mail's own number and Message-ID under
the installation's key, so that a mail that is sent twice carries the same one.
"""

from __future__ import annotations

import hmac
import re

from sqlalchemy.orm import Session

from app.base.models import Mail, Task
from app.base.urls import external_url
from app.people import access
from app.people.access.tickets import keyed_hash

#: Hexadecimal digits of a link's mark: 128 bits.
MARK = 32
#: How the history words a receipt, by how it came to be.
HOW = {
    "confirmed": "confirmó que recibió el correo",
    "opened": "abrió el paso",
}


def link(notice: Mail) -> str:
    """Where the reader of a notice confirms that it came; the notice has its number already."""
    return external_url("receipts.confirm", token=f"{notice.id}-{_mark(notice)}")


def _mark(notice: Mail) -> str:
    return keyed_hash("receipt", f"{notice.id} {notice.message_id}")[:MARK]


def notice_of(session: Session, token: str) -> Mail | None:
    """The notice that a link names; None for a link that was never given.

    None, too, where its reader's account is closed, or the step is not theirs any more.
    """
    found = re.fullmatch(rf"([1-9]\d{{0,8}})-([0-9a-f]{{{MARK}}})", token, re.ASCII)
    notice = session.get(Mail, int(found[1])) if found else None
    if found is None or notice is None or not hmac.compare_digest(found[2], _mark(notice)):
        return None
    task = session.get(Task, notice.task_id) if notice.task_id else None
    if task is None or not access.may_answer(notice.user, task):
        return None
    return notice
