"""Papers as they come back: signed, changed, printed and scanned, joined, or broken.

Every builder takes and returns the bytes of a PDF. Issued papers are typeset once per run.
"""

from __future__ import annotations

import functools
import io
import zipfile
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pikepdf
import pypdfium2
import zxingcpp
from PIL import Image, ImageFilter
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko_certvalidator import ValidationContext

from app.cases.papers import render
from tests.app.cases.papers.signed import authority
from tests.app.cases.papers.signed.authority import SIGNED_AT
from tests.app.cases.papers.test_papers import MADE_ON, roster, values

T = TypeVar("T")
CODE, OTHER_CODE, THIRD_CODE = "7K2M9QXT04BD3F5H", "0000111122223333", "ZYXWVTSRQPNMKJHG"
BOX = (300, 100, 500, 160)


@functools.cache
def issued(kind: str = "constancia", code: str = CODE, rows: int = 2) -> bytes:
    """Return an issued paper; to be called in a context of the application."""
    return render(kind, values(roster=roster(rows)), MADE_ON, code)


# Signatures -----------------------------------------------------------------------------------


class _Signer(signers.PdfSigner):
    """Signs at a given time."""

    def __init__(self, at: datetime, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at = at

    def init_signing_session(self, *args: Any, **kwargs: Any) -> PdfSigningSession:
        session = super().init_signing_session(*args, **kwargs)
        session.system_time = self.at
        return session


def zipped(content: bytes, name: str = "otro.txt") -> bytes:
    """Return a file that is an archive, too."""
    target = io.BytesIO()
    target.write(content)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr(name, "otro")
    return target.getvalue()


def signed(
    content: bytes,
    who: str | signers.SimpleSigner = "authority",
    *,
    at: datetime = SIGNED_AT,
    stamper: str = "",
    stamped_at: datetime | None = None,
    long_term: bool = False,
    field: str = "Firma1",
    visible: bool = False,
    box: tuple[int, int, int, int] = BOX,
    page: int = 1,
    **more: Any,
) -> bytes:
    """Return a paper with one more signature.

    `visible`: it is shown in a box of a page (left, bottom, right, top in points).
    `stamper`: who adds a time stamp. `long_term`: revocation data is added, too. `more`: of the
    metadata of pyHanko.
    """
    moment = stamped_at or at + timedelta(seconds=5)
    if long_term:
        more["embed_validation_info"] = True
        more["validation_context"] = ValidationContext(
            trust_roots=[authority.certificate("root")],
            other_certs=[authority.certificate("inter")],
            crls=[authority.revocation_list(issuer, moment) for issuer in ("root", "inter")],
            moment=moment,
        )
    signer = _Signer(
        at,
        signers.PdfSignatureMetadata(
            field_name=field, subfilter=fields.SigSeedSubFilter.PADES, md_algorithm="sha256", **more
        ),
        signer=authority.signer(who) if isinstance(who, str) else who,
        timestamper=authority.time_stamper(moment, stamper) if stamper else None,
        new_field_spec=fields.SigFieldSpec(field, box=box if visible else None, on_page=page - 1),
    )
    target = io.BytesIO()
    writer = IncrementalPdfFileWriter(io.BytesIO(content), strict=False)
    without_loop(signer.sign_pdf, writer, output=target)
    return target.getvalue()


def without_loop(function: Callable[..., T], *given: Any, **more: Any) -> T:
    """Return what a function of pyHanko returns that begins an event loop.

    It has a thread to itself: a browser that an earlier test opened keeps a loop in this one.
    """
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(function, *given, **more).result()


def time_stamped(content: bytes, at: datetime, stamper: str = "tsa") -> bytes:
    """Return a paper with a document time stamp of a time."""
    target = io.BytesIO()
    stamp = signers.PdfTimeStamper(authority.time_stamper(at, stamper)).timestamp_pdf
    writer = IncrementalPdfFileWriter(io.BytesIO(content), strict=False)
    without_loop(stamp, writer, "sha256", output=target)
    return target.getvalue()


def flipped(content: bytes) -> bytes:
    """Return a paper with one byte changed, in the date of its metadata."""
    place = content.index(b"/CreationDate") + len(b"/CreationDate (D:20")
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


# Other programs -------------------------------------------------------------------------------


def saved_again(content: bytes) -> bytes:
    """Return a paper as another program writes it: no byte is the same."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        pdf.docinfo["/Producer"] = "Otro programa"
        pdf.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return target.getvalue()


def without_text(content: bytes) -> bytes:
    """Return a paper without letters, as a program that draws them as outlines leaves it."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        for page in pdf.pages:
            drawn = [
                one
                for one in pikepdf.parse_content_stream(page)
                if str(one.operator) not in ("Tj", "TJ", "'", '"')
            ]
            page.Contents = pdf.make_stream(pikepdf.unparse_content_stream(drawn))
        pdf.save(target)
    return target.getvalue()


def turned(content: bytes, degrees: int) -> bytes:
    """Return a paper whose pages are shown turned."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        for page in pdf.pages:
            page.rotate(degrees, relative=True)
        pdf.save(target)
    return target.getvalue()


def joined(*contents: bytes, pages: Sequence[int] | None = None) -> bytes:
    """Return papers as one file; `pages`: which pages of all, from 0, and in which order."""
    target = io.BytesIO()
    with pikepdf.new() as whole:
        for content in contents:
            with pikepdf.open(io.BytesIO(content)) as pdf:
                whole.add_pages_from(pdf)
        if pages is not None:
            wanted = [whole.pages[number] for number in pages]
            for page in wanted:
                whole.pages.append(page)
            del whole.pages[: len(whole.pages) - len(wanted)]
        whole.save(target)
    return target.getvalue()


def encrypted(content: bytes) -> bytes:
    """Return a paper that opens with a password only."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        pdf.save(target, encryption=pikepdf.Encryption(owner="a", user="b"))
    return target.getvalue()


def with_attachment(content: bytes) -> bytes:
    """Return a paper with another file in it."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        pdf.attachments["otro.txt"] = b"otro archivo"
        pdf.save(target)
    return target.getvalue()


def with_script(content: bytes) -> bytes:
    """Return a paper that runs JavaScript when it is opened."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        pdf.Root.OpenAction = pikepdf.Dictionary(
            S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)")
        )
        pdf.save(target)
    return target.getvalue()


