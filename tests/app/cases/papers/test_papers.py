"""Papers: their text, typed values that never act as markup, and their storage."""

from __future__ import annotations

import io
import re
import time
from datetime import date
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest

from app.base import assets
from app.cases import papers
from app.cases.papers import sheets, typesetting
from app.cases.papers.typesetting import fonts
from forms.fields.documents import examine

MADE_ON = date(2026, 11, 24)
LONG = "Programa Inventado de Entrega de Muestras a Personas que Leen Papeles muy Largos hasta el"
LONG_NAME = f"{LONG} Último de los Ejemplos"[:120]
INJECTION = '#panic[x] *a* $x$ @b <c> \\d "e" // f `g` = h'


def official(**said: Any) -> dict[str, Any]:
    return {
        "document_type": "DNI",
        "document_number": "01234567",
        "given_names": "Ana Persona",
        "surnames": "Quispe Ejemplo",
        "post": "Especialista en gobierno digital",
        "email": "ana.quispe@example.pe",
        "unit": "Oficina de Tecnologías",
        "link": "cas",
        "informatics": True,
        "phone": "01 2197000",
    } | said


def roster(count: int, **said: str) -> list[dict[str, str]]:
    return [
        {
            "document_type": "DNI",
            "document_number": f"{40_000_000 + number}",
            "given_names": "Rosa Persona",
            "surnames": f"Muestra {number}",
            "post": "Recepcionista",
            "unit": "Trámite Documentario",
            "email": f"persona.{number}@example.pe",
            "profile": "operator",
            "movement": "baja" if number % 10 == 0 else "alta",
        }
        | said
        for number in range(1, count + 1)
    ]


def values(**said: Any) -> dict[str, Any]:
    """Return the records of an invented entity."""
    return {
        "purpose": "onboarding",
        "entity": {
            "code": "E00275",
            "name": "Municipalidad Distrital de Villa Ejemplo",
            "ruc": "20123456786",
            "address": "Jr. Las Muestras 123",
            "ubigeo": "150101",
            "phone": "01 2197000",
        },
        "authority": official(
            document_number="07654321",
            given_names="Óscar Persona",
            surnames="Mamani Muestra",
            post="Gerente municipal",
        )
        | {"since_on": "2026-01-02"},
        "administrator": {
            "holder": official(),
            "alternate": None,
        },
        "roster": roster(3),
        "letter": {
            "subject": "Pedido reiterado",
            "body": "Uno.\n\nDos.",
            "missing": ["Falta esto"],
        },
        "production": {"go_live_on": "2026-09-07", "link": "https://villa.example.pe/visitas"},
        "decision_makers": [
            {"post": "Alcalde", "to_on": ""},
            {"post": "Gerente", "to_on": "2026-01-01"},
        ],
    } | said


