"""Forms posted after a sign-in had ended: stored for the same user, who gets the page back.

Each form that a signed-in user sees carries, inside the field of the CSRF token, a second token:
the user, the page, and the time. It is signed with the installation's key and needs no session, so
it is still valid when the sign-in has ended. Nothing is stored without it, and only a signed-in
user gets one.

A stored form can be fetched for half an hour, only by the user that the token names.
Files and passwords are never stored.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Flask, current_app, flash, g, redirect, render_template, request, url_for
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect, generate_csrf
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import delete, select
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from app.base import calendar, db, queries
from app.base.models import UnsentForm, User
from app.people.access.filling import Pair, fill
from app.people.access.rules import me

#: How long a posted form is stored, its most bytes, and the most forms of one user.
STORED_FOR = timedelta(minutes=30)
MOST_BYTES = 1024 * 1024
MOST_OF_ONE = 5
#: How long a page may have been open.
OPEN_FOR = timedelta(days=7)
#: The parameter of a page's URL that asks for a stored form, and the input of a restored form.
PARAMETER, RETURNED = queries.GIVEN_BACK, "_retomado"
#: The input of a page that confirms an act: the state that it shows.
CONFIRMED = "_confirmado"
BETWEEN = "~"
FIELD = "csrf_token"
#: Values that no person typed, or that must not be stored.
NEVER = frozenset({FIELD, RETURNED, CONFIRMED, "action"})
SECRETS = ("password", "proof", "activation_code", "factor_code", "credential")
#: The longest URL of a page to go back to. A longer one is replaced by a page that every user has
#: (its endpoint): without its query, a page may show more than it did, such as all entities.
LONGEST_ADDRESS = 400
ELSEWHERE = "accounts.mine"
TOO_LARGE = "Lo que enviaste pesa más de 1 MB y no lo pudimos guardar: envíalo otra vez."
COME_IN = "Tu sesión terminó. Ingresa otra vez y te devolvemos la página con lo que escribiste."


class FormProtect(CSRFProtect):
    """Flask-WTF's check, of the first part of a field that holds two tokens."""

    def _get_csrf_token(self) -> str | None:
        token: str | None = super()._get_csrf_token()
        return token.partition(BETWEEN)[0] if token else None


def init_app(app: Flask) -> None:
    """Give every form its token, and pages the forms stored for them."""
    app.jinja_env.globals["csrf_token"] = form_token
    app.context_processor(lambda: {"csrf_token": form_token})
    app.after_request(give_back)
    app.after_request(forget_returned)


# The token ----------------------------------------------------------------------------------------


def form_token() -> str:
    """Return the tokens of a form on this page; one for all forms of a page."""
    if "form_token" not in g:
        user = None if g.get("database_away") else me()
        own = f"{BETWEEN}{_signer().dumps([user.id, _page()])}" if user is not None else ""
        g.form_token = f"{generate_csrf()}{own}"
    token: str = g.form_token
    return token


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.config["SECRET_KEY"]), salt="unsent-form")


def _said() -> tuple[int, str] | None:
    """Return the user of a posted form, and its page; None without a valid token."""
    try:
        token = request.form.get(FIELD, "").partition(BETWEEN)[2]
        user_id, page = _signer().loads(token, max_age=int(OPEN_FOR.total_seconds()))
    except (BadData, HTTPException, TypeError, ValueError):
        return None
    return int(user_id), str(page)


def _page() -> str:
    """Return the URL at which this page can be opened again."""
    if request.headers.get("HX-Request"):
        current = urlsplit(request.headers.get("HX-Current-URL", ""))
        if current.netloc == request.host:
            return _page_at(current.path, current.query)
    if request.method not in db.READ_ONLY_METHODS and (said := _said()) is not None:
        return said[1]
    return _page_at(request.path, request.query_string.decode("ascii", "replace"))


def _page_at(path: str, query: str) -> str:
    address = _address(path, query)
    return address if len(address) <= LONGEST_ADDRESS else url_for(ELSEWHERE)


def _address(path: str, query: str, **more: str) -> str:
    others = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != PARAMETER]
    query = urlencode([*others, *more.items()])
    return f"{path}?{query}" if query else path


# Keeping ------------------------------------------------------------------------------------------


