"""Error pages: in Spanish, with what to do; a failed request leaves nothing half done."""

from __future__ import annotations

import errno
import secrets
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app, g, make_response, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, OperationalError, SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from app.base import db, request_limits
from app.base.db.statement_limits import TooSlow, was_interrupted
from app.base.files import Away, Damaged
from app.base.paging import BeyondTheEnd
from app.base.queries import CannotAsk
from app.people import access, downloads, page_rate
from app.register.export import answers, dumps

PAGES = (400, 403, 404, 405, 413, 429, 503)
#: The disk, the user's share of it, or the largest possible file is full.
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
#: Flask-WTF's message on the address that a form came from → the reason that the page explains.
REFUSED = {
    "The referrer header is missing.": "no referrer",
    "The referrer does not match the host.": "another referrer",
}


def init_app(app: Flask) -> None:
    """Answer errors with pages."""
    app.register_error_handler(CSRFError, stale_page)
    app.register_error_handler(BeyondTheEnd, beyond_the_end)
    app.register_error_handler(CannotAsk, cannot_ask)
    app.register_error_handler(downloads.Busy, busy)
    app.register_error_handler(page_rate.TooManyPages, too_many_pages)
    app.register_error_handler(TooSlow, too_slow)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(OperationalError, database_away)
    app.register_error_handler(DataError, impossible_value)
    app.register_error_handler(Damaged, damaged_file)
    app.register_error_handler(Away, files_away)
    app.register_error_handler(OSError, disk_full)
    app.register_error_handler(Exception, unforeseen)


def stale_page(error: CSRFError) -> tuple[str, int] | Response:
    """Answer a form without a valid token: its session ended, or it came from another address.

    If the address is right, the form's own reader gets the page back, filled. A proxy that does not
    pass `Host` causes the wrong address: the log says so.
    """
    reason = REFUSED.get(error.description, "token")
    if reason == "token":
        again = access.try_again()
        if again is not None:
            return again
    current_app.logger.warning(
        "a form was refused: %s%s",
        error.description,
        "" if has_public_address() else " Its Host is not that of ZAGUAN_PUBLIC_URL.",
    )
    page = render_template("errors/csrf.html", reason=reason, as_public=has_public_address())
    return page, 400


def has_public_address() -> bool:
    """Return whether the request names this installation as ZAGUAN_PUBLIC_URL does."""
    wanted = urlsplit(str(current_app.config["PUBLIC_URL"]))
    default = {"http": ":80", "https": ":443"}[wanted.scheme]
    return request.host == wanted.netloc.removesuffix(default)


def beyond_the_end(error: BeyondTheEnd) -> tuple[str, int]:
    """Answer 404 to a page beyond the end of a list, with a link to the last one."""
    return render_template("errors/beyond_the_end.html", page=error.paging), 404


def cannot_ask(error: CannotAsk) -> tuple[str, int]:
    """Answer 400 to an unknown filter or value, on a page without a form to show it."""
    return render_template("errors/cannot_ask.html", why=error.why, without=error.without), 400


def busy(error: downloads.Busy) -> Response:
    """Answer 503 while other large downloads run, and say when to come again."""
    # Only nginx sends a finished file without a place of downloads.
    finished = _finished() if current_app.config["OPEN_DATA"] else None
    said = "Se están descargando otros archivos. Vuelve a intentarlo en medio minuto."
    if finished:
        said += f" Ya está hecho, y empieza enseguida: {url_for('dumps.file', name=finished.name)}"
    else:
        said += f" ¿Necesitas muchas visitas? Están en {url_for('data.show')}"
    response = _not_now("errors/busy.html", said, dump=finished)
    response.headers["Retry-After"] = str(downloads.RETRY_AFTER)
    return response


def too_many_pages(error: page_rate.TooManyPages) -> Response:
    """Answer 429 to an address that reads too many public pages, and offer a finished file."""
    page = render_template("errors/too_many_pages.html", seconds=error.seconds, dump=_finished())
    response = make_response(page, 429)
    response.headers["Retry-After"] = str(error.seconds)
    return response


