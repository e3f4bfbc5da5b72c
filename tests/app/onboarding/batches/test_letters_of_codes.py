"""Letters with activation codes: their text, each part made once, and the codes they void."""

from __future__ import annotations

import hashlib
import io
import re
from datetime import UTC, date, datetime
from typing import Any

import pikepdf
import pypdfium2
import pytest
from sqlalchemy import select

from app.base.models import Entity, IssuedPaper, Record, Ticket, YearName
from app.cases.papers import issued
from app.cases.papers import letters as papers
from app.onboarding import batches
from app.onboarding.batches.kinds import letters
from app.people.access.tickets import typed_code
from tests.app import cast
from tests.app.cases.papers.test_issued import codes_of
from tests.app.onboarding.batches.batched import batch_of, entities, rows_of
from tests.app.onboarding.entities.test_activation import newcomer
from tests.app.together import together
from tests.app.walk import CODE, Walk
from tests.conftest import Clock


def text_of(content: bytes) -> list[str]:
    """Return the text of each page of a PDF."""
    with pypdfium2.PdfDocument(io.BytesIO(content)) as pdf:
        return [page.get_textpage().get_text_bounded() for page in pdf]


def code_in(page: str) -> str:
    """Return the activation code that a letter shows."""
    found = re.search(r"(?<!-)\b[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){2}\b(?!-)", page)
    assert found, page
    return found[0]


def prepared(walk: Walk, count: int, *, begun: bool = True, **values: Any) -> str:
    """Prepare letters for entities without an e-mail address; return the address of their batch."""
    wanted = entities(walk, count, contact_email="", **values)[1:]
    for code in wanted if begun else ():
        walk.begin(code=code)
    with walk.writing() as session:
        query = select(Entity).where(Entity.code.in_(wanted)).order_by(Entity.code)
        chosen = session.scalars(query).all()
        made = batches.from_list(session, batches.LETTERS, chosen, walk.people["sip"])
        return f"/entidades/lotes/{made.id}"


def activate(walk: Walk, code: str, entity: str, number: str = "40000077") -> str:
    """Enter a letter's codes; return the page, or the target of the redirect."""
    answer = walk.app.test_client().post(
        "/activar",
        data=newcomer(entity_code=entity, activation_code=code, document_number=number),
    )
    return str(answer.headers.get("Location", answer.text))


@pytest.mark.nightly
def test_a_letter_per_entity_whose_code_lets_its_reader_in(walk: Walk):
    place, client = prepared(walk, 4, contact_authority="Ana Persona Quispe"), walk.browser("sip")
    assert "Vas a hacer 3\xa0cartas" in client.get(place).text
    answer = client.post(f"{place}/partes/1")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.headers["Cache-Control"] == "no-store"
    pages = text_of(answer.data)
    assert len(pages) == 3
    for number, page in enumerate(pages, 1):
        for said in (
            f"E9000{number + 1}",
            "http://localhost/activar",
            "Vale hasta el",
            "30 de abril de 2026",
            "Ana Persona Quispe",
            f"Carta {number} de 3",
            "Oficio múltiple",
        ):
            assert said in page, said
    assert len({code_in(page) for page in pages}) == 3
    assert activate(walk, code_in(pages[0]), "E90002") == "/"
    assert activate(walk, code_in(pages[1]), "E90004") != "/"
    assert [row.result for row in rows_of(walk, place)] == ["done"] * 3
    entries = walk.entries("code.issued")
    assert [entry.actor_id for entry in entries] == [walk.people["sip"]] * 3
    assert not any(code_in(page) in str(entry.data) for page in pages for entry in entries)


