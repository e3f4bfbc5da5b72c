"""Browsers that signed in before: a signed cookie that names accounts, and signs no user in.

It distinguishes the owner's browser from the browser of a person who guesses, so that the tries of
one do not stop the other. It holds keyed hashes only, for a year since each account last signed in
there.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask import after_this_request, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from app.base import calendar
from app.base.models import User
from app.people.access.tickets import keyed_hash

COOKIE = "zaguan_known"
LASTS = timedelta(days=365)
#: The most accounts that a cookie names: at a shared desk, the newest ones.
MOST = 8


def subject_of(user: User) -> str:
    """Return the name of an account in tries: `DNI 12345678`."""
    return f"{user.document_type} {user.document_number}"


def browser(subject: str) -> str:
    """Return this browser's random name if the account signed in with it before, otherwise ""."""
    name, accounts = _held()
    day = accounts.get(_hashed(subject))
    return name if day is not None and calendar.today() - day <= LASTS else ""


def is_shared(user: User) -> bool:
    """Return whether another account signed in with this browser, too: it may be a shared desk."""
    own, today = _hashed(subject_of(user)), calendar.today()
    accounts = _held()[1].items()
    return any(account != own and today - day <= LASTS for account, day in accounts)


def remember(user: User) -> None:
    """Record in the response's cookie that the account signed in with this browser."""
    name, accounts = _held()
    stored = {_hashed(subject_of(user)): calendar.today()} | {
        account: day for account, day in accounts.items() if account != _hashed(subject_of(user))
    }
    newest = sorted(stored.items(), key=lambda pair: pair[1], reverse=True)[:MOST]
    value = _serializer().dumps(
        {
            "browser": name or secrets.token_urlsafe(16),
            "accounts": {account: day.isoformat() for account, day in newest},
        }
    )

    @after_this_request
    def set_cookie(response: Response) -> Response:
        response.set_cookie(
            COOKIE,
            value,
            max_age=LASTS,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
        )
        return response


def _held() -> tuple[str, Mapping[str, date]]:
    """Return the browser's name and its accounts with their days; none for a forged cookie."""
    try:
        held: Any = _serializer().loads(request.cookies.get(COOKIE, ""))
        return held["browser"], {
            account: date.fromisoformat(day) for account, day in held["accounts"].items()
        }
    except (BadSignature, KeyError, TypeError, ValueError, AttributeError):
        return "", {}


def _hashed(subject: str) -> str:
    return keyed_hash("known", subject)[:32]


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="known browser")
