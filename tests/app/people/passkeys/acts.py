"""What people do with passkeys, in a client of the tests."""

from __future__ import annotations

import json
import re
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.base.models import LogEntry
from tests.app.cast import all_of
from tests.app.cast import sign_in as give_password
from tests.app.people.passkeys.authenticator import Authenticator

NUMBER, OTHER = "40000003", "40000004"
CODE_PAGE, ADD, OPTIONS = "/ingresar/codigo", "/segundo-factor/llave", "/segundo-factor/llave/reto"


def options(client: Any, purpose: str) -> Any:
    """Return the options with a new challenge."""
    answer = client.post(OPTIONS, data={"para": purpose})
    assert answer.status_code == 200, answer.text
    return json.loads(answer.text)


def add(client: Any, device: Authenticator, name: str = "Mi portátil", **more: str) -> Any:
    """Add a passkey of a device."""
    answer = device.make(options(client, "agregar"))
    return client.post(ADD, data={"name": name, "credential": answer} | more)


def newcomer(app: Flask, device: Authenticator, number: str = NUMBER) -> tuple[Any, list[str]]:
    """Sign in and add a passkey; return the browser and the recovery codes."""
    client: Any = app.test_client()
    assert give_password(client, number).location == CODE_PAGE
    assert client.get(CODE_PAGE).location == "/segundo-factor"
    done = add(client, device)
    assert done.status_code == 200, done.text
    return client, re.findall(r"<code>([^<]+)</code>", done.text)


def use(client: Any, device: Authenticator, page: str = CODE_PAGE) -> Any:
    """Post a new answer of a device to a page."""
    return client.post(page, data={"credential": device.use(options(client, "usar"))})


def at_code_page(app: Flask, number: str = NUMBER) -> Any:
    """Return a browser in which the password was given."""
    client: Any = app.test_client()
    assert give_password(client, number).location == CODE_PAGE
    return client


def newest(app: Flask, model: Any = LogEntry) -> Any:
    """Return the kind of the newest log entry, or of the newest mail."""
    return all_of(app, select(model.kind).order_by(model.id))[-1]
