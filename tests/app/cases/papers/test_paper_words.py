"""The text of papers: no codes, and no page with only a signature."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

import forms
from app.administration import catalogue
from app.base import formatting
from app.cases import papers
from forms.drafts import walk as fields_of
from tests.app.cases.papers.test_papers import (
    LONG_NAME,
    MADE_ON,
    official,
    pages_of,
    text_of,
    values,
)

CHOICES = ("radios", "select", "checkboxes")


def choices_of(steps: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    """Return each choice of some steps: the name of its field, its code, its label."""
    for step in steps:
        for field in fields_of(forms.steps()[step].form(given={})):
            for code, label, *_ in getattr(field, "iter_choices", list)() or ():
                yield field.short_name, str(code), str(label)


CODES = sorted(
    {
        (name, code, label)
        for name, code, label in choices_of(("designate_administrator", "list_personnel"))
        if code and code.casefold() not in label.casefold().split() and name != "document_type"
    }
)


def said(name: str, code: str) -> dict[str, Any]:
    """Return values in which every record that has such a field holds this code."""
    base = values()

    def put(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {k: code if k == name else put(inner) for k, inner in value.items()}
        return [put(one) for one in value] if isinstance(value, list) else value

    changed: dict[str, Any] = put(base)
    return changed


def test_there_are_codes_to_be_said_in_words():
    assert {"website_kind", "link", "scope"} <= {name for name, _, _ in CODES}


@pytest.mark.parametrize(("name", "code", "label"), CODES)
def test_no_paper_says_the_code_of_a_choice(name: str, code: str, label: str):
    changed = said(name, code)
    for kind in ("sip_rvl_001", "sip_rvl_002", "oficio_designacion"):
        text = " ".join(pages_of(papers.render(kind, changed, MADE_ON)))
        assert not re.search(rf"(?<![\w@./-]){re.escape(code)}(?![\w@/-])", text), (kind, label)


def kinds_of_the_catalogue() -> list[str]:
    with (catalogue.DATA / "entities.csv").open(encoding="utf-8") as source:
        return sorted({row["kind"] for row in csv.DictReader(source)})


@pytest.mark.parametrize("kind", kinds_of_the_catalogue())
def test_every_kind_of_entity_of_the_catalogue_has_its_words(kind: str):
    assert kind in formatting.ENTITY_KINDS
    text = text_of("sip_rvl_001", entity=values()["entity"] | {"kind": kind})
    assert formatting.ENTITY_KINDS[kind] in text
    assert kind.capitalize() not in text.replace(formatting.ENTITY_KINDS[kind], "")
    assert "_" not in formatting.entity_kind("otro_tipo_de_entidad")


@pytest.mark.parametrize("kind", papers.KINDS)
def test_no_paper_speaks_as_a_form_on_a_screen(kind: str):
    for given in ({}, values()):
        assert "(opcional)" not in " ".join(pages_of(papers.render(kind, given, MADE_ON)))


def test_what_authorises_mails_to_notify_speaks_of_notifying():
    """Art. 20.4 requires an authorisation of notices; one of mails in general is not enough."""
    text = " ".join(text_of("sip_rvl_001").split())
    assert "Autoriza que este procedimiento se notifique por correo electrónico" in text
    assert "artículo 20.4" in text


def test_the_format_says_until_when_a_link_lasts_only_if_it_ends():
    designated = values()["administrator"]
    assert "hasta el" not in text_of("sip_rvl_001")
    holder = official(link="cas", link_until_on="2026-12-31")
    text = text_of("sip_rvl_001", administrator=designated | {"holder": holder})
    assert "hasta el 31 de diciembre de 2026" in " ".join(text.split())


LONGEST = {
    "unit": "Oficina General de Administración, Finanzas y Tecnologías de la Información",
    "post": "Especialista responsable de la conducción del gobierno y la transformación digital",
    "given_names": "María de los Ángeles Persona",
    "surnames": "Quispe Ejemplo de la Muestra Inventada",
    "email": "una.direccion.muy.larga.de.correo@municipalidad.distrital.example.pe",
}


@pytest.mark.parametrize("taught", [1, 4, 7, 9])
@pytest.mark.parametrize("alternate", [True, False])
@pytest.mark.parametrize("lines", [0, 3, 6])
def test_the_signature_is_on_the_page_of_the_people_designated(
    taught: int, alternate: bool, lines: int
):
    how = ("Ingeniera de sistemas con diez años de experiencia. " * taught)[:500]
    person = official(**LONGEST, informatics_how=how)
    content = papers.render(
        "sip_rvl_001",
        values(
            entity=values()["entity"]
            | {"name": LONG_NAME, "address": "Avenida de los Ejemplos Inventados " * lines},
            administrator={
                "holder": person,
                "alternate": person if alternate else None,
                "scope": "both",
                "notices_by_email": True,
            },
        ),
        MADE_ON,
    )
    last = pages_of(content)[-1]
    named = "4. Administrador alterno" if alternate else "3. Administrador titular"
    for part in (named, "María de los Ángeles Persona", "5. Alcance y avisos", "Lugar y fecha"):
        assert part in last
    assert "Si firma por delegación" in last
