"""PDFs whose every byte a test decides: honest ones, and malicious or broken ones."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

TEXT = b"BT /F1 24 Tf 72 700 Td (Oficio de ejemplo) Tj ET"
FONT = b"<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica"
FONT += b"/Encoding/WinAnsiEncoding>>>>>>"
A4 = (595, 842)


def pdf(
    pages: Sequence[bytes],
    *,
    size: tuple[float, float] = A4,
    resources: bytes = FONT,
    page: bytes = b"",
    catalogue: bytes = b"",
    objects: Mapping[int, bytes] | None = None,
) -> bytes:
    """Return a PDF of pages with these contents; `objects`: others, by number."""
    kids = b" ".join(b"%d 0 R" % (10 + 2 * place) for place in range(len(pages)))
    made = {
        1: b"<</Type/Catalog/Pages 2 0 R%s>>" % catalogue,
        2: b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(pages), kids),
    }
    for place, content in enumerate(pages):
        made[10 + 2 * place] = (
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Resources %s/Contents %d 0 R%s>>"
            % (*size, resources, 11 + 2 * place, page)
        )
        made[11 + 2 * place] = stream(content)
    return written(made | dict(objects or {}))


def stream(content: bytes, entries: bytes = b"") -> bytes:
    """Return a stream object."""
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), entries, content)


def written(objects: Mapping[int, bytes]) -> bytes:
    """Return a file of these objects, with its table of their places."""
    parts, places, at = [b"%PDF-1.7\n"], [], 9
    for number, content in sorted(objects.items()):
        places.append(b"%d 1\n%010d 00000 n \n" % (number, at))
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, content))
        at += len(parts[-1])
    most = max(objects) + 1
    table = b"xref\n0 1\n0000000000 65535 f \n" + b"".join(places)
    end = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (most, at)
    return b"".join([*parts, table, end])


def many_pages(count: int) -> bytes:
    """Return a PDF of this many blank pages."""
    return pdf([b""] * count)


def slow_to_draw() -> bytes:
    """Return a page that takes a minute to draw: transparent curves over all of it, many times."""
    curve = b"0 0 m 595 842 0 842 595 0 c 0 842 l 595 842 300 100 0 400 c b*\n"
    state = b"<</ExtGState<</G<</ca 0.5/CA 0.5/BM/Luminosity>>>>>>"
    return pdf([b"/G gs 9 w 0.2 0.4 0.6 rg\n" + curve * 20_000], resources=state)


def bomb(megabytes: int) -> bytes:
    """Return a page whose picture unpacks to this size; the file has a kilobyte for each."""
    picture = stream(
        packed(bytes(1024 * 1024), megabytes),
        b"/Type/XObject/Subtype/Image/Width 1024/Height %d/BitsPerComponent 8"
        b"/ColorSpace/DeviceGray/Filter/FlateDecode" % (1024 * megabytes),
    )
    resources = b"<</XObject<</P 1000000 0 R>>>>"
    return pdf([b"595 0 0 842 0 0 cm /P Do"], resources=resources, objects={1_000_000: picture})


def bomb_of_content(megabytes: int) -> bytes:
    """Return a page whose operators unpack to this size."""
    content = stream(packed(b" " * 1024 * 1024, megabytes), b"/Filter/FlateDecode")
    return pdf([b""], objects={11: content})


def packed(block: bytes, times: int) -> bytes:
    """Return a block that is repeated, compressed without compressing it each time."""
    packer = zlib.compressobj(9)
    head = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    one = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + one * times + packer.flush()


def scanned() -> bytes:
    """Return a page that is a picture, without text."""
    picture = stream(
        bytes([255, 0] * 200),
        b"/Type/XObject/Subtype/Image/Width 20/Height 20/BitsPerComponent 8/ColorSpace/DeviceGray",
    )
    resources = b"<</XObject<</P 1000000 0 R>>>>"
    return pdf([b"595 0 0 842 0 0 cm /P Do"], resources=resources, objects={1_000_000: picture})


def with_a_form() -> bytes:
    """Return a page with a filled field, whose appearance is a black square at the bottom left."""
    field = (
        b"<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(x)/F 4/Rect[0 0 100 100]/AP<</N 1000001 0 R>>>>"
    )
    look = stream(b"0 0 0 rg 0 0 100 100 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 100 100]")
    return pdf(
        [TEXT],
        page=b"/Annots[1000000 0 R]",
        catalogue=b"/AcroForm<</Fields[1000000 0 R]>>",
        objects={1_000_000: field, 1_000_001: look},
    )
