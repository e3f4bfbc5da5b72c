"""Pages that need neither a thread, nor a database, nor a user: for the proxy and the server."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

from flask import Flask
from markupsafe import Markup

from app.base import config
from app.web import templating

#: Seconds after which a client may try again, by status. A proxy sends its own for its pages.
RETRY_AFTER: Mapping[int, int] = {503: 5}


class Text(NamedTuple):
    """What a page says."""

    title: str
    sentences: tuple[str, ...]


TEXTS: Mapping[int, Text] = {
    400: Text(
        "No entendimos lo que envió tu navegador",
        ("Abre otra vez la dirección, con https:// al inicio. No se guardó nada de este pedido.",),
    ),
    404: Text(
        "No encontramos este archivo",
        ("Revisa que la dirección esté completa: una letra de más o de menos basta.",),
    ),
    408: Text(
        "Tu pedido no llegó entero",
        ("La conexión es lenta o se cortó. No se guardó nada: inténtalo otra vez.",),
    ),
    411: Text(
        "Tu pedido no dice cuánto mide",
        ("No se guardó nada. Envíalo con su tamaño (Content-Length), o con un navegador.",),
    ),
    414: Text(
        "La dirección es demasiado larga",
        ("Borra de la dirección lo que sigue al signo «?», o busca con menos palabras.",),
    ),
    421: Text(
        "Esta dirección no es de Zaguán",
        ("Revisa el nombre que escribiste, o abre el enlace que recibiste.",),
    ),
    429: Text(
        "Son demasiados pedidos seguidos",
        (
            "Desde tu conexión llegaron muchos pedidos en poco tiempo. Espera un minuto e "
            "inténtalo otra vez.",
            Markup(
                "Si buscas muchas visitas, descarga el archivo del mes en "
                '<a class="govuk-link" href="/datos">Datos abiertos</a>: no hace falta pedir '
                "página por página."
            ),
        ),
    ),
    431: Text(
        "Tu navegador envió demasiados datos",
        ("Borra las cookies de este sitio e inténtalo otra vez.",),
    ),
    500: Text(
        "No pudimos guardar lo que enviaste",
        (
            "Al servidor le falta espacio o tuvo una falla. Lo que enviaste ahora no se guardó; lo "
            "que guardaste antes sigue ahí.",
            "Vuelve a la página anterior e inténtalo otra vez más tarde.",
        ),
    ),
    502: Text(
        "Zaguán no responde por un momento",
        ("Espera medio minuto e inténtalo otra vez: lo que guardaste sigue ahí.",),
    ),
    503: Text(
        "Hay demasiado trabajo en este momento",
        ("No se guardó nada de este pedido. Espera unos segundos e inténtalo otra vez.",),
    ),
}
#: The statuses for which a proxy needs a page.
OF_PROXY = (400, 404, 414, 421, 429, 431, 500, 502, 503)


def bare_app() -> Flask:
    """Return an application that renders these pages, without data folder and database."""
    app = Flask("app", static_folder=None, template_folder=None)
    app.config.from_mapping(config.load(only_looking=True))
    templating.init_app(app)
    return app


def page(app: Flask, code: int) -> str:
    """Return the page of a status as HTML."""
    template = app.jinja_env.get_template("errors/still.html")
    with app.test_request_context():
        return template.render(
            title=TEXTS[code].title,
            sentences=TEXTS[code].sentences,
        )


def response(app: Flask, code: int) -> bytes:
    """Return the page of a status as a whole answer."""
    return whole_answer(code, page(app, code).encode(), "text/html; charset=utf-8")


def whole_answer(code: int, body: bytes, content_type: str) -> bytes:
    """Return an answer (HTTP/1.1) that ends its connection."""
    lines = [
        f"HTTP/1.1 {code} {HTTPStatus(code).phrase}",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "Connection: close",
        "X-Content-Type-Options: nosniff",
    ]
    if code in RETRY_AFTER:
        lines.append(f"Retry-After: {RETRY_AFTER[code]}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def write(app: Flask, folder: Path) -> list[Path]:
    """Write the pages of a proxy into a folder, readable by all; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for code in OF_PROXY:
        path = folder / f"{code}.html"
        path.write_text(page(app, code), "utf-8")
        path.chmod(0o644)
        written.append(path)
    return written
