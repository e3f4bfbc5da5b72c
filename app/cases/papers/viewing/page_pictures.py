"""Papers page by page: a picture of each page with its text, made by a helper process.

Nothing of a stored file is read in the web process. What the helper made is stored on disk
(`page_cache`), so it makes each picture once.
"""

from __future__ import annotations

import atexit
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import has_request_context, request, url_for
from sqlalchemy.orm import Session

from app.base import db, files
from app.base.files import integrity
from app.base.models import FileUse, StoredFile, User
from app.cases.papers import stored_files
from app.cases.papers.helper_process import Busy, Ended, HelperProcess, Patience
from app.cases.papers.viewing import page_cache
from app.cases.papers.viewing.page_cache import FAULT

RENDERER = Path(__file__).parent / "page_renderer.py"
#: Limits of the helper: bytes of memory, and for one order seconds of the processor and in all.
BOUNDS = {"memory": 640 * 1024 * 1024, "cpu": 6, "seconds": 15}
#: Orders after which the helper is replaced, to free its memory.
RENEWED = 200
#: Seconds that a request waits for the orders of other requests. `further` is enough for some
#: thirty usual pictures.
PATIENCE = Patience(first=20, further=2)
#: Pages that are read and shown at once, and in all; a longer file is downloaded.
AT_ONCE, MOST_PAGES = 10, 500
#: Pixels of the shorter side of a picture: next to other things, and on a separate page.
USUAL, LARGE = 900, 1800
PNG_HEAD = b"\x89PNG"
#: Faults of an order that a smaller one may not have.
TOO_MUCH = frozenset({b"too_slow", b"too_large"})

#: Why pages cannot be shown, by the helper's word.
FAULTS: Mapping[str, str] = {
    "encrypted": "El archivo está protegido con contraseña.",
    "damaged": "El archivo está incompleto o dañado, y no se puede leer.",
    "no_pdf": "El archivo no es un PDF: no tiene páginas que mostrar.",
    "too_large": "Dibujar lo que contiene exige demasiada memoria.",
    "too_slow": "Dibujar lo que contiene toma demasiado tiempo.",
    "busy": "Ahora se preparan muchas páginas a la vez. Carga la página otra vez en un minuto.",
    "lost": "Lo que guardamos ya no es igual a lo que se subió. Quien opera la plataforma lo sabe.",
    "later": "Sus páginas se ven cuando abres el documento.",
    "beyond": f"Aquí se ven las primeras {MOST_PAGES} páginas. Para las demás, abre el archivo.",
}
#: What a page without text holds, after its number.
HOLDS: Mapping[str, str] = {
    "text": "",
    "image": "escaneada, sin texto",
    "drawing": "sin texto",
    "nothing": "en blanco",
    "unread": "su texto no se pudo leer",
    "damaged": "dañada",
}


@dataclass(frozen=True)
class PaperPage:
    """A page: its number, the size of its picture in pixels, its text, and the addresses of its
    picture, of a larger one, and of a page that shows it alone."""

    number: int
    of: int
    width: int
    height: int
    text: str
    #: A key of `HOLDS`.
    holds: str
    #: Why there is no picture, as a sentence; "" if there is one.
    fault: str
    picture: str
    large: str
    url: str

    @property
    def caption(self) -> str:
        """The number, and what the page holds if it has no text."""
        words = HOLDS[self.holds]
        return f"Página {self.number} de {self.of}" + (f", {words}" if words else "")


@dataclass(frozen=True)
class SignaturePicture:
    """A picture of the box of a signature: the number of its page in the file, its address."""

    page: int
    url: str


@dataclass(frozen=True)
class PaperPages:
    """Some pages of a file, as `files.describe` knows it. `fault` says why there are none."""

    file: dict[str, Any]
    #: Number of pages of the whole file; 0 if it cannot be read.
    count: int
    pages: tuple[PaperPage, ...]
    fault: str
    #: Addresses of the pages of the whole file, and of those after these ("" without any).
    url: str
    after: str
    #: Says that the file has more pages than are shown, on the last ones; otherwise "".
    beyond: str = ""
    #: What was found in the file as it came (`app.cases.papers.preflight.findings`), as plain
    #: values, and why it was presented all the same.
    findings: tuple[Mapping[str, Any], ...] = ()
    as_is: str = ""
    #: The boxes of its signatures, if it is a scan (`signature_boxes`).
    signatures: tuple[SignaturePicture, ...] = ()


def pages_of(
    session: Session,
    user: User | None,
    file_id: str,
    first: int = 1,
    *,
    task_id: int | None = None,
) -> PaperPages | None:
    """Return pages of a stored file, at most `AT_ONCE`, from the one with number `first`.

    `task_id`: the task whose step shows them; the pages that they link to lead back to it.

    None if the user may not read it. Logs the reading. It takes some 50 ms the first time, and in
    a request that writes it reads no file: there `fault` says that the pages are shown elsewhere.
    """
    use = stored_files.readable(session, user, file_id)
    if use is None:
        return None
    if _may_read():
        stored_files.log_viewing(session, use, user)
    return pages_of_use(use, first, task_id)