def keep() -> str:
    """Store what this request posted; return the URL at which its user gets it back.

    "" unless the form's token is valid, and no other user is signed in.
    """
    said, signed = _said(), me()
    if said is None or (signed is not None and signed.id != said[0]):
        return ""
    session, (user_id, page) = db.session(), said
    owner = session.get(User, user_id)
    if owner is None or not owner.active:
        return ""
    pairs, with_files = _typed(), any(file.filename for file in request.files.values())
    if not with_files and not any(value.strip() for _, value in pairs):
        return page
    if sum(len(name.encode()) + len(value.encode()) for name, value in pairs) > MOST_BYTES:
        flash(TOO_LARGE, "warning")
        return page
    row = UnsentForm(
        key=secrets.token_urlsafe(16),
        user_id=user_id,
        page=page,
        target=request.path,
        pairs=[list(pair) for pair in pairs],
        with_files=with_files,
        kept_at=calendar.now(),
    )
    _make_room(user_id, page)
    session.add(row)
    session.commit()
    if signed is None:
        flash(COME_IN, "warning")
    parts = urlsplit(page)
    return _address(parts.path, parts.query, **{PARAMETER: row.key})


def _typed() -> list[Pair]:
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in NEVER and not any(word in name for word in SECRETS)
    ]


def _make_room(user_id: int, page: str) -> None:
    """Delete older forms: one page keeps the newest, one user at most MOST_OF_ONE."""
    session = db.session()
    own = select(UnsentForm).where(UnsentForm.user_id == user_id).order_by(UnsentForm.id.desc())
    others = 0
    for row in session.scalars(own):
        others += row.page != page
        if row.page == page or others >= MOST_OF_ONE:
            session.delete(row)


def lead(address: str) -> AnyResponse:
    """Redirect to an address; for a fragment's request, by a header, not with a whole page."""
    if request.headers.get("HX-Request"):
        return AnyResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address, 303)


# Giving back --------------------------------------------------------------------------------------


def give_back(response: Any) -> Any:
    """Fill the form of a page whose URL asks for a stored form, for its user.

    If another user answered the step meanwhile (409), only the texts are given back.
    """
    key = request.args.get(PARAMETER, "")
    shown = response.status_code in (200, 409) and response.mimetype == "text/html"
    if not key or request.method != "GET" or not shown or response.is_streamed:
        return response
    row = _stored(key)
    if row is None or urlsplit(row.page).path != request.path:
        return response
    pairs = [(str(name), str(value)) for name, value in row.pairs]
    filled = fill(response.get_data(as_text=True), row.target, pairs, {RETURNED: row.key})
    # Stored because the act asked for a code, which its user has given since.
    signed = getattr(current_user, "sign_in", None)
    confirmed_at = signed.factor_at if signed is not None else None
    notice = render_template(
        "accounts/given_back.html",
        row=row,
        filled=filled,
        confirmed=confirmed_at is not None and confirmed_at >= row.kept_at,
    )
    response.set_data(filled.page(notice))
    return response


def _stored(key: str) -> UnsentForm | None:
    """Return the form stored under a key for the signed-in user; delete it if it is too old."""
    user = me()
    if user is None:
        return None
    row = db.session().scalar(
        select(UnsentForm).where(UnsentForm.key == key, UnsentForm.user_id == user.id)
    )
    if row is not None and calendar.now() - row.kept_at > STORED_FOR:
        # In a separate transaction: the page only reads.
        with db.writing(current_app) as session:
            session.execute(delete(UnsentForm).where(UnsentForm.id == row.id))
        return None
    return row


def forget_returned(response: Any) -> Any:
    """Delete a stored form once it has been posted again and handled."""
    handled = request.endpoint is not None and response.status_code < 500
    if request.method in db.READ_ONLY_METHODS or not handled:
        return response
    try:
        key = request.form.get(RETURNED, "")
    except HTTPException:
        return response
    user = me() if key else None
    if user is not None:
        user_id, session = user.id, db.session()
        session.rollback()  # what the view did not commit does not count
        session.execute(
            delete(UnsentForm).where(UnsentForm.key == key, UnsentForm.user_id == user_id)
        )
        session.commit()
    return response
