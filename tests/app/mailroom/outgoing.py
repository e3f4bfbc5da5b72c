"""Mails that wait, an installation that sends them to a server of the test, time for leases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.models import Mail
from app.people import mail
from tests.conftest import Clock
from tests.smtp import Server


@pytest.fixture
def settings(settings: dict[str, Any], smtp: Server) -> dict[str, Any]:
    """Return the settings of an installation whose mails go to the server of the test."""
    return settings | {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": smtp.port, "SMTP_SECURITY": "none"}


@pytest.fixture
def app(app: Flask, clock: Clock) -> Flask:
    """Return the application on Monday at half past eight, when mails may be sent."""
    clock.forward(minutes=30)
    return app


@contextmanager
def writing(app: Flask) -> Iterator[Session]:
    """Open a transaction for the test, in the application's context."""
    with app.app_context(), db.writing(app) as session:
        yield session


def post(app: Flask, *to: str, kind: str = "legal_notice", **values: Any) -> list[int]:
    """Queue mails to these addresses, or to one; return their ids."""
    given = {"subject": "Asunto", "body": "Texto.\n", "created_at": calendar.now()} | values
    with writing(app) as session:
        rows = [
            Mail(message_id=mail.new_message_id(), kind=kind, to=one, **given)
            for one in to or ("una@example.pe",)
        ]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]


def found(app: Flask) -> list[Mail]:
    """Return all mails, as they are now."""
    with writing(app) as session:
        return list(session.scalars(select(Mail).order_by(Mail.id)))


def states(app: Flask) -> list[str]:
    """Return the states of the mails."""
    return [one.state for one in found(app)]


def minutes_pass(app: Flask, minutes: float) -> None:
    """Make leases and attempts older, instead of waiting by the database's clock."""
    passed = timedelta(minutes=minutes)
    with writing(app) as session:
        for row in session.scalars(select(Mail)):
            row.lease_until_at = row.lease_until_at and row.lease_until_at - passed
            row.next_try_at = row.next_try_at and row.next_try_at - passed
