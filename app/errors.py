"""What is said when something goes wrong: in Spanish, with what to do, and nothing half done."""

from __future__ import annotations

import secrets

from flask import Flask, current_app, g, render_template
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from app import db
from app.catalogue import old_addresses
from app.files import Damaged
from app.paging import BeyondTheEnd
from app.queries import CannotAsk

PAGES = (400, 403, 404, 405, 413, 429, 503)


def init_app(app: Flask) -> None:
    """Answers errors with pages."""
    app.register_error_handler(CSRFError, stale_page)
    app.register_error_handler(BeyondTheEnd, beyond_the_end)
    app.register_error_handler(CannotAsk, cannot_ask)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(OperationalError, database_away)
    app.register_error_handler(DataError, impossible_value)
    app.register_error_handler(Damaged, damaged_file)
    app.register_error_handler(Exception, unforeseen)


def stale_page(error: CSRFError) -> tuple[str, int]:
    """The form was sent without its token, or by a session that ended."""
    return render_template("errors/csrf.html"), 400


def beyond_the_end(error: BeyondTheEnd) -> tuple[str, int]:
    """The list has fewer pages, or fewer by now: where its last one is."""
    return render_template("errors/beyond_the_end.html", page=error.paging), 404


def cannot_ask(error: CannotAsk) -> tuple[str, int]:
    """A filter or a value of one that there is not, on a page without a form to say it at."""
    return render_template("errors/cannot_ask.html", why=error.why, without=error.without), 400


def http_error(error: HTTPException) -> tuple[str, int] | HTTPException | Response:
    """An error with a page of its own; what is not there may be elsewhere by now."""
    code = error.code or 500
    if code < 400:
        return error
    if code == 404 and (elsewhere := old_addresses.new_address()) is not None:
        return elsewhere
    page = code if code in PAGES else 400 if code < 500 else 500
    return render_template(f"errors/{page}.html", retry_after=None, incident=None), code


def database_away(error: OperationalError) -> tuple[str, int]:
    """The database does not answer, or stayed busy too long: try again, nothing was done."""
    current_app.logger.error("the database does not answer: %s", error.orig)
    g.database_away = True  # so that the page itself asks for nobody
    return render_template("errors/503.html"), 503


def impossible_value(error: DataError) -> tuple[str, int]:
    """What was asked for cannot be a value of the database: a text with a NUL in it."""
    db.session().rollback()
    return render_template("errors/400.html"), 400


def damaged_file(error: Damaged) -> tuple[str, int]:
    """A stored file is not as it was stored: nothing of it is served."""
    return render_template("errors/damaged_file.html"), 500


def unforeseen(error: Exception) -> tuple[str, int]:
    """A fault of ours: logged with a code that the reader can tell."""
    # In groups, lest the log take it for a document's number.
    incident = f"{secrets.token_hex(2)}-{secrets.token_hex(2)}"
    current_app.logger.error("incident %s", incident, exc_info=error, extra={"incident": incident})
    if current_app.testing:
        raise error
    return render_template("errors/500.html", incident=incident), 500