def pages_of_use(use: FileUse, first: int = 1, task_id: int | None = None) -> PaperPages:
    """Return pages of a stored file for a user who may read it; nothing is logged."""
    first = max(1, (first - 1) // AT_ONCE * AT_ONCE + 1)
    known = _facts(use.file, first)
    count = int(known.get("count", 0))
    shown = tuple(
        _page(use, first + place, count, facts, task_id)
        for place, facts in enumerate(known["pages"])
    )
    last = first + len(shown) - 1
    return PaperPages(
        file=files.describe(use),
        count=count,
        pages=shown,
        fault=FAULTS[known["fault"]] if known["fault"] else "",
        url=url_for("papers.show", file_id=use.id, tarea=task_id),
        after=_after(use, last, task_id) if shown and last < min(count, MOST_PAGES) else "",
        beyond=FAULTS["beyond"] if last == MOST_PAGES < count else "",
        findings=tuple(use.findings or ()),
        as_is=use.as_is,
    )


def _after(use: FileUse, last: int, task_id: int | None) -> str:
    return url_for("papers.show", file_id=use.id, pagina=last // AT_ONCE + 1, tarea=task_id)


def _page(
    use: FileUse, number: int, count: int, facts: Mapping[str, Any], task_id: int | None
) -> PaperPage:
    wide, high = max(facts["width"], 1.0), max(facts["height"], 1.0)
    scale = USUAL / min(wide, high)
    fault = page_cache.read(use.sha256, f"{number}-{USUAL}{FAULT}")
    return PaperPage(
        number=number,
        of=count,
        width=max(1, round(scale * wide)),
        height=max(1, round(scale * high)),
        text=facts["text"],
        holds=facts["holds"],
        fault=FAULTS[fault.decode()] if fault else "",
        picture=url_for("papers.picture", file_id=use.id, number=number),
        large=url_for("papers.large_picture", file_id=use.id, number=number),
        url=url_for("papers.page", file_id=use.id, number=number, tarea=task_id),
    )


def _may_read() -> bool:
    """Condition: the request holds no lock that others wait for."""
    return not has_request_context() or request.method in db.READ_ONLY_METHODS


class NoPicture(Exception):
    """There is no picture of a page; the message is a key of `FAULTS`, or "no_page"."""


def picture(
    stored: StoredFile, number: int, side: int, part: Sequence[float] | None = None, turned: int = 0
) -> bytes:
    """Return the picture of a page, its shorter side of `side` pixels. Raise NoPicture.

    `part`: left, top, right and bottom of what is shown, as parts of the page's sides.
    `turned`: degrees by which the page is turned clockwise; its picture is turned back.
    """
    if number > MOST_PAGES:
        raise NoPicture("beyond")
    name = "-".join([str(number), str(side), *(str(round(one * 1000)) for one in part or ())])
    name += f"-t{turned}" if turned else ""
    order = {"page": number, "side": side, "part": list(part or ()), "turned": turned}
    kind, content = _made(stored, name, ".image", [order])
    if kind == "fault":
        raise NoPicture(content.decode())
    return content


def boxes_of(stored: StoredFile) -> list[dict[str, Any]]:
    """Return where the signatures of a paper made here go (`page_renderer.boxes`)."""
    kind, content = _made(stored, "boxes", ".json", [{"boxes": True}])
    found: list[dict[str, Any]] = [] if kind == "fault" else json.loads(content)
    return found


def media_type_of(content: bytes) -> str:
    """Return the media type of a picture."""
    return "image/png" if content.startswith(PNG_HEAD) else "image/jpeg"


def _facts(stored: StoredFile, first: int) -> dict[str, Any]:
    """Return `count`, `fault` and the facts of `AT_ONCE` pages, as the helper found them."""
    if first > MOST_PAGES:
        return {"count": 0, "pages": [], "fault": "beyond"}
    order = {"first": first, "last": min(first + AT_ONCE - 1, MOST_PAGES)}
    # If the texts take too much, the pages are shown without them.
    orders = [order | {"reads": True}, order | {"reads": False}]
    kind, content = _made(stored, str(first), ".json", orders)
    if kind == "fault":
        return {"count": 0, "pages": [], "fault": content.decode()}
    facts: dict[str, Any] = json.loads(content)
    return facts | {"fault": ""}


def new_helper(bounds: Mapping[str, float] = BOUNDS) -> HelperProcess:
    """Return a helper, not yet started.

    Isolated (-I): no path and no variable of the caller decides what it imports. It ends itself
    when an order exceeds its seconds; a little later it is killed.
    """
    command = [sys.executable, "-I", str(RENDERER), json.dumps(bounds)]
    return HelperProcess(command, seconds=bounds["seconds"] + 5, renewed=RENEWED)


_helper = new_helper()
atexit.register(lambda: _helper.close())


def _made(
    stored: StoredFile, name: str, ending: str, orders: Sequence[dict[str, Any]]
) -> tuple[str, bytes]:
    """Return what is stored under a name, or the helper's answer, which is then stored.

    A later order is asked if an earlier one takes too much.
    """
    if found := _stored(stored, name, ending):
        return found
    if not _may_read():
        return "fault", b"later"
    try:
        path = str(integrity.whole(stored))
        with _helper.turn(PATIENCE):
            if found := _stored(stored, name, ending):  # another thread has asked
                return found
            for order in orders:
                kind, content = _ask(order | {"path": path})
                if content not in TOO_MUCH:
                    break
            page_cache.write(stored.sha256, name + (FAULT if kind == "fault" else ending), content)
            return kind, content
    except integrity.Damaged:
        return "fault", b"lost"
    except Busy:
        return "fault", b"busy"


def _stored(stored: StoredFile, name: str, ending: str) -> tuple[str, bytes] | None:
    if found := page_cache.read(stored.sha256, name + ending):
        return "made", found
    if found := page_cache.read(stored.sha256, name + FAULT):
        return "fault", found
    return None


def _ask(order: dict[str, Any]) -> tuple[str, bytes]:
    try:
        return _helper.ask(json.dumps(order).encode())
    except Ended as ended:
        return "fault", b"too_slow" if ended.slow else b"too_large"
