"""The boxes of a signed paper, cut out of its scan, for the person who looks at the signature.

An issued paper says in an attached file where its signatures go (`firmas.json`, see
`layouts/paper.typ`). A scan shows the same pages, perhaps in another order or turned, as the QR of
each page says. The cut has a wide margin, and the page itself is a click away. Of a page whose QR
was not read, the whole page is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.models import FileUse, IssuedPaper, ReadFile, User
from app.cases.papers.viewing import page_pictures
from app.cases.papers.viewing.page_pictures import NoPicture, PaperPages, SignaturePicture

#: Space around a box, as a part of the page's width and height.
AROUND = 0.04
Sides = tuple[float, float, float, float]
WHOLE: Sides = (0.0, 0.0, 1.0, 1.0)
#: Pixels of the shorter side of the page that the cut is taken from.
SIDE = 1400


@dataclass(frozen=True)
class Cut:
    """A box on a page of a file: left, top, right and bottom as parts of the page as it is shown,
    and by how many degrees the page is turned clockwise.
    """

    number: int
    page: int
    sides: Sides = WHOLE
    turned: int = 0


def pages_of(
    session: Session, user: User | None, file_id: str, first: int = 1, *, task_id: int | None = None
) -> PaperPages | None:
    """Return what `page_pictures.pages_of` returns, with the boxes of a scan."""
    pages = page_pictures.pages_of(session, user, file_id, first, task_id=task_id)
    use = session.get(FileUse, file_id)
    return replace(pages, signatures=shown(session, use)) if pages and use else pages


def shown(session: Session, use: FileUse) -> tuple[SignaturePicture, ...]:
    """Return the pictures of the boxes of a scan; none of a file that is no scan."""
    if not any(finding["code"] == "handwritten" for finding in use.findings or ()):
        return ()
    return tuple(
        SignaturePicture(cut.page, url_for("papers.signature", file_id=use.id, number=cut.number))
        for cut in cuts_of(session, use)
    )


def picture(session: Session, use: FileUse, number: int) -> bytes:
    """Return the picture of a box. Raise NoPicture."""
    cut = next((one for one in cuts_of(session, use) if one.number == number), None)
    if cut is None:
        raise NoPicture("no_page")
    return page_pictures.picture(use.file, cut.page, SIDE, cut.sides, cut.turned)


def cuts_of(session: Session, use: FileUse) -> list[Cut]:
    """Return the boxes of the issued paper of which a file is the signed copy, on its pages."""
    paper = session.scalars(select(IssuedPaper).where(IssuedPaper.has_copy(use.id))).first()
    if paper is None or paper.file is None:
        return []
    boxes = page_pictures.boxes_of(paper.file.file)
    places = _places(session, use, paper.code)
    return [_cut(number, box, places) for number, box in enumerate(boxes, 1)]


def _places(session: Session, use: FileUse, paper: str) -> dict[int, tuple[int, int | None]]:
    """Return page of the paper → page of the file, and how it is turned, as its codes say."""
    read = session.get(ReadFile, use.sha256)
    pages: list[Any] = read.facts["looked"] if read else []
    return {
        code["page"]: (number, code["turned"])
        for number, page in enumerate(pages, 1)
        for code in page["codes"]
        if code["code"] == paper
    }


def _cut(number: int, box: dict[str, Any], places: Mapping[int, tuple[int, int | None]]) -> Cut:
    page, turned = places.get(box["pagina"], (box["pagina"], None))
    if turned is None:
        return Cut(number, page)
    return Cut(number, page, _turned(_sides(box), turned), turned)


def _turned(sides: Sides, degrees: int) -> Sides:
    """Return the sides of a box on a page that is turned clockwise."""
    for _ in range(degrees // 90):
        left, top, right, bottom = sides
        sides = (1 - bottom, left, 1 - top, right)
    return sides


def _sides(box: dict[str, Any]) -> Sides:
    wide, high = box["pagina_ancho"], box["pagina_alto"]
    left, bottom = box["izquierda"] / wide, box["abajo"] / high
    right, top = left + box["ancho"] / wide, bottom + box["alto"] / high
    return (
        max(left - AROUND, 0.0),
        max(1 - top - AROUND, 0.0),
        min(right + AROUND, 1.0),
        min(1 - bottom + AROUND, 1.0),
    )
