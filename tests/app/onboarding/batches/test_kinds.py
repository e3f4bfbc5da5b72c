"""Every kind of batch: its texts, its entry, its file, its page; and no kind is forgotten."""

from __future__ import annotations

import importlib
import io
import pkgutil
import re
from html import escape, unescape
from pathlib import Path

import pytest
import python_calamine

from app.onboarding import batches
from app.onboarding.batches import kinds
from app.onboarding.batches.kind import Kind
from app.onboarding.batches.kinds import KINDS
from app.people import access
from app.people.access.rules import ACTIONS
from tests.app.walk import Walk
from tests.pages import CheckingClient

ROOT = "/entidades/lotes"
SOURCES = Path(batches.__file__).parent
TEMPLATES = Path(batches.__file__).parents[2] / "web/templates/batches"
FROM_FILES = [kind for kind in KINDS if kind.columns]


def everything(walk: Walk) -> CheckingClient:
    """Return the browser of a coordinator who is superuser too: every kind is theirs."""
    with walk.writing() as session:
        user = walk.user(session, "sip")
        access.grant(session, user, "superuser", None, None)
    return walk.browser("sip")


def test_every_kind_that_a_module_declares_is_known():
    declared = [
        value
        for module in pkgutil.walk_packages(kinds.__path__, f"{kinds.__name__}.")
        for value in vars(importlib.import_module(module.name)).values()
        if isinstance(value, Kind)
    ]
    assert {kind.id for kind in declared} == {kind.id for kind in KINDS}
    for name in ("id", "slug", "name", "verb"):
        assert len({getattr(kind, name) for kind in KINDS}) == len(KINDS), name


def test_the_machinery_of_all_kinds_names_none():
    names = "|".join(
        [
            *(f'"{kind.id}"' for kind in KINDS),
            "ASSIGN|AUTHORITIES|CONTACTS|EXTEND|LETTERS|MANDATES|NOTE|PROCLAIMED|REMIND|RESUME|START",
            "SUSPEND|VALIDATIONS",
        ]
    )
    for name in ("kind", "checking", "doing", "held_files", "pages", "presenters", "table"):
        text = (SOURCES / f"{name}.py").read_text("utf-8")
        assert not re.findall(rf"(?<!\w)(?:{names})(?!\w)", text), name
    assert not re.findall(names, (TEMPLATES / "show.html").read_text("utf-8"))


@pytest.mark.nightly
def test_every_kind_has_its_texts_and_its_entry(walk: Walk):
    client = everything(walk)
    page = client.get(ROOT).text
    links = re.findall(r'ways-in__what"><a class="govuk-link strong" href="([^"]+)">([^<]+)<', page)
    linked = [kind for kind in KINDS if kind.has_link]
    assert [label for _, label in links] == [kind.link.label for kind in linked]
    for kind in KINDS:
        assert kind.action in ACTIONS
        assert re.fullmatch(r"Vas a \w+ .+ (de|a)", kind.verb)
        assert kind.summary.endswith(".")
        assert kind.has_link or kind.choosing, kind.id
    for kind, (url, _) in zip(linked, links, strict=True):
        assert f'ways-in__about">{kind.summary}</p>' in page
        assert client.get(unescape(url)).status_code == 200, kind.id
        assert bool(kind.columns) == (url == f"{ROOT}/nuevo/{kind.slug}")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
def test_every_kind_has_the_page_of_its_batches(walk: Walk, kind: Kind):
    assert (TEMPLATES / kind.template.removeprefix("batches/")).is_file()
    number = walk.commit(batches.from_list, kind, [], walk.people["sip"]).id
    client = everything(walk)
    page = client.get(f"{ROOT}/{number}").text
    assert f">{kind.name} {number}</h1>" in page
    assert "Ninguna fila" in page
    confirmed = client.post(f"{ROOT}/{number}/confirmar", data={"cuantas": "0"})
    assert confirmed.status_code == (404 if kind.do is None else 422)


def test_every_template_of_a_batch_belongs_to_a_kind():
    extended = {
        path.name for path in TEMPLATES.iterdir() if "batches/show.html" in path.read_text("utf-8")
    }
    assert {kind.template for kind in KINDS} - {"batches/show.html"} == {
        f"batches/{name}" for name in extended
    }


@pytest.mark.parametrize("kind", FROM_FILES, ids=lambda kind: kind.id)
def test_every_kind_of_file_says_its_columns_and_offers_its_template(walk: Walk, kind: Kind):
    client = everything(walk)
    page = client.get(f"{ROOT}/nuevo/{kind.slug}").text
    columns = kind.headings
    assert [unescape(one) for one in re.findall("<dt>([^<]+)</dt><dd>", page)] == [
        column.heading for column in columns
    ]
    for text in (*kind.introduction, *(column.help for column in columns)):
        assert escape(text, quote=False) in page
    for name in ("heading", "key"):
        assert len({getattr(column, name) for column in columns}) == len(columns), name
    book = python_calamine.load_workbook(
        io.BytesIO(client.get(f"{ROOT}/nuevo/{kind.slug}/plantilla.xlsx").data)
    )
    sheets = {"Entidades": tuple(column.heading for column in columns), **kind.sheets}
    for name, headings in sheets.items():
        assert tuple(book.get_sheet_by_name(name).to_python()[0]) == headings
    assert book.get_sheet_by_name("Ejemplo").to_python()[1] == [
        column.example for column in columns
    ]


@pytest.mark.nightly
def test_a_kind_without_a_file_has_no_upload_page(walk: Walk):
    client = everything(walk)
    for kind in KINDS:
        found = client.get(f"{ROOT}/nuevo/{kind.slug}").status_code
        assert found == (200 if kind.columns else 404), kind.id
