"""Second factors on the demo site, and the page of their code after the password."""

from __future__ import annotations

from flask import Flask
from sqlalchemy.orm import Session

from app.base import db
from app.base.models import User
from app.people import access
from app.people.accounts.factor import codes, waiting


def give(session: Session) -> None:
    """Give the superusers and the auditors a second factor."""
    for role in ("superuser", "auditor"):
        for user in access.holders(session, role):
            codes.give_invented(session, user)


def places(session: Session, user: User) -> list[str]:
    """Return the page of a recent code and, for who manages people, that of a reset."""
    paths = ["/cuenta/confirmar"] if codes.of(session, user) else []
    if access.may(user, "manage_people"):
        other = next(one for one in access.holders(session, "auditor") if one.id != user.id)
        paths.append(f"/personas/{other.id}/segundo-factor")
    return paths


def page_of_code(app: Flask, user_id: int) -> str:
    """Return the page that a user who gave the password gets."""
    with app.test_request_context("/ingresar/codigo"):
        waiting.come_in(db.session(), db.session().get_one(User, user_id), "/")
        return str(app.view_functions["accounts.give_code"]())