def pages_of(content: bytes) -> list[str]:
    """Return the text of each page, with single spaces and without soft breaks in words."""
    document = pypdfium2.PdfDocument(content)
    try:
        texts = [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()
    return [" ".join(re.sub("[\u200b\ufffe\u0002]", "", text).split()) for text in texts]


def text_of(kind: str, **said: Any) -> str:
    return " ".join(pages_of(papers.render(kind, values(**said), MADE_ON)))


def unspaced(text: str) -> str:
    """Return text for comparison with text that wraps in a narrow column."""
    return "".join(text.split())


@pytest.mark.parametrize("kind", papers.KINDS)
def test_each_paper_is_made_of_what_there_is_even_of_nothing(kind: str):
    pages = pages_of(papers.render(kind, {}, MADE_ON))
    assert 1 <= len(pages) <= 2
    assert "Preparado el 24 de noviembre de 2026" in pages[0]


@pytest.mark.parametrize("kind", papers.KINDS)
def test_each_page_names_the_entity_the_day_and_its_place_among_the_pages(kind: str):
    content = papers.render(kind, values(roster=roster(60)), MADE_ON)
    assert examine(io.BytesIO(content)).fault == "", "it can come back as a document"
    pages = pages_of(content)
    for number, text in enumerate(pages, 1):
        assert "Zaguán" in text
        assert "Entidad E00275 · Preparado el 24 de noviembre de 2026" in text
        assert f"Página {number} de {len(pages)}" in text


#: Paper → what it says of the records; document numbers stand in full in what the entity signs.
SAID = {
    "oficio_designacion": [
        "designa como administrador del Registro de Visitas en Línea",
        "Formato SIP-RVL-002",
        "quien haga sus veces",
        "01234567",
    ],
    "sip_rvl_001": [
        "La entidad no designa un alterno.",
        "Lima, Lima, Lima",
        "CAS (Decreto Legislativo 1057)",
        "2 de enero de 2026",
        "01234567",
    ],
    "sip_rvl_002": [
        "Muestra 3, Rosa Persona",
        "Fin de la relación: 3 personas.",
        "Ana Persona Quispe Ejemplo",
        "01234567",
    ],
    "carta_presentacion": ["La relación tiene 3 personas"],
    "oficio_reiteracion": [
        "Pedido reiterado",
        "Uno. A la fecha está pendiente: • Falta esto Dos. Atentamente,",
    ],
    "constancia": [
        "7 de setiembre de 2026",
        "https://villa.example.pe/visitas",
        "Cargos con capacidad de decisión pública 1",
    ],
}


@pytest.mark.parametrize("kind", SAID)
def test_a_paper_says_what_the_records_say(kind: str):
    said = text_of(kind)
    assert [part for part in SAID[kind] if part not in said] == []


@pytest.mark.parametrize("kind", ["oficio_reiteracion", "constancia"])
def test_papers_of_the_pcm_carry_no_document_number(kind: str):
    said = text_of(kind)
    assert "Quispe Ejemplo" in said or "Mamani Muestra" in said
    assert not re.search(r"\b\d{8}\b", said)


def test_a_redesignation_names_the_new_administrator_and_attaches_one_format():
    said = text_of("oficio_designacion", purpose="redesignation")
    assert "nuevo administrador" in said
    assert "SIP-RVL-001" in said
    assert "SIP-RVL-002" not in said


def test_a_letter_is_addressed_to_its_recipient_or_the_authority():
    letter = values()["letter"]
    named = letter | {"addressee": {"name": "Julia Persona Flores Ficticio", "post": "Alcaldesa"}}
    assert "Señor(a) Óscar Persona Mamani Muestra Gerente municipal" in text_of(
        "oficio_reiteracion"
    )
    assert "Señor(a) Julia Persona Flores Ficticio Alcaldesa Municipalidad" in text_of(
        "oficio_reiteracion", letter=named
    )


def test_an_alternate_gets_a_section_and_a_row_of_its_own():
    pair = values()["administrator"] | {"alternate": official(surnames="Rojas Ficticio")}
    assert "Rojas Ficticio" in text_of("sip_rvl_001", administrator=pair)
    assert "Alterno Ana Persona Rojas Ficticio" in text_of("oficio_designacion", administrator=pair)


@pytest.mark.parametrize("kind", papers.KINDS)
def test_typed_text_is_printed_and_never_read_as_markup(kind: str):
    typed = official(given_names=INJECTION, surnames=INJECTION, post=INJECTION)
    said = text_of(
        kind,
        entity=values()["entity"] | {"name": INJECTION},
        authority=typed,
        administrator=values()["administrator"] | {"holder": typed, "alternate": typed},
        roster=roster(2, surnames=INJECTION),
        letter={"subject": INJECTION, "body": INJECTION, "missing": [INJECTION]},
        production={"go_live_on": "2026-09-07", "link": INJECTION},
    )
    assert unspaced(INJECTION) in unspaced(said)


@pytest.mark.parametrize("kind", papers.KINDS)
def test_long_values_wrap_inside_the_page(kind: str):
    mail = f"{'correo' * 10}@{'ejemplo.' * 8}example.pe"
    person = official(given_names=LONG_NAME, surnames=LONG_NAME, post=LONG_NAME, email=mail)
    content = papers.render(
        kind,
        values(
            entity=values()["entity"] | {"name": LONG_NAME, "address": LONG_NAME},
            authority=person,
            administrator=values()["administrator"] | {"holder": person, "alternate": person},
            roster=roster(40, surnames=LONG_NAME, post=LONG_NAME, email=mail),
            letter={
                "subject": LONG_NAME,
                "body": f"{LONG_NAME}\n\n" * 9,
                "missing": [LONG_NAME] * 9,
            },
        ),
        MADE_ON,
    )
    assert unspaced(LONG_NAME) in unspaced(" ".join(pages_of(content)))
    assert ink_outside(content, margin=14) == []


def ink_outside(content: bytes, margin: float) -> list[str]:
    """Return the words that end outside the page, less a margin (points)."""
    found = []
    document = pypdfium2.PdfDocument(content)
    for number, page in enumerate(document, 1):
        words = page.get_textpage()
        for index in range(words.count_rects()):
            left, bottom, right, top = words.get_rect(index)
            if left < margin or right > page.get_width() - margin or bottom < margin:
                found.append(f"{number}: {words.get_text_bounded(left, bottom, right, top)}")
    document.close()
    return found


@pytest.mark.nightly
def test_a_roster_of_5000_people_is_set_within_seconds_with_its_head_on_each_page():
    began = time.monotonic()
    content = papers.render("sip_rvl_002", values(roster=roster(5000)), MADE_ON)
    assert time.monotonic() - began < 90  # about four seconds on an idle machine
    assert len(content) < 4_000_000
    pages = pages_of(content)
    assert len(pages) > 100
    assert all("Apellidos y nombres" in text for text in pages[:-1])
    assert "Muestra 5000, Rosa Persona" in " ".join(pages[-2:])
    assert f"Página {len(pages)} de {len(pages)}" in pages[-1]


@pytest.mark.parametrize(("kind", "pages"), [("oficio_designacion", 1), ("sip_rvl_001", 2)])
def test_an_ordinary_paper_takes_few_pages(kind: str, pages: int):
    assert papers.page_count(papers.render(kind, values(), MADE_ON)) == pages


@pytest.mark.nightly
def test_a_paper_is_fit_for_the_archive_and_for_readers_of_screens():
    for kind, said in (("sip_rvl_001", {}), ("sip_rvl_002", {"roster": roster(400)})):
        content = papers.render(kind, values(**said), MADE_ON)
        with pikepdf.open(io.BytesIO(content)) as pdf, pdf.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "A")
            assert metadata["pdfuaid:part"] == "1"
            assert pdf.Root.Lang == "es-PE"
            assert "/StructTreeRoot" in pdf.Root


