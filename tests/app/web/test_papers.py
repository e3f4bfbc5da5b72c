"""The pages of a paper over HTTP: lists of pages, one page, its pictures."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.base import calendar, files
from app.base.models import FileUse
from app.cases.papers.helper_process import Patience
from app.cases.papers.viewing import page_pictures
from tests.app.base.test_files import upload, uses
from tests.app.cases.papers import drawn_pdfs
from tests.app.walk import Walk

pytestmark = pytest.mark.nightly


def test_a_paper_is_seen_page_by_page_and_its_pictures_are_checked_again(walk: Walk):
    walk.begin()
    walk.answer("designate_administrator")
    walk.answer("list_personnel")
    upload(walk, drawn_pdfs.pdf([drawn_pdfs.TEXT] * 11))
    (use,) = uses(walk)
    address, reader = f"/archivos/{use.id}/paginas", walk.browser("sip")
    whole = reader.get(address).text
    assert f'src="{address}/10/imagen"' in whole
    assert f'src="{address}/11/imagen"' not in whole
    assert whole.count("Oficio de ejemplo") == 10
    assert f'src="{address}/11/imagen"' in reader.get(f"{address}?pagina=2").text
    assert reader.get(f"{address}?pagina=3").status_code == 404
    alone = reader.get(f"{address}/11").text
    assert f'src="{address}/11/imagen/grande"' in alone
    assert f'href="{address}/10"' in alone
    assert reader.get(f"{address}/12").status_code == 404
    picture = reader.get(f"{address}/11/imagen")
    assert (picture.status_code, picture.mimetype) == (200, "image/png")
    assert picture.headers["Cache-Control"] == "private, no-cache"
    assert picture.headers["X-Content-Type-Options"] == "nosniff"
    known = {"If-None-Match": picture.headers["ETag"]}
    assert reader.get(f"{address}/11/imagen", headers=known).status_code == 304
    head = reader.head(f"{address}/11/imagen")
    assert (head.status_code, head.data) == (200, b"")
    assert head.content_length == len(picture.data)
    assert reader.post(f"{address}/11/imagen").status_code == 405


def test_where_there_is_no_picture_an_image_says_why(walk: Walk):
    walk.begin()
    walk.answer("designate_administrator")
    walk.answer("list_personnel")
    upload(walk, drawn_pdfs.pdf([b""]))
    (use,) = uses(walk)
    path = walk.app.config["DATA"] / "files" / use.sha256[:2] / use.sha256
    path.write_bytes(b"other bytes")
    answer = walk.browser("sip").get(f"/archivos/{use.id}/paginas/1/imagen")
    assert answer.mimetype == "image/svg+xml"
    assert "ya no es igual a lo que se subió" in answer.text
    page = walk.browser("sip").get(f"/archivos/{use.id}/paginas")
    assert page.status_code == 200
    assert "Sin efecto" not in page.text
    assert "No podemos mostrar sus páginas." in page.text


def test_a_picture_that_was_not_drawn_in_time_is_requested_again_later(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
):
    walk.begin()
    walk.answer("designate_administrator")
    walk.answer("list_personnel")
    upload(walk, drawn_pdfs.pdf([b""]))
    (use,) = uses(walk)
    monkeypatch.setattr(page_pictures, "PATIENCE", Patience(first=0, further=0))
    address, reader = f"/archivos/{use.id}/paginas", walk.browser("sip")
    with page_pictures._helper.turn():
        answer = reader.get(f"{address}/1/imagen")
        page = reader.get(address)
    assert (answer.status_code, answer.mimetype) == (503, "image/svg+xml")
    assert answer.headers["Retry-After"] == "30"
    assert (page.status_code, "Carga la página otra vez" in page.text) == (200, True)
    assert reader.get(f"{address}/1/imagen").status_code == 200


def test_a_paper_without_effect_says_so(walk: Walk):
    walk.begin()
    walk.answer("designate_administrator")
    walk.answer("list_personnel")
    upload(walk, drawn_pdfs.pdf([b""]))
    with walk.writing() as session:
        use = session.scalars(select(FileUse).where(FileUse.kind == files.UPLOAD)).one()
        use.void_at = calendar.now()
    for path in ("", "/1"):
        page = walk.browser("sip").get(f"/archivos/{use.id}/paginas{path}").text
        assert "<strong>Sin efecto</strong> desde el 2 de marzo de 2026" in page
