"""The ZIP of a folder: originals next to signed copies, scans, files of the system."""

from __future__ import annotations

import io
from typing import Any

import pytest

from app.base.models import FileUse
from tests.app.cases.papers.added import overlaid
from tests.app.cases.papers.altered import qr, sheet_with, signed
from tests.app.onboarding.review.despacho import Despacho

pytestmark = pytest.mark.nightly

LEFT_OUT = "Es el original sin firmar."


def scan_of(address: str) -> bytes:
    """Return a scanned page with a QR."""
    target = io.BytesIO()
    sheet_with(qr(address)).save(target, "PDF")
    return target.getvalue()


def test_originals_next_to_their_signed_copies_are_left_out(despacho: Despacho):
    first, second, _ = despacho.issued
    twice = signed(despacho.issued[second])
    folder = {
        "a.pdf": despacho.issued[first],
        "a[R].pdf": signed(despacho.issued[first]),
        "b.pdf": despacho.issued[second],
        "b (1).pdf": despacho.issued[second],
        "b[R].pdf": twice,
        "b[R] (1).pdf": twice,
    }
    page = despacho.take(folder)
    assert page.status_code == 200
    assert page.text.count("Listo para registrar") == 2
    assert page.text.count(LEFT_OUT) == 3
    assert page.text.count("Está repetido en el ZIP") == 1
    assert "No se tomó" not in page.text
    assert despacho.count(FileUse, kind="upload", paper="oficio_reiteracion") == 2


def test_a_refused_copy_stops_no_other_and_an_original_alone_is_refused(despacho: Despacho):
    first, second, _ = despacho.issued
    good, bad = signed(despacho.issued[first]), overlaid(signed(despacho.issued[first]))
    page = despacho.take({"good.pdf": good, "bad.pdf": bad, "b.pdf": despacho.issued[second]})
    assert page.status_code == 422
    assert page.text.count("Listo para registrar") == 1
    assert page.text.count("no es válida") == 1
    assert page.text.count("Es el documento sin firmar. Sube el que firmaste.") == 1
    assert LEFT_OUT not in page.text


@pytest.mark.parametrize("is_known", [True, False], ids=["its code", "another code"])
def test_a_scan_is_sent_to_its_step(despacho: Despacho, *, is_known: bool):
    code = despacho.codes[next(iter(despacho.issued))]
    code = code if is_known else "7K2M9QXT04BD3F5H"
    public = despacho.walk.app.config["PUBLIC_URL"]
    page = despacho.take({"a.pdf": scan_of(f"{public}/verificar/{code}#1")})
    assert "Si se firmó a mano, sube el escaneo en su paso." in page.text
    assert "guardado con otro programa" not in page.text
    assert ("No es ningún documento" in page.text) is not is_known


@pytest.mark.parametrize("files", [{}, {"indice.csv": b"x"}, {"__MACOSX/._a.pdf": b"x"}])
def test_a_zip_without_a_document_is_an_error_of_the_field(despacho: Despacho, files: Any):
    page = despacho.take(files)
    assert page.status_code == 422
    assert 'href="#firmados">El ZIP no trae ningún documento.' in page.text


def test_what_the_system_adds_to_a_folder_is_left_out(despacho: Despacho):
    first = next(iter(despacho.issued))
    added = ("__MACOSX/x/._a.pdf", "x/._b.pdf", "x/.DS_Store", "x/Thumbs.db", "x/desktop.ini")
    page = despacho.take({"x/a.pdf": signed(despacho.issued[first]), **dict.fromkeys(added, b"x")})
    assert page.status_code == 200
    assert page.text.count("Listo para registrar") == 1
    assert "No es un PDF." not in page.text
