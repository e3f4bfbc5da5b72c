"""Helpers for tests of lost sign-ins: end them, sign in again, read the inputs of a page."""

from __future__ import annotations

import html
import re
from typing import Any

import html5lib
from sqlalchemy import select, update

from app.base import calendar
from app.base.models import SignIn, UnsentForm
from tests.app import cast
from tests.app.installed import Installed
from tests.pages import CheckingClient


def token_of(page: str) -> str:
    """Return the token of the last form of a page."""
    return html.unescape(re.findall(r'name="csrf_token" value="([^"]*)"', page)[-1])


def end_sign_ins(walk: Installed) -> None:
    """End every sign-in, as a change of password elsewhere does."""
    with walk.writing() as session:
        session.execute(update(SignIn).values(ended_at=calendar.now()))


def sign_in(client: CheckingClient, address: str, number: str):
    """Sign in with the form that a URL shows; return the response."""
    page = client.get(address).text
    wanted = re.search(r'name="siguiente" value="([^"]*)"', page)
    data = {
        "document_type": "DNI",
        "document_number": number,
        "password": cast.PASSWORD,
        "siguiente": html.unescape(wanted[1]) if wanted else "",
        "csrf_token": token_of(page),
    }
    return client.post("/ingresar", data=data)


def unsent_forms(walk: Installed) -> list[UnsentForm]:
    """Return the stored forms that were not sent."""
    return walk.all(select(UnsentForm).order_by(UnsentForm.id))


def boxes(page: str, name: str) -> list[str]:
    """Return the values of the inputs of a name."""
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    found = []
    for one in tree.iter():
        if one.tag in ("input", "textarea") and one.get("name") == name:
            found.append(one.text or "" if one.tag == "textarea" else one.get("value", ""))
    return found


def is_text(one: Any) -> bool:
    """Return whether any text can be typed into an input."""
    return bool(one.tag == "textarea" or (one.tag == "input" and one.get("type", "text") == "text"))


def posted(form) -> dict[str, str]:
    """Return what a browser would post of a form, without its button."""
    data: dict[str, str] = {}
    for one in form.iter():
        name, kind = one.get("name"), one.get("type", "text")
        if not name or one.tag not in ("input", "textarea", "select"):
            continue
        if one.tag == "textarea":
            data[name] = (one.text or "").strip()
        elif one.tag == "select":
            options = list(one.iter("option"))
            chosen = next((o for o in options if "selected" in o.attrib), options[0])
            data[name] = chosen.get("value", "")
        elif kind in ("radio", "checkbox"):
            if "checked" in one.attrib:
                data[name] = one.get("value", "on")
        elif kind not in ("file", "submit", "button"):
            data[name] = one.get("value", "")
    return data
