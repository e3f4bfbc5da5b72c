"""The responses of open data: streamed, with the headers of public data."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Generator, Iterator, Mapping
from io import SEEK_END
from itertools import chain
from tempfile import TemporaryFile
from typing import IO

from flask import Response, current_app, json, request

from app.base import db
from app.people import downloads
from app.register.export import writers
from app.register.export.package import MEDIA_TYPES
from app.register.export.writers import Table

TYPES = {**MEDIA_TYPES, "csv": f"{MEDIA_TYPES['csv']}; charset=utf-8; header=present"}
#: Pages of any origin may read it; search engines do not list persons by it.
OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Robots-Tag": "noindex, nofollow",
}


def table_file(table: Table, ending: str, name: str, *, bom: bool = False) -> Response:
    """Return a table as the file of an ending; `name` is the file's, without it. Raises Busy."""
    downloads.begin()
    engine = current_app.extensions["engine"]
    # The export reads on a separate connection, as long as the client reads.
    db.session().close()
    if ending == "xlsx":
        return workbook(lambda file: writers.as_workbook(engine, table, file), name)
    rows = (
        writers.as_csv(engine, table, bom=bom)
        if ending == "csv"
        else writers.as_json(engine, table)
    )
    response = streamed(rows, TYPES[ending])
    place = "attachment" if ending == "csv" else "inline"
    response.headers["Content-Disposition"] = f'{place}; filename="{name}.{ending}"'
    return response


def streamed(
    chunks: Generator[bytes, None, None], kind: str, headers: Mapping[str, str] = OPEN
) -> Response:
    """Return a response that is sent while it is made, and ends when the client leaves.

    Its start is made at once, so that a failure is answered as an error. Raises Busy.
    """
    response = Response(content_type=kind, headers=dict(headers))
    response.vary.add("Accept-Encoding")
    squeezed = bool(request.accept_encodings["gzip"])
    if squeezed:
        response.headers["Content-Encoding"] = "gzip"
    download = downloads.begin()
    if download is None:
        return response
    begun = [chunk for chunk in (next(chunks, None),) if chunk is not None]
    whole: Iterator[bytes] = chain(begun, chunks)
    response.call_on_close(chunks.close)
    return download.sent_by(response, compressed(whole) if squeezed else whole)


def compressed(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Compress with gzip at its fastest: a fifth of the bytes, which slow lines need."""
    squeeze = zlib.compressobj(level=1, wbits=zlib.MAX_WBITS + 16)
    for chunk in chunks:
        if made := squeeze.compress(chunk):
            yield made
    yield squeeze.flush()


def workbook(
    write: Callable[[IO[bytes]], None], name: str, headers: Mapping[str, str] = OPEN
) -> Response:
    """Return the workbook that `write` fills; it is made whole before it is sent. Raises Busy."""
    response = Response(content_type=TYPES["xlsx"], headers=dict(headers))
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    response.headers["Cache-Control"] = "no-store"  # as all that is made during a request
    download = downloads.begin()
    if download is None:
        return response
    file = TemporaryFile()  # noqa: SIM115 - the server closes it after sending
    response.call_on_close(file.close)
    write(file)
    response.content_length = file.seek(0, SEEK_END)
    file.seek(0)
    return download.sent_by(response, downloads.pieces_of(file))


def document(data: object, kind: str = "application/json", *, indent: int | None = 2) -> Response:
    """Return a document that describes data."""
    text = json.dumps(data, ensure_ascii=False, indent=indent, sort_keys=False)
    return Response(text + "\n", content_type=kind, headers=OPEN)


def problem(status: int, sentence: str, **more: object) -> Response:
    """Return the problem of a request that cannot be answered (RFC 9457)."""
    titles = {
        400: "Pedido incorrecto",
        404: "No está",
        410: "Ya no sigue",
        503: "Vuelve a intentarlo",
    }
    data = {"title": titles[status], "status": status, "detail": sentence, **more}
    response = document(data, "application/problem+json")
    response.status_code = status
    return response
