"""The documents of the demo: signed copies of the papers made here, and others, partly scanned."""

from __future__ import annotations

import io
from functools import cache

import pikepdf
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import files
from app.base.files import Owner, integrity
from app.base.models import FileUse, IssuedPaper
from app.cases.papers.preflight.findings import Finding
from forms import FileInfo

#: The width and height of a scanned page, in pixels.
SCANNED = (248, 351)
SIGNED = "Firmado digitalmente en una demostración: sin valor"
MARK = Finding("signature", "Firma de una demostración: sin valor.")


def keep_pdf(session: Session, owner: Owner, paper: str) -> FileInfo:
    """Store the signed copy of a paper of the case, or an invented document.

    The mark of the demo counts as a signature, which nobody verifies.
    """
    made = _made(session, owner, paper)
    content, pages = signed(_content(made)) if made else (document(), 2)
    use = files.keep(
        session,
        io.BytesIO(content),
        paper=paper,
        media_type="application/pdf",
        owner=owner,
        pages=pages,
    )
    if made:
        use.findings = [MARK.plain()]
        code = select(IssuedPaper.code).where(IssuedPaper.file_id == made.id)
        use.issued_code = session.scalar(code)
    return FileInfo(**files.describe(use))


def _made(session: Session, owner: Owner, paper: str) -> FileUse | None:
    """Return the newest paper of this kind that was made for the case."""
    newest = (
        select(FileUse)
        .where(FileUse.instance_id == owner.instance_id, FileUse.kind == paper)
        .order_by(FileUse.created_at.desc())
        .limit(1)
    )
    return session.scalars(newest).first() if owner.instance_id and paper else None


def _content(use: FileUse) -> bytes:
    with integrity.opened(use.sha256) as source:
        return source.read()


def signed(content: bytes) -> tuple[bytes, int]:
    """Return a paper with a signature on its last page, and its number of pages."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        page = pikepdf.Page(pdf.pages[-1])
        font = page.add_resource(_font(), pikepdf.Name.Font)
        text = _line(font, 9, 40, 58, SIGNED)
        box = b"0.6 0.17 0.15 RG 0.6 0.17 0.15 rg 36 53 234 16 re S "
        page.contents_add(pdf.make_stream(b"q " + box + text + b"Q"))
        return _saved(pdf), len(pdf.pages)


@cache
def document() -> bytes:
    """Return a PDF that names itself, with a second page that is scanned."""
    with pikepdf.new() as pdf:
        for _ in range(2):
            pdf.add_blank_page(page_size=(595, 842))
        first, second = map(pikepdf.Page, pdf.pages)
        font = first.add_resource(_font(), pikepdf.Name.Font)
        first.contents_add(
            pdf.make_stream(
                _line(font, 20, 72, 760, "Documento de ejemplo")
                + _line(font, 12, 72, 732, "Sin valor: es parte de una demostración.")
            )
        )
        picture = second.add_resource(pdf.make_indirect(_scan(pdf)), pikepdf.Name.XObject)
        second.contents_add(pdf.make_stream(b"q 595 0 0 842 0 0 cm %s Do Q" % _name(picture)))
        return _saved(pdf)


def _scan(pdf: pikepdf.Pdf) -> pikepdf.Stream:
    """Return the picture of a written page: grey lines of words on greyish paper."""
    wide, high = SCANNED
    rows = bytearray(b"\xf4" * (wide * high))
    for line in range(40, 300, 12):
        for x in range(30, wide - 30 - (line * 7) % 60):
            if (x * 5 + line * 3) % 23 > 3:  # the gaps between words
                for y in range(line, line + 3 + (x * 7 + line) % 3):
                    rows[y * wide + x] = 0x50 + (x * 13 + y * 29) % 64
    return pdf.make_stream(
        bytes(rows),
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=wide,
        Height=high,
        BitsPerComponent=8,
        ColorSpace=pikepdf.Name.DeviceGray,
    )


def _font() -> pikepdf.Dictionary:
    return pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.Type1,
        BaseFont=pikepdf.Name.Helvetica,
        Encoding=pikepdf.Name.WinAnsiEncoding,
    )


def _line(font: pikepdf.Name, size: int, x: int, y: int, text: str) -> bytes:
    """Return the operators that write a line of text."""
    return b"BT %s %d Tf %d %d Td (%s) Tj ET " % (
        _name(font),
        size,
        x,
        y,
        text.encode("cp1252"),
    )


def _name(name: pikepdf.Name) -> bytes:
    return str(name).encode()


def _saved(pdf: pikepdf.Pdf) -> bytes:
    target = io.BytesIO()
    pdf.save(target, deterministic_id=True)
    return target.getvalue()
