"""Forms as a user sends them: the page that shows one, what is typed, and what is stored."""

from __future__ import annotations

import io
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from lxml import html
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from app.base.models import Base
from tests.app.cast import open_session
from tests.app.posted import CHOICES, Shown, kind_of, offered_by
from tests.databases import name_in
from tests.pages import CheckingClient

TEXT = "Lo que pide la prueba"


def find(client: CheckingClient, path: str, typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the form sends that posts to a path, from the page there or the next above it.

    Return only what is typed where no page shows the form.
    """
    above = [path.rsplit("/", number)[0] for number in range(path.count("/"))]
    for address in above:
        answer = client.get(address, follow_redirects=True)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            sent = sent_by(answer, path, typed)
            if sent is not None:
                return sent
    return {}


def sent_by(answer: TestResponse, path: str, typed: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what the form of a page sends that posts to a path."""
    tree = html.document_fromstring(answer.text)
    for form in tree.iter("form"):
        if form.get("method", "").lower() != "post":
            continue
        for button in [one for one in form.iter("button", "input") if is_button(one)] or [form]:
            target = button.get("formaction") or form.get("action") or answer.request.path
            if target.partition("?")[0].partition("#")[0] == path:
                named = {button.get("name"): button.get("value", "")} if button.get("name") else {}
                return filled(Shown(tree, form), typed) | named
    return None


def is_button(one: Any) -> bool:
    """Return whether an element sends its form."""
    return bool(one.get("type", "submit" if one.tag == "button" else "text") == "submit")


def filled(shown: Shown, typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is sent once a user has typed something wherever the page has nothing."""
    sent: dict[str, Any] = dict(shown.values())
    for name, inputs in shown.inputs.items():
        if any(sent.get(name, [])):
            continue
        offered = [value for one in inputs for value in offered_by(one) if value]
        if kind_of(inputs[0]) in CHOICES and offered:
            sent[name] = offered[0]
        elif kind_of(inputs[0]) != "hidden":
            sent[name] = typed.get(name.rpartition("-")[2], TEXT)
    return sent


def post(client: CheckingClient, path: str, sent: Mapping[str, Any]) -> TestResponse:
    """Send values; bytes are a file."""
    data: MultiDict[str, Any] = MultiDict()
    for name, value in sent.items():
        for one in value if isinstance(value, list) else [value]:
            data.add(name, (io.BytesIO(one), "muestra.csv") if isinstance(one, bytes) else one)
    return client.post(path, data=data, buffered=True)


def twin(client: CheckingClient) -> CheckingClient:
    """Return another window of the same browser."""
    other: CheckingClient = client.application.test_client()  # type: ignore[assignment]
    other._cookies = dict(client._cookies or {})
    return other


def stored(app: Flask) -> dict[str, list[str]]:
    """Return all rows of each table, without counted tries and readings, which any page adds."""
    with open_session(app) as session:
        rows = {
            table.name: sorted(map(repr, session.execute(select(table))))
            for table in Base.metadata.sorted_tables
            if table.name != "attempt"
        }
    return rows | {"log": [row for row in rows["log"] if "'data.read'" not in row]}


class Copy:
    """The database of an application as it was, to which a test returns."""

    def __init__(self, app: Flask, request: pytest.FixtureRequest) -> None:
        is_sqlite = app.config["DATABASE_URL"].startswith("sqlite")
        self.app = app
        self.server = None if is_sqlite else request.getfixturevalue("postgresql")
        self.name = name_in(app.config["DATABASE_URL"])
        app.extensions["engine"].dispose()
        if self.server is None:
            shutil.copyfile(self.name, f"{self.name}.copy")
        else:
            self.server.create_from(self.name, f"{self.name}_copy")

    def restore(self) -> None:
        """Return to it."""
        self.app.extensions["engine"].dispose()
        if self.server is None:
            for file in (f"{self.name}-wal", f"{self.name}-shm"):
                Path(file).unlink(missing_ok=True)
            shutil.copyfile(f"{self.name}.copy", self.name)
        else:
            self.server.admin.execute(f"drop database {self.name} with (force)")
            self.server.create_from(f"{self.name}_copy", self.name)
