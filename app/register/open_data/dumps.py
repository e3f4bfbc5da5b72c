"""The finished files of the whole register: their manifest, and the files themselves."""

from __future__ import annotations

from datetime import datetime
from typing import IO, Any, NamedTuple

from flask import Blueprint, Response, abort, current_app, request, url_for
from werkzeug.wsgi import FileWrapper

from app.base import calendar, db
from app.people import downloads
from app.register.export import dumps, withheld
from app.register.export.answers import OPEN, document
from app.register.export.dumps import ENDINGS, Dump, Dumps
from app.register.export.package import LICENCES

blueprint = Blueprint("dumps", __name__)

#: Version of the manifest's shape and of the addresses.
VERSION = "1.0.0"
#: The internal location of deploy/nginx.conf for the folder of finished files.
OF_NGINX = "/_open-data/"


@blueprint.get("/datos/archivos.json")
def manifest() -> Response:
    """Return the manifest: the current files, with their hashes."""
    found = withheld.published(db.session())
    licence = LICENCES[current_app.config["DATA_LICENCE"]]
    base = str(current_app.config["PUBLIC_URL"])
    response = document(
        {
            "version": VERSION,
            "al": _in_lima(found.as_of) if found.as_of else None,
            "documentos": "completos" if found.full else "enmascarados",
            "licencia": {"name": licence.name, "title": licence.title, "path": licence.path},
            "esquema": base + url_for("data.schema"),
            "archivos": [_said(one, base) for one in found.files],
        }
    )
    response.add_etag()
    response.make_conditional(request)
    return response


def _said(dump: Dump, base: str) -> dict[str, Any]:
    return {
        "nombre": dump.name,
        "direccion": base + url_for(".file", name=dump.name),
        "periodo": dump.month or "todo",
        "desde": dump.first or None,
        "hasta": dump.last or None,
        "formato": dump.ending,
        "filas": dump.rows,
        "bytes": dump.size,
        "sha256": dump.sha256,
        "hecho": _in_lima(datetime.fromisoformat(dump.made_at)),
    }


def _in_lima(moment: datetime) -> str:
    return moment.astimezone(calendar.LIMA).isoformat(timespec="seconds")


@blueprint.get("/datos/archivos/<name>")
def file(name: str) -> Response:
    """Return a finished file, or a part of it (`Range`); 404 for another name. Raises Busy.

    If the files have a folder that nginx can read, the answer says where, and nginx sends it.
    """
    if current_app.config["OPEN_DATA"]:
        found = withheld.published(db.session()).find(name) or abort(404)
        response = Response(content_type=ENDINGS[found.ending], headers=OPEN)
        response.headers["X-Accel-Redirect"] = f"{OF_NGINX}{found.stored}"
        _describe(response, found)
        return response
    found, opened = _open(name)
    try:
        response = _response(found, opened)
        if response.status_code in (200, 206) and (download := downloads.begin()) is not None:
            download.sent_by(response, response.response)  # type: ignore[arg-type]
    except BaseException:
        opened.close()
        raise
    return response


def _response(found: Dump, opened: IO[bytes]) -> Response:
    body = FileWrapper(opened, downloads.PIECE)
    response = Response(body, content_type=ENDINGS[found.ending], headers=OPEN)
    response.call_on_close(opened.close)
    response.content_length = found.size
    response.last_modified = datetime.fromisoformat(found.made_at)
    response.set_etag(found.sha256)
    _describe(response, found)
    response.make_conditional(request, accept_ranges=True, complete_length=found.size)
    return response


def _describe(response: Response, found: Dump) -> None:
    response.headers["Content-Disposition"] = f'attachment; filename="{found.name}"'
    response.cache_control.no_cache = True


def _open(name: str) -> tuple[Dump, IO[bytes]]:
    """Open a current file. A run that ends meanwhile has deleted it, and named another."""
    try:
        return _current(name)
    except FileNotFoundError:
        return _current(name)


def _current(name: str) -> tuple[Dump, IO[bytes]]:
    found = withheld.published(db.session()).find(name) or abort(404)
    return found, (dumps.folder() / found.stored).open("rb")


class Listed(NamedTuple):
    """Files as the page lists them."""

    #: Its title: the month, or that it is all.
    title: str
    rows: int
    #: Ending, address and bytes of each.
    files: list[tuple[str, str, int]]


def listed(found: Dumps, most: int) -> list[Listed]:
    """Return the files of the whole register and of its newest months, `most` in all."""
    return [
        Listed(
            found.of(month)[0].title,
            found.of(month)[0].rows,
            [
                (one.ending, url_for("dumps.file", name=one.name), one.size)
                for one in found.of(month)
            ],
        )
        for month in ("", *found.months)[:most]
        if found.of(month)
    ]
