"""The return path of mails: a separate address for each (VERP), which others cannot forge.

A server that cannot deliver writes to the envelope's sender. So that address identifies the mail,
whatever the answer says; its mark under the installation's key proves that the address is ours.
"""

from __future__ import annotations

import hmac
import re

from flask import current_app

from app.people.access.tickets import keyed_hash

#: Hexadecimal digits of the mark: 48 bits, in letters that survive a change of case.
MARK = 12


def make(mail_id: int) -> str:
    """Return the envelope's sender of a mail: `zaguan+17-0a1b2c3d4e5f@example.pe`."""
    local, domain = _own()
    return f"{local}+{mail_id}-{_mark(mail_id)}@{domain}"


def read(address: str) -> int | None:
    """Return the id of the mail of this return path; None if the address is forged or cut."""
    local, domain = _own()
    pattern = rf"{re.escape(local)}\+([1-9]\d{{0,9}})-([0-9a-f]{{{MARK}}})@{re.escape(domain)}"
    found = re.fullmatch(pattern, address.strip().strip("<>"), re.ASCII | re.IGNORECASE)
    if found is None:
        return None
    mail_id = int(found[1])
    return mail_id if hmac.compare_digest(found[2].lower(), _mark(mail_id)) else None


def _mark(mail_id: int) -> str:
    return keyed_hash("return path", str(mail_id))[:MARK]


def _own() -> tuple[str, str]:
    local, _, domain = str(current_app.config["RETURN_ADDRESS"]).rpartition("@")
    return local, domain
