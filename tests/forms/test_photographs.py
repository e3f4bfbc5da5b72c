"""Photographs become the pages of one PDF, or are refused with a sentence."""

from __future__ import annotations

import io
import random
from dataclasses import replace

import pikepdf
import pypdfium2
import pytest
from PIL import Image
from werkzeug.datastructures import FileStorage, MultiDict

from forms import Page, StepForm
from forms.fields import DocumentField, isolated, photographs, uploads
from forms.fields.foreign.bounds import MEGABYTE, Picture
from forms.fields.photographs import Unfit, pages_of
from tests.app.walk import sample_pdf
from tests.photographs import BAD, clear_png, deep_png, heic, jpeg, saved, sheet, with_place


class Filing(StepForm):
    """A form with a document."""

    heading = "Presenta"
    pages = (Page("firmar", "Firmar", ("paper",)),)
    paper = DocumentField("Oficio firmado")


def examined(*sent: tuple[bytes, str]):
    """Return the examined upload of a document."""
    posted: MultiDict[str, FileStorage] = MultiDict()
    for content, name in sent:
        posted.add("paper", FileStorage(io.BytesIO(content), name))
    (upload,) = uploads.examined(Filing(), posted, ("paper",)).getlist("paper")
    return upload


def seen(page: Picture) -> Image.Image:
    return Image.open(io.BytesIO(page.jpeg))