# Paper ----------------------------------------------------------------------------------------


def pictures(content: bytes, dpi: int = 300) -> list[Image.Image]:
    """Return the pages as they are printed, in grey."""
    with pypdfium2.PdfDocument(content) as pdf:
        return [page.render(scale=dpi / 72, grayscale=True).to_pil() for page in pdf]


def scanned(
    content: bytes,
    *,
    dpi: int = 300,
    quality: int = 60,
    turned: int = 0,
    skewed: float = 0.0,
    blurred: float = 0.0,
    without_codes: bool = False,
) -> bytes:
    """Return a paper that was printed and scanned: each page is one JPEG."""
    pages = []
    for page in pictures(content, dpi):
        picture = page
        if without_codes:
            side = round(25 / 25.4 * dpi)
            picture.paste(255, (0, picture.height - side, picture.width, picture.height))
        if blurred:
            picture = picture.filter(ImageFilter.GaussianBlur(blurred))
        if skewed:
            picture = picture.rotate(skewed, fillcolor=250, resample=Image.Resampling.BILINEAR)
        if turned:
            picture = picture.rotate(turned, expand=True)
        pages.append(picture)
    return bound(pages, dpi=dpi, quality=quality)


def bound(
    pages: Sequence[Image.Image], *, dpi: int = 300, quality: int = 60, strips: int = 1
) -> bytes:
    """Return pictures as the pages of a PDF, each a JPEG as large as its page.

    `strips`: each page is made of this many pictures, one below the other.
    """
    target = io.BytesIO()
    with pikepdf.new() as pdf:
        for picture in pages:
            width, height = (side * 72 / dpi for side in picture.size)
            images, drawn = pikepdf.Dictionary(), ""
            for number in range(strips):
                top, bottom = (round(picture.height * (number + n) / strips) for n in (0, 1))
                part = picture.crop((0, top, picture.width, bottom))
                images[f"/P{number}"] = _image(pdf, part, quality)
                high, low = part.height * 72 / dpi, height - bottom * 72 / dpi
                drawn += f"q {width:.3f} 0 0 {high:.3f} 0 {low:.3f} cm /P{number} Do Q\n"
            page = pikepdf.Dictionary(
                Type=pikepdf.Name.Page,
                MediaBox=[0, 0, round(width, 2), round(height, 2)],
                Resources=pikepdf.Dictionary(XObject=images),
                Contents=pdf.make_stream(drawn.encode()),
            )
            pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
        pdf.save(target)
    return target.getvalue()


def placed(content: bytes, matrix: str) -> bytes:
    """Return a scan whose pages place their picture by a matrix of the PDF."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        for page in pdf.pages:
            page.Contents = pdf.make_stream(f"q {matrix} cm /P0 Do Q".encode())
        pdf.save(target)
    return target.getvalue()


def _image(pdf: pikepdf.Pdf, picture: Image.Image, quality: int) -> pikepdf.Stream:
    """Return a picture as a JPEG, or one of black and white as a program for faxes stores it."""
    if picture.mode == "1":
        content, bits, coding = zlib.compress(picture.tobytes()), 1, pikepdf.Name.FlateDecode
    else:
        jpeg = io.BytesIO()
        picture.save(jpeg, "JPEG", quality=quality)
        content, bits, coding = jpeg.getvalue(), 8, pikepdf.Name.DCTDecode
    is_grey = picture.mode in ("1", "L")
    return pdf.make_stream(
        content,
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=picture.width,
        Height=picture.height,
        ColorSpace=pikepdf.Name.DeviceGray if is_grey else pikepdf.Name.DeviceRGB,
        BitsPerComponent=bits,
        Filter=coding,
    )


def with_layer(content: bytes, text: str, *, first: bool = False) -> bytes:
    """Return a scan to which a program added what it read in it, as text that is not drawn.

    `first`: the text stands before the picture.
    """
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        for page in pdf.pages:
            page.Resources.Font = pikepdf.Dictionary(
                Read=pikepdf.Dictionary(
                    Type=pikepdf.Name.Font,
                    Subtype=pikepdf.Name.Type1,
                    BaseFont=pikepdf.Name.Helvetica,
                )
            )
            lines = "".join(f"({line}) Tj 0 -14 Td " for line in text.splitlines())
            layer = f"q BT 3 Tr /Read 10 Tf 40 500 Td {lines}ET Q\n".encode("latin-1")
            page.contents_add(layer, prepend=first)
        pdf.save(target)
    return target.getvalue()


def qr(text: str, side: int = 300) -> Image.Image:
    """Return a QR as a picture with its quiet zone."""
    drawn = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    picture = Image.fromarray(drawn.to_image(add_quiet_zones=True), "L")
    return picture.resize((side, side), Image.Resampling.NEAREST)


def sheet_with(*codes: Image.Image, dpi: int = 150) -> Image.Image:
    """Return a white A4 page with pictures on it, one below the other."""
    page = Image.new("L", (round(8.27 * dpi), round(11.69 * dpi)), 255)
    for number, code in enumerate(codes):
        page.paste(code, (80, 80 + number * (code.height + 60)))
    return page