@pytest.mark.nightly
def test_the_same_values_on_the_same_day_give_the_same_bytes():
    for said in (values(), values(roster=roster(400))):
        assert papers.render("sip_rvl_002", said, MADE_ON) == papers.render(
            "sip_rvl_002", said, MADE_ON
        )


def test_a_sign_that_the_font_lacks_does_not_stop_a_paper():
    assert "Villa" in text_of("constancia", entity=values()["entity"] | {"name": "Villa 😀 日本"})


def test_signs_that_nobody_sees_are_left_out():
    assert sheets.tidy("Ana\u202e\u200b \x00Quispe\t\ud800Ejemplo ") == "Ana Quispe Ejemplo"
    assert sheets.tidy("uno\r\ndos") == "uno\ndos"


def test_a_long_address_can_end_a_line_after_its_signs():
    assert sheets.breakable("corta@example.pe", 24) == "corta@example.pe"
    assert sheets.breakable("una.persona.larga@example.pe", 24).split("\u200b") == [
        "una.",
        "persona.",
        "larga@",
        "example.",
        "pe",
    ]


def test_fonts_that_are_absent_are_said_to_be_absent(tmp_path: Path, monkeypatch):
    with pytest.raises(assets.CannotBuild, match="npm ci"):
        fonts.build(tmp_path, tmp_path / "built")
    monkeypatch.setattr(fonts, "TARGET", tmp_path / "nowhere")
    with pytest.raises(assets.NotBuilt, match="make assets"):
        papers.render("constancia", {}, MADE_ON)


def test_a_sheet_that_lacks_a_part_is_refused_with_the_reason():
    with pytest.raises(typesetting.CannotTypeset, match="dictionary does not contain key"):
        typesetting.typeset("constancia", {"title": "x"}, MADE_ON)