def has_bar(page: Picture) -> bool:
    """Return whether the black bar is at the upper edge only."""
    image = seen(page)
    across, below = image.width // 2, image.height
    return image.getpixel((across, below // 20)) < 60 and image.getpixel((across, below // 2)) > 190


@pytest.mark.parametrize("name", BAD)
def test_a_bad_photograph_is_refused_with_a_sentence_that_names_it(name):
    make, words = BAD[name]
    with pytest.raises(Unfit) as fault:
        pages_of([jpeg(), make()])
    assert str(fault.value).startswith("La fotografía 2 ")
    assert words in str(fault.value)
    assert str(fault.value).endswith(".")


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_page_is_upright_and_says_nothing_of_where_it_was_taken(orientation):
    (page,) = pages_of([with_place(orientation)])
    assert page.height > page.width
    assert has_bar(page)
    assert dict(seen(page).getexif()) == {}
    assert b"TELEFONO" not in page.jpeg
    assert b"Exif" not in page.jpeg


@pytest.mark.parametrize(
    "content",
    [
        lambda: saved(sheet(mode="CMYK")),
        lambda: saved(sheet(), "PNG"),
        lambda: saved(sheet(mode="P"), "PNG"),
        lambda: saved(sheet(mode="1"), "PNG"),
        lambda: saved(sheet(mode="LA"), "PNG"),
        lambda: saved(sheet(), progressive=True),
        deep_png,
        clear_png,
        heic,
    ],
)
def test_all_kinds_of_points_become_grey(content):
    (page,) = pages_of([content()])
    assert seen(page).mode == "L"
    assert has_bar(page)


def test_a_page_of_a_heic_says_nothing_of_the_telephone():
    assert b"TELEFONO" in heic()
    (page,) = pages_of([heic()])
    assert b"TELEFONO" not in page.jpeg
    assert (page.width, page.height) == (600, 800)


@pytest.mark.nightly
def test_a_page_has_at_most_150_points_an_inch_and_a_bounded_size():
    noise = Image.frombytes("L", (2000, 2800), random.Random(7).randbytes(2000 * 2800))
    (page,) = pages_of([saved(noise, quality=95)])
    assert len(page.jpeg) <= 240_000
    assert page.height <= 1754
    (plain,) = pages_of([jpeg((3000, 4000))])
    assert (plain.width, plain.height) == (1240, 1653)


def test_twenty_pages_make_one_upright_pdf_that_a_mesa_de_partes_takes():
    full = Picture(1240, 1754, b"\xff" * 240_000)
    made = photographs.pdf_of([full] * 20)
    assert len(made) < 5_000_000
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert len(pdf.pages) == 20


@pytest.mark.parametrize("turn", range(4))
def test_a_page_is_drawn_with_its_turn(turn):
    (page,) = pages_of([jpeg()])
    content = photographs.pdf_of([replace(page, turn=turn)])
    with pypdfium2.PdfDocument(content) as pdf:
        (drawn,) = (sheet.render(scale=0.2).to_pil().convert("L") for sheet in pdf)
    assert (drawn.width > drawn.height) == bool(turn % 2)
    upright = drawn.rotate(90 * turn, expand=True)
    across, below = upright.width // 2, upright.height
    assert upright.getpixel((across, below // 10)) < 60
    assert upright.getpixel((across, below // 2)) > 190


@pytest.mark.nightly
def test_photographs_are_joined_in_the_order_of_their_names():
    shades = {"IMG_2.jpg": 0, "IMG_10.jpg": 120, "IMG_1.jpg": 240}
    sent = [(saved(Image.new("L", (600, 800), shade)), name) for name, shade in shades.items()]
    upload = examined(*sent)
    assert (upload.verdict.fault, upload.verdict.pages) == ("", 3)
    pdf = pypdfium2.PdfDocument(upload.stream.read())
    assert [tuple(map(round, page.get_size())) for page in pdf] == [(595, 842)] * 3
    grey = [page.render(scale=0.1).to_pil().convert("L").getpixel((30, 42)) for page in pdf]
    assert [round(shade / 10) for shade in grey] == [24, 0, 12]


@pytest.mark.nightly
def test_the_same_photographs_make_the_same_bytes():
    one, two = (examined((jpeg(), "a.jpg")).stream.read() for _ in range(2))
    assert one == two
    assert one.startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ([(sample_pdf(), "a.pdf"), (jpeg(), "b.jpg")], "no las dos cosas"),
        ([(sample_pdf(), "a.pdf"), (sample_pdf(), "b.pdf")], "un solo PDF"),
        ([(b"PK\x03\x04", "a.docx")], "no es un PDF ni una fotografía"),
        ([(jpeg(), "a.jpg"), (b"PK\x03\x04", "b.docx"), (sample_pdf(), "c.pdf")], "«b.docx» no es"),
        ([(jpeg(), "a.jpg"), (sample_pdf(), "c.pdf")], "«c.pdf» es un PDF"),
        ([(jpeg(), "9.jpg"), (b"", "10.jpg"), (jpeg(), "11.jpg")], "La fotografía «10.jpg» está"),
        ([(jpeg(), "a.jpg"), (b"", "a.jpg")], "La fotografía 2 («a.jpg») está vacía"),
        ([(b"", "a.jpg")], "vacío"),
        ([(b"\xff\xd8\xff", f"{n}.jpg") for n in range(21)], "más de 20 fotografías"),
    ],
)
def test_other_files_are_refused_without_reading_them(sent, words, monkeypatch):
    monkeypatch.setattr(isolated, "_read", None)
    assert words in examined(*sent).verdict.fault


@pytest.mark.parametrize("make", [jpeg, lambda: saved(sheet(), "PNG"), heic])
def test_a_damaged_photograph_is_named_among_those_of_other_formats(make):
    damaged = jpeg()[:900]
    fault = examined(
        (make(), "z.jpg"), (damaged, "IMG_10.jpg"), (jpeg(), "IMG_2.jpg")
    ).verdict.fault
    assert fault.startswith("La fotografía «IMG_10.jpg» está dañada")


def test_a_pdf_stays_as_it_was_sent():
    upload = examined((sample_pdf(), "a.pdf"))
    assert upload.verdict.fault == ""
    assert upload.stream.read() == sample_pdf()


def test_a_photograph_of_more_than_ten_megabytes_is_refused():
    with pytest.raises(Unfit, match="más de 10 MB"):
        pages_of([b"\xff\xd8\xff" + b"\0" * (10 * MEGABYTE)])


@pytest.mark.nightly
def test_photographs_that_need_more_memory_than_allowed_are_refused(monkeypatch):
    monkeypatch.setattr(photographs, "BOUNDS", isolated.Bounds(memory=120 * MEGABYTE))
    with pytest.raises(Unfit, match="demasiado grande"):
        pages_of([saved(Image.new("RGB", (7000, 7000)), "PNG")])