def _finished() -> dumps.Dump | None:
    """Return the finished file of the month that was requested, or of the newest one."""
    month = (request.view_args or {}).get("month", "")
    days = [request.args.get(name, "") for name in ("desde", "hasta")]
    return dumps.instead(month, *(day[:7] for day in days))


def too_slow(error: Exception) -> Response:
    """Answer 503 to a page that took the database too long, and say what to do."""
    db.session().rollback()
    if request.blueprint not in request_limits.limits_of(current_app).public_reading:
        current_app.logger.warning("a page took the database too long and was ended")
        return make_response(render_template("errors/page_too_slow.html"), 503)
    current_app.logger.warning("public reading took too long and was ended")
    said = "La búsqueda tomó demasiado tiempo. Pide menos: una entidad, un mes, más palabras."
    return _not_now("errors/too_slow.html", said)


def _not_now(template: str, sentence: str, **shown: Any) -> Response:
    """Answer 503 as a page, or as JSON if the address requires JSON."""
    if request.path.endswith(".json"):
        return answers.problem(503, sentence)
    return make_response(render_template(template, **shown), 503)


def http_error(error: HTTPException) -> tuple[str, int] | HTTPException | Response:
    """Render the page of an HTTP error."""
    code = error.code or 500
    if code < 400:
        return error
    if code == 413:
        request_limits.read_and_forget()
    page = code if code in PAGES else 400 if code < 500 else 500
    if page == 500:
        return _page_of_fault(None), code
    return render_template(f"errors/{page}.html", retry_after=None, incident=None), code


def database_away(error: OperationalError) -> tuple[str, int] | Response:
    """Answer 503 while the database is away or busy: no change was made, try again."""
    if was_interrupted(error):
        return too_slow(error)
    current_app.logger.error("the database does not answer: %s", error.orig)
    g.database_away = True  # so that the page itself asks for nobody
    return render_template("errors/503.html"), 503


def impossible_value(error: DataError) -> tuple[str, int]:
    """Answer 400 to a value that the database cannot hold: a text with a NUL in it."""
    db.session().rollback()
    return render_template("errors/400.html"), 400


def damaged_file(error: Damaged) -> tuple[str, int]:
    """Answer 500 for a damaged stored file, without any of its bytes."""
    return render_template("errors/damaged_file.html"), 500


def files_away(error: Away) -> Response:
    """Answer 503 while the place of the stored files is away: no change was made, try again."""
    db.session().rollback()
    current_app.logger.error("stored files: %s", error)
    response = make_response(render_template("errors/files_away.html"), 503)
    response.headers["Retry-After"] = str(downloads.RETRY_AFTER)
    return response


def disk_full(error: OSError) -> tuple[str, int]:
    """Answer 507 if a disk is full: no change was made. Any other error is unforeseen."""
    if error.errno not in FULL:
        return unforeseen(error)
    db.session().rollback()
    current_app.logger.error("a disk is full: %s", error.strerror)
    return render_template("errors/disk_full.html"), 507


def unforeseen(error: Exception) -> tuple[str, int]:
    """Answer 500 to a fault of ours; it is logged with a code that the page shows."""
    # In groups, so that the log does not take it for a document's number.
    incident = f"{secrets.token_hex(2)}-{secrets.token_hex(2)}"
    current_app.logger.error("incident %s", incident, exc_info=error, extra={"incident": incident})
    if current_app.testing:
        raise error
    return _page_of_fault(incident), 500


def _page_of_fault(incident: str | None) -> str:
    """Render the page of a fault with its reader's menu; without a reader if that fails, too.

    The transaction ends first: after a statement that failed PostgreSQL refuses all others.
    """
    opened = db.session()
    try:
        opened.rollback()
        return render_template("errors/500.html", incident=incident)
    except SQLAlchemyError:
        opened.invalidate()
        g.database_away = True
        return render_template("errors/500.html", incident=incident)