@pytest.mark.parametrize(
    ("since_on", "contact", "contact_on", "addressed"),
    [
        ("2026-01-01", "", None, "Nueva Autoridad Ejemplo"),
        ("2026-01-01", "Vieja Autoridad", None, "Nueva Autoridad Ejemplo"),
        ("2026-01-01", "Vieja Autoridad", date(2025, 12, 31), "Nueva Autoridad Ejemplo"),
        ("2026-01-01", "Autoridad Posterior", date(2026, 2, 1), "Autoridad Posterior"),
        ("", "Vieja Autoridad", date(2026, 2, 1), "Nueva Autoridad Ejemplo"),
        ("", "Autoridad Posterior", date(2026, 3, 3), "Autoridad Posterior"),
        (None, "Vieja Autoridad", date(2025, 12, 31), "Vieja Autoridad"),
        (None, "", None, "Máxima autoridad administrativa"),
    ],
)
def test_a_letter_is_addressed_to_the_authority_of_the_latest_day(
    walk: Walk, since_on: str | None, contact: str, contact_on: date | None, addressed: str
):
    place = prepared(walk, 2, contact_authority=contact, contact_on=contact_on)
    if since_on is not None:
        person = {"given_names": "Nueva", "surnames": "Autoridad Ejemplo", "since_on": since_on}
        with walk.writing() as session:
            entity = cast.entity_of(session, "E90002")
            at = datetime(2026, 3, 2, 15, tzinfo=UTC)
            session.add(Record(entity_id=entity.id, name="authority", data=person, at=at))
    (page,) = text_of(walk.browser("sip").post(f"{place}/partes/1").data)
    names = {"Nueva Autoridad Ejemplo", "Vieja Autoridad", "Autoridad Posterior"}
    assert addressed in page
    assert not [name for name in names - {addressed} if name in page]


def verified_in(content: bytes) -> list[str]:
    """Return the code of verification in the QR of each page; it is in the page's letters too."""
    found = []
    for (text,), page in zip(codes_of(content, 150), text_of(content), strict=True):
        address, _, number = text.partition("#")
        code = address.rpartition("/")[2]
        assert (address, number) == (f"http://localhost/verificar/{code}", "1")
        assert f"localhost/verificar/{issued.in_groups(code)}" in page
        found.append(code)
    return found


