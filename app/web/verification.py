"""The public page of an issued paper: what it is, and what is true of it today.

Anyone who has its code can read it. It names no person. A file to compare is hashed and read no
further.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import closing
from typing import IO

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from app.base import calendar, db, request_limits
from app.base.models import IssuedPaper
from app.cases.papers import issued
from app.cases.papers.issued import standing
from app.people.accounts import attempts
from app.register.registers import environments
from forms.papers import OFFICIAL

blueprint = Blueprint("verification", __name__, url_prefix="/verificar")
CHUNK = 1 << 16
#: Characters of what was typed for a code that are looked at.
MOST_TYPED = 80
PART = "la presentación de la que es parte"
#: Standing of a paper that has no effect → its words, with a place for the letter in which
#: participles about it end, and how the sentence goes on.
SAID = {
    "unsigned": (
        "Todavía no se registró ninguna firma.",
        " Es la última versión que se emitió, y no vale hasta que se firme.",
    ),
    "unrecognised": (
        "No consta que esté firmad{}.",
        " En el archivo que se registró no reconocemos este documento con su firma.",
    ),
    "unread": (
        "Se registró un escaneo.",
        " No se lee en él el código de este documento, así que no consta si es su copia firmada.",
    ),
    "superseded": ("Reemplazad{}", ": después se presentó otro documento en su lugar."),
    "replaced_filing": ("Reemplazad{}", f": {PART} se reemplaza por una versión corregida."),
    "not_presented": ("Se tuvo por no presentad{}", f", con toda {PART}."),
    "out_of_scope": ("Sin efecto", f": {PART} se cerró porque no corresponde."),
    "not_filed": (
        "No consta que se haya presentado.",
        f" La mesa de partes no tiene {PART}.",
    ),
    "lapsed": ("Sin efecto", f": venció el plazo para subsanar {PART}."),
    "cancelled": ("Sin efecto", ": el trámite del que es parte se anuló."),
    "observed": ("Observad{}", f": la entidad tiene que subsanar {PART}."),
    "returned": ("Devuelt{}", f": {PART} volvió a la entidad."),
}
UNKNOWN = "Ningún documento emitido tiene ese código. Revisa cada letra y número."
SHORT = "Escribe los 16 caracteres del código que está al pie del documento."


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(blueprint)
    request_limits.allow_upload(app, "verification.compare", request_limits.COMPARED_BYTES)


@blueprint.after_request
def keep_out(response: Response) -> Response:
    """Forbid robots to index the page and to follow its links."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@blueprint.route("", methods=["GET", "POST"])
def ask() -> AnyResponse | str | tuple[str, int]:
    """Ask for a code, and redirect to its paper."""
    if request.method != "POST":
        return render_template("verification/ask.html", typed="", errors={})
    text = request.form.get("code", "").strip()[:MOST_TYPED]
    paper = _known(issued.typed(text))
    if paper is None:
        return _unknown(text), 422
    address = url_for(".show", code=paper.code)
    session = db.session()
    attempts.forgive(session, "verification", "", g.verification_tries)  # its page counts the try
    session.commit()
    return redirect(address, 303)


@blueprint.get("/<code>")
def show(code: str) -> AnyResponse | str | tuple[str, int]:
    """Show a paper. Its code may be typed with separators and in lower case.

    404, with the field for a code, if no paper has it.
    """
    plain = issued.typed(code)
    if plain not in ("", code):
        return redirect(url_for(".show", code=plain), 302)
    paper = _known(plain)
    return _page(paper) if paper else (_unknown(code[:MOST_TYPED]), 404)


@blueprint.post("/<code>")
def compare(code: str) -> str | tuple[str, int]:
    """Compare a file with the issued one and the signed one, by their SHA-256."""
    paper = _known(issued.typed(code))
    if paper is None:
        return _unknown(code[:MOST_TYPED]), 404
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return _page(paper, errors={"file": "Elige el archivo que quieres comparar."}), 422
    with closing(upload):  # a large one is a temporary file
        sha256 = sha256_of(upload.stream)
    return _page(paper, sha256)


def _unknown(typed: str) -> str:
    """Return the page that asks for a code, for one that no paper has."""
    errors = {"code": UNKNOWN if issued.typed(typed) else SHORT}
    return render_template("verification/ask.html", typed=typed, errors=errors)


def _known(code: str) -> IssuedPaper | None:
    """Return the paper of a code, and count the try. Raises TooManyTries."""
    if not code:
        return None
    with db.writing(current_app) as session:
        g.verification_tries = attempts.admit(session, "verification")
    return issued.find(db.session(), code)


def sha256_of(stream: IO[bytes]) -> str:
    """Return the SHA-256 of a stream as hex."""
    digest = hashlib.sha256()
    while chunk := stream.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _page(paper: IssuedPaper, compared: str = "", errors: Mapping[str, str] | None = None) -> str:
    """Show a paper. `compared`: the SHA-256 of a file to compare with it."""
    session = db.session()
    later = session.get(IssuedPaper, paper.replaced_by) if paper.replaced_by else None
    register = environments.find(session, paper.entity, "production")
    void_at = paper.void_at or (paper.file.void_at if paper.file else None)
    ending = OFFICIAL[paper.kind].ending
    found = standing.of(session, paper)
    signed, (word, rest) = standing.signed_copy(paper, found), SAID.get(found, ("", ""))
    ours = {signed.sha256: "signed"} if signed else {}
    ours |= {paper.sha256: "issued"}
    return render_template(
        "verification/show.html",
        paper=paper,
        code=issued.in_groups(paper.code),
        title=OFFICIAL[paper.kind].title,
        ending=ending,
        issued_on=calendar.lima_day(paper.issued_at),
        later_on=calendar.lima_day(later.issued_at) if later else None,
        void_on=calendar.lima_day(void_at) if void_at else None,
        said=(word.format(ending), rest),
        signed=signed,
        register=environments.public_address(paper.entity, register),
        errors=errors or {},
        same=ours.get(compared, "none") if compared else "",
    )
