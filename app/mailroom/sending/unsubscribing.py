"""The page on which a person stops the digests; a mail program may do it with one click (RFC 8058).

Only people with an account: their digests stop, legal notices and ways in go on. A desk's address
is the one way to reach an entity that has not begun, and a person who empties its mailbox does not
decide for the entity: a coordinator mutes it, with a reason.
"""

from __future__ import annotations

import hmac
import re

from flask import Blueprint, Flask, abort, render_template, request

from app.base import db
from app.base.models import User
from app.base.urls import external_url
from app.people.access.tickets import keyed_hash
from app.people.mail.digest import set_digest

blueprint = Blueprint("sending", __name__)
#: Hexadecimal digits of a link's mark: 128 bits.
MARK = 32


def init_app(app: Flask) -> None:
    """Add the page."""
    app.register_blueprint(blueprint)
    # A mail program has no session and no token of ours; the address itself is the secret that
    # its reader got, and all that it opens is this.
    app.extensions["csrf"].exempt(unsubscribe)


def link(user_id: int) -> str:
    """Return where a person's digests are stopped. It does not expire: mails are kept for long."""
    return external_url("sending.unsubscribe", token=f"{user_id}-{_mark(user_id)}")


def _mark(user_id: int) -> str:
    return keyed_hash("unsubscribe", str(user_id))[:MARK]


def _reader(token: str) -> User:
    """Return the active person of a link; 404 for any other link."""
    found = re.fullmatch(rf"([1-9]\d{{0,8}})-([0-9a-f]{{{MARK}}})", token, re.ASCII)
    if found is None or not hmac.compare_digest(found[2], _mark(int(found[1]))):
        abort(404)
    user = db.session().get(User, int(found[1]))
    if user is None or not user.active:
        abort(404)
    return user


@blueprint.route("/avisos/baja/<token>", methods=["GET", "POST"])
def unsubscribe(token: str) -> str:
    """Show what the button does; the POST does it, without a redirect (RFC 8058)."""
    user = _reader(token)
    if request.method == "POST":
        set_digest(db.session(), user, wanted=False)
        db.session().commit()
    return render_template("sending/unsubscribe.html", user=user)