@pytest.mark.nightly
def test_each_letter_is_verified_by_a_code_that_is_not_the_secret(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(papers, "AT_ONCE", 2)
    place, client = prepared(walk, 4), walk.browser("sip")
    content = client.post(f"{place}/partes/1").data
    codes, pages = verified_in(content), text_of(content)
    assert len(set(codes)) == 3
    public = walk.app.test_client()
    for code, page, entity in zip(codes, pages, ("E90002", "E90003", "E90004"), strict=True):
        shown = public.get(f"/verificar/{code}").text
        for words in (
            "Carta con código de activación",
            entity,
            "Vigente",
            hashlib.sha256(content).hexdigest(),
        ):
            assert words in shown
        assert code_in(page) not in shown
        assert typed_code(code_in(page)) not in shown
        assert public.get(f"/verificar/{code_in(page)}").status_code == 404
        assert activate(walk, code, entity) != "/"
    compared = public.post(f"/verificar/{codes[0]}", data={"file": (io.BytesIO(content), "x.pdf")})
    assert "Es idéntico" in compared.text
    rows = walk.all(select(IssuedPaper))
    assert {row.code for row in rows} == set(codes)
    assert {(row.file_id, row.instance_id, row.size) for row in rows} == {
        (None, None, len(content))
    }


@pytest.mark.nightly
def test_a_letter_replaces_the_earlier_one_of_its_entity_alone(walk: Walk):
    place, client = prepared(walk, 3), walk.browser("sip")
    first, other = verified_in(client.post(f"{place}/partes/1").data)
    again = client.post("/entidades/E90002/carta").location
    (second,) = verified_in(client.post(f"{again}/partes/1").data)
    replaced = {row.code: row.replaced_by for row in walk.all(select(IssuedPaper))}
    assert replaced == {first: second, second: None, other: None}
    assert "Reemplazada" in client.get(f"/verificar/{first}").text


@pytest.mark.nightly
def test_a_letter_made_later_voids_the_code_of_the_earlier(walk: Walk):
    place, client = prepared(walk, 2), walk.browser("sip")
    (first,) = text_of(client.post(f"{place}/partes/1").data)
    again = client.post(f"{place}/otra-vez").location
    assert "el anterior queda sin efecto" in client.get(again).text
    assert activate(walk, "0000-0000-0000", "E90002") != "/"
    (second,) = text_of(client.post(f"{again}/partes/1").data)
    assert "hay uno más reciente" in activate(walk, code_in(first), "E90002")
    assert activate(walk, code_in(second), "E90002") == "/"


@pytest.mark.nightly
@pytest.mark.postgresql
def test_a_part_is_made_once(walk: Walk):
    place = prepared(walk, 3)
    clients = [walk.browser("sip"), walk.browser("sip"), walk.browser("sgtd")]
    answers = together(*(lambda c=c: c.post(f"{place}/partes/1") for c in clients))
    assert sorted(answer.status_code for answer in answers) == [200, 303, 303]
    (made,) = (answer for answer in answers if answer.status_code == 200)
    late = clients[0].post(f"{place}/partes/1")
    assert late.status_code == 303
    assert "Estas cartas ya se hicieron" in clients[0].get(place).text
    assert activate(walk, code_in(text_of(made.data)[0]), "E90002") == "/"
    assert len(walk.entries("code.issued")) == 2


@pytest.mark.nightly
def test_many_letters_are_typeset_in_parts_and_joined(walk: Walk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(papers, "AT_ONCE", 2)
    place, client = prepared(walk, 6), walk.browser("sip")
    assert "Hacer el PDF con las 5 cartas" in client.get(place).text
    content = client.post(f"{place}/partes/1").data
    pages = text_of(content)
    wanted = [f"E9000{number}" for number in range(2, 7)]
    assert len(pages) == len(wanted)
    for number, (page, code) in enumerate(zip(pages, wanted, strict=True), 1):
        assert code in page
        assert f"Carta {number} de 5" in page
        assert activate(walk, code_in(page), code, f"4000008{number}") == "/"
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert pdf.docinfo["/Title"] == papers.TITLE
        assert not any("/StructParents" in page.obj for page in pdf.pages)
        with pdf.open_metadata() as metadata:
            assert metadata["dc:title"] == papers.TITLE
            claimed = [name for name in metadata if "/pdfa/" in name or "/pdfua/" in name]
    assert claimed == []
    assert batch_of(walk, int(place.rpartition("/")[2])).state == "done"


def test_making_letters_blocks_no_other_user_and_stores_none(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
):
    typeset = papers.activation_letters

    def while_others_write(*given: Any, **said: Any) -> bytes:
        with walk.writing() as session:  # SQLite lets one in at a time
            cast.entity_of(session).acronym = "X"
        return typeset(*given, **said)

    place = prepared(walk, 3)
    monkeypatch.setattr(papers, "activation_letters", while_others_write)
    assert len(text_of(walk.browser("sip").post(f"{place}/partes/1").data)) == 2
    assert not list((walk.app.config["DATA"] / "files").rglob("*"))
    assert walk.mails("activation") == []


@pytest.mark.nightly
def test_too_many_letters_for_one_pdf_come_in_several(walk: Walk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(letters, "PART", 2)
    place, client = prepared(walk, 6), walk.browser("sip")
    page = client.get(place).text
    assert "Hacer el PDF con las cartas 1 a 2" in page
    assert "Hacer el PDF con la carta" in page
    assert len(text_of(client.post(f"{place}/partes/2").data)) == 2
    number = int(place.rpartition("/")[2])
    assert batch_of(walk, number).state == "confirmed"
    assert "PDF con las cartas 3 a 4: hecho" in client.get(place).text
    assert len(text_of(client.post(f"{place}/partes/3").data)) == 1
    assert len(text_of(client.post(f"{place}/partes/1").data)) == 2
    assert batch_of(walk, number).state == "done"
    assert client.post(f"{place}/partes/4").status_code == 303


@pytest.mark.nightly
def test_letters_have_the_number_and_the_date_that_were_typed(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(letters, "PART", 2)
    walk.add(YearName(year=2026, name="Año de la Muestra", norm="DS 001-2026-PCM"))
    place, client = prepared(walk, 4), walk.browser("sip")
    typed = {"paper_number": "D000007-2026-PCM-SIP", "paper_date": "03/03/2026"}
    content = client.post(f"{place}/partes/1", data=typed).data
    for page in text_of(content):
        assert "Oficio múltiple N.º\xa0D000007-2026-PCM-SIP" in page
        assert "Lima, 3 de marzo de 2026" in page
        assert "«Año de la Muestra»" in page
    shown = walk.app.test_client().get(f"/verificar/{verified_in(content)[0]}").text
    assert "D000007-2026-PCM-SIP" in shown
    assert "3 de marzo de 2026" in shown
    rest = client.get(place).text
    assert 'value="D000007-2026-PCM-SIP"' in rest
    assert 'value="03/03/2026"' in rest


def test_letters_with_a_bad_number_or_date_are_not_made(walk: Walk):
    place, client = prepared(walk, 2), walk.browser("sip")
    for name, typed, message in (
        ("paper_number", "Oficio N.º 7", "Escribe solo el número"),
        ("paper_number", "45678912", "DNI"),
        ("paper_date", "03/03/2020", "no de hace más de un año"),
        ("paper_date", "31/02/2026", "como día/mes/año"),
    ):
        answer = client.post(f"{place}/partes/1", data={name: typed})
        assert answer.status_code == 422
        assert message in answer.text
        assert f'value="{typed}"' in answer.text
    assert walk.all(select(IssuedPaper)) == []


def test_an_entity_without_a_letter_has_a_reason(begun: Walk):
    begun.begin(code="E90002")
    with begun.writing() as session:
        cast.entity(session, "E90003", contact_email="")
    client = begun.browser("sip")
    address = "/entidades/cartas?estado=todos&q=ejemplo"
    page = client.get(address).text
    assert "3\xa0entidades" in page
    place = client.post(address).location
    page = client.get(place).text
    for sentence in (
        "Ya ingresó alguien de la entidad.",
        "Recibe su código por correo, en mesadepartes.e90002@example.pe.",
        "No tiene una implementación en curso.",
        "Ninguna de estas entidades necesita una carta.",
    ):
        assert sentence in page, sentence
    place = client.post(address, data={"con_correo": "1"}).location
    assert [row.plan for row in rows_of(begun, place)] == ["same", "do", "refused"]
    assert client.get("/entidades/cartas?nivel=galactico").status_code == 303


def test_an_entity_that_signed_in_since_the_dry_run_gets_no_other_code(walk: Walk):
    place, client = prepared(walk, 3), walk.browser("sip")
    walk.person("40000055", "preparer", "E90002")
    (page,) = text_of(client.post(f"{place}/partes/1").data)
    assert "E90003" in page
    assert [row.result for row in rows_of(walk, place)] == ["same", "done"]


def test_one_entity_gets_its_letter_in_any_case(begun: Walk):
    client = begun.browser("sip")
    place = client.post(f"/entidades/{CODE}/carta").location
    (page,) = text_of(client.post(f"{place}/partes/1").data)
    assert CODE in page
    assert activate(begun, code_in(page), CODE) == "/"


@pytest.mark.nightly
def test_the_entities_that_a_batch_started_get_letters(walk: Walk):
    wanted = entities(walk, 3, contact_email="")
    client = walk.browser("sip")
    started = client.post("/entidades/lotes/elegidas/inicio", data={"codigo": wanted}).location
    client.post(f"{started}/confirmar", data={"cuantas": "3"})
    assert "Preparar las cartas de este lote" in client.get(started).text
    place = client.post(f"{started}/cartas").location
    assert [row.plan for row in rows_of(walk, place)] == ["same", "do", "do"]


def test_without_a_pdf_no_code_is_void(walk: Walk, monkeypatch: pytest.MonkeyPatch):
    from app.cases.papers import typesetting

    place, client = prepared(walk, 2), walk.browser("sip")

    def fail(*_: object) -> bytes:
        raise typesetting.CannotTypeset("of a test")

    monkeypatch.setattr(typesetting, "typeset", fail)
    with pytest.raises(typesetting.CannotTypeset):
        client.post(f"{place}/partes/1")
    assert walk.all(select(Ticket)) == walk.all(select(IssuedPaper)) == []
    assert [row.result for row in rows_of(walk, place)] == [""]


def test_the_code_of_a_letter_ends_no_earlier_than_it_says(walk: Walk, clock: Clock):
    place, client = prepared(walk, 2), walk.browser("sip")
    (page,) = text_of(client.post(f"{place}/partes/1").data)
    assert "30 de abril de 2026" in page
    clock.forward(days=59, hours=15)  # Lima's 30 April, late in the evening
    assert activate(walk, code_in(page), "E90002") == "/"
