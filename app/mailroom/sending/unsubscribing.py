"""The page on which a person stops the digests; a mail program may do it with one click (RFC 8058).

Only people with an account can do this: their digests stop, while legal notices and access mails
continue. A desk's address is the only way to reach an entity that has not begun, and a person who
empties its mailbox does not decide for the entity: a coordinator mutes it, with a reason.
"""

from __future__ import annotations

from flask import Blueprint, Flask, abort, render_template, request

from app.base import db
from app.people.digest import reader_of, set_digest

blueprint = Blueprint("sending", __name__)


def init_app(app: Flask) -> None:
    """Add the page."""
    app.register_blueprint(blueprint)
    # A mail program has no session and no token of ours; the address itself is the secret that
    # its reader got, and all that it opens is this.
    app.extensions["csrf"].exempt(unsubscribe)


@blueprint.route("/avisos/baja/<token>", methods=["GET", "POST"])
def unsubscribe(token: str) -> str:
    """Show the effect of the button; the POST unsubscribes, without a redirect (RFC 8058)."""
    user = reader_of(db.session(), token) or abort(404)
    if request.method == "POST":
        set_digest(db.session(), user, wanted=False)
        db.session().commit()
    return render_template("sending/unsubscribe.html", user=user)
