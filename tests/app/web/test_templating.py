"""The parts of pages: fields, states, lists, errors, colours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import html5lib
import pytest
from flask import Flask, flash, render_template_string
from jinja2 import Environment, Template
from werkzeug.datastructures import MultiDict

from app.base import assets, formatting
from app.base.paging import Paging
from forms import FileInfo, Page, StepForm
from forms.fields import (
    ChoiceField,
    DocumentField,
    EmailField,
    GroupField,
    ListField,
    LongTextField,
    MomentField,
    Part,
    TextField,
    TickField,
)
from forms.fields.roster import RosterField
from tests.app.web import bare
from tests.tree import ROOT, tracked

HOSTILE = """"><script>alert('x')</script>"""
SHEETS = assets.STATIC / "css"


class Session(Part):
    at = MomentField("Fecha y hora")
    place = TextField("Lugar", needed="Escribe el lugar.")


class Sample(StepForm):
    heading = "Designa al administrador"
    button = "Enviar la designación"
    pages = (
        Page("entidad", "Tu entidad", ("name", "scope", "email", "notes", "agreed")),
        Page("papeles", "Documentos", ("paper", "other", "sessions", "roster")),
    )

    name = TextField("Nombre", needed="Escribe el nombre.", hint="Como figura en su norma")
    scope = ChoiceField("Alcance", (("rvl", "Visitas"), ("rao", "Agendas")))
    email = EmailField("Correo electrónico")
    notes = LongTextField("Observaciones (opcional)")
    agreed = TickField("Autorizo los avisos por correo")
    paper = DocumentField("Oficio firmado")
    other = DocumentField("Formato firmado")
    sessions = ListField(GroupField(Session, "Sesión"), "Sesiones", add_label="Agregar otra sesión")
    posts = ListField(GroupField(Session), "Cargos con decisión", add_label="Agregar otro cargo")
    roster = RosterField("Relación de personal")


def sample(*pairs: tuple[str, str]) -> Sample:
    oficio = FileInfo("f1", "oficio.pdf", 6_200_000, "application/pdf", 3)
    return Sample(MultiDict(pairs), given={"today": date(2026, 8, 1)}, files={"f1": oficio})


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, fast_process: None) -> Iterator[Flask]:
    with pytest.MonkeyPatch.context() as patch:
        yield bare.make(tmp_path_factory.mktemp("site"), patch)


def drawn(site: Flask, source: str, **variables: Any) -> str:
    imports = (
        '{% import "macros.html" as ui with context %}{% import "fields.html" as f with context %}'
    )
    with site.test_request_context():
        return render_template_string(imports + source, **variables)


def step_page(site: Flask, form: Sample, number: int, errors: dict[str, str]) -> str:
    entity = SimpleNamespace(name="Municipalidad de Prueba", code="E1", url="/entidades/E1")
    with site.test_request_context():
        text = render_template_string(
            '{% extends "tasks/step.html" %}',
            task=SimpleNamespace(due_in=-3, due_on=date(2026, 8, 5), due_kind="legal"),
            form=form,
            page=Sample.pages[number],
            pages=[(page, "todo") for page in Sample.pages],
            entity=entity,
            errors=errors,
            reason="Falta la firma.\nFalta el sello.",
            draft_saved_at=datetime(2026, 8, 3, 19, 30, tzinfo=UTC),
        )
    html5lib.HTMLParser(strict=True).parse(text)
    return text


def test_a_step_s_page_says_what_when_and_why_it_came_back(site: Flask):
    text = step_page(site, sample(("name", "Municipalidad")), 0, {})
    assert "<h1" in text
    assert "Designa al administrador" in text
    assert "3\xa0días hábiles de atraso" in text
    assert "plazo legal" in text
    assert "Falta la firma.<br>Falta el sello." in text
    assert "Borrador guardado el 3 de agosto de 2026, 14:30." in text


def test_enter_in_a_text_box_goes_on_and_neither_uploads_nor_removes(site: Flask):
    buttons = re.findall(
        r'<button[^>]*name="action" value="([^"]+)"', step_page(site, sample(), 1, {})
    )
    assert buttons[0] == "enter"
    assert "upload:paper" in buttons


def test_a_refused_file_is_reported_at_its_field(site: Flask):
    text = step_page(site, sample(), 1, {"other": "El archivo no es un PDF."})
    assert text.count("El archivo no es un PDF.") == 2


def test_a_document_that_is_there_can_be_read_and_removed(site: Flask):
    text = step_page(site, sample(("paper", "f1")), 1, {})
    assert 'href="/archivos/f1"' in text
    assert 'href="/archivos/f1/paginas">3\xa0páginas<' in text
    assert "6.2\xa0MB" in text
    assert 'value="drop:paper"' in text
    assert "la mesa de partes podría rechazarlo" in text


def test_a_list_knows_its_entries_even_while_they_are_empty(site: Flask):
    text = step_page(site, sample(("sessions-0", ""), ("sessions-1", "")), 1, {})
    assert 'name="sessions-1" value=""' in text
    assert "Sesión 2" in text
    assert 'value="remove:sessions:1"' in text
    assert "Agregar otra sesión" in text


def test_an_entry_without_a_label_is_called_by_what_the_button_adds(site: Flask):
    form = sample(("posts-0", ""))
    assert "Cargo 1" in drawn(site, "{{ f.render(field) }}", field=form.posts)


def test_the_personnel_is_shown_fifty_rows_at_a_time_with_what_is_wrong(site: Flask):
    rows = [
        {"document_type": "DNI", "document_number": f"{n:08d}", "given_names": "Ana"}
        for n in range(1, 121)
    ]
    text = step_page(site, sample(*sample().roster.as_pairs(rows)), 1, {})
    assert "120\xa0personas" in text
    assert text.count("roster:roster:remove:") == 50
    assert "?hoja=2" in text
    assert "/plantillas/personal.xlsx" in text
    assert "datos por corregir" in text


def test_typed_text_is_never_markup(site: Flask):
    form = sample(("name", HOSTILE), ("notes", HOSTILE), ("email", HOSTILE))
    form.validate()
    text = step_page(site, form, 0, {"name": HOSTILE})
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_no_page_carries_script_or_style(site: Flask):
    for number in range(2):
        text = step_page(site, sample(("paper", "f1"), ("sessions-0", "")), number, {})
        assert not re.search(r"<script(?! src=)|<style|\sstyle=|\son[a-z]+=", text)


def test_what_was_answered_is_read_back_in_words(site: Flask):
    source = """{% import "values.html" as values with context %}
        {{ values.rows(form, names, "x", errors) }}"""
    names = ["scope", "agreed", "paper", "name", "roster"]
    form = sample(("scope", "rao"), ("agreed", "y"), ("paper", "f1"))
    text = drawn(site, source, form=form, names=names, errors={"scope": "Elige otro."})
    assert "Agendas" in text
    assert "Sí" in text
    assert "oficio.pdf" in text
    assert "Sin responder" in text
    assert 'href="x#scope"' in text


def test_each_state_has_a_word_and_a_shape(site: Flask):
    shapes = {drawn(site, "{{ ui.shape(one) }}", one=one) for one in formatting.STATES}
    assert len(shapes) == len(formatting.STATES)
    for state, word in formatting.STATES.items():
        assert word in drawn(site, "{{ ui.status_tag(one) }}", one=state)


def test_pages_of_a_list_are_linked_around_the_current_one(site: Flask):
    page = SimpleNamespace(number=5, pages=9, url="?p={}".format)
    text = drawn(site, "{{ ui.pagination(page) }}", page=page)
    assert re.findall(r'aria-label="Página (\d)"', text) == ["1", "4", "5", "6", "9"]
    assert 'href="?p=4" rel="prev"' in text
    one = SimpleNamespace(number=1, pages=1, url=None)
    assert not drawn(site, "{{ ui.pagination(page) }}", page=one).strip()


def test_an_error_page_says_what_to_do_and_who_helps(site: Flask):
    for name in [file.stem for file in (assets.WEB / "templates" / "errors").glob("*.html")]:
        with site.test_request_context():
            known = {
                "retry_after": 61,
                "page": Paging(0, 1, 50),
                "why": "Sí.",
                "without": "/",
                "seconds": 9,
            }
            text = render_template_string('{% extends "errors/' + name + '.html" %}', **known)
        html5lib.HTMLParser(strict=True).parse(text)
        assert "ayuda@example.pe" in text
        assert "!" not in re.sub(r"<!DOCTYPE html>", "", text)


# Addresses ------------------------------------------------------------------------------------

#: The beginning of an attribute that holds an address, up to an expression or the end of the text.
OPEN_ADDRESS = re.compile(r'\s(?:href|src|action|formaction|data-[a-z-]*url)="[^"]*$')
LITERAL_ADDRESS = re.compile(r'\s(?:href|src|action|formaction|data-[a-z-]*url)="/[^"]*')
TEMPLATES = (
    *(path for path in tracked("app/") if path.endswith(".html")),
    *(path for path in tracked("forms/") if path.endswith(".html")),
    *tracked("app/people/mail/texts/"),
)


def written_addresses(source: str) -> list[str]:
    """Return the internal addresses, or ends of them, that a template writes out.

    In an attribute, after another address (`{{ entity.url }}/ruc`), or in a string.
    """
    found, inside = [], False
    for _, kind, text in Environment().lex(source):
        if kind == "string" and text[1] == "/":
            found.append(text)
        if kind != "data":
            continue
        if inside and text[0] in "/.":
            found.append(text.partition('"')[0])
        found += [match[0].strip() for match in LITERAL_ADDRESS.finditer(text)]
        inside = bool(OPEN_ADDRESS.search(text)) or (inside and '"' not in text)
    return found


def test_an_address_that_a_template_writes_out_is_found():
    for source, written in [
        ("""<a href="{{ url_for('x') }}?q=1#y"> a/b </a>/{{ c }}/d""", []),
        ('<a class="b" href="/">', ['href="/']),
        ('<a href="/b/{{ c }}">', ['href="/b/']),
        ('<button formaction="{{ b }}/c">', ["/c"]),
        ('<a href="{{ b }}{% if c %}/d{% endif %}">', ["/d"]),
        ('<a href="{{ b }}.csv">', [".csv"]),
        ('{{ link(b ~ "/c") }}', ['"/c"']),
        ("{% set b = '/c' %}", ["'/c'"]),
    ]:
        assert written_addresses(source) == written


@pytest.mark.nightly
def test_templates_take_each_internal_address_from_its_endpoint():
    assert len(TEMPLATES) > 200
    written = {path: written_addresses((ROOT / path).read_text("utf-8")) for path in TEMPLATES}
    assert {path: found for path, found in written.items() if found} == {}


# Colours --------------------------------------------------------------------------------------

PAIRS = [
    ("ink", "paper"),
    ("ink", "mist"),
    ("ink", "focus"),
    ("quiet", "paper"),
    ("quiet", "mist"),
    ("action", "paper"),
    ("action", "mist"),
    ("action", "action-mist"),
    ("action", "warning-mist"),
    ("paper", "action"),
    ("paper", "action-dark"),
    ("paper", "almagre"),
    ("success", "paper"),
    ("success", "success-mist"),
    ("warning", "paper"),
    ("warning", "warning-mist"),
    ("late", "paper"),
    ("late", "late-mist"),
]


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_text_has_enough_contrast():
    sheet = (SHEETS / "theme.css").read_text("utf-8")
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", sheet))
    for text, ground in PAIRS:
        light, dark = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_shared_imports_make_the_same_page(site: Flask, monkeypatch: pytest.MonkeyPatch):
    made = re.sub(r'value="[^"]{60,}"', "", step_page(site, sample(), 0, {}))
    monkeypatch.setattr(site.jinja_env, "template_class", Template)
    site.jinja_env.cache.clear()
    plain = re.sub(r'value="[^"]{60,}"', "", step_page(site, sample(), 0, {}))
    site.jinja_env.cache.clear()
    assert made == plain


def test_a_message_that_is_flashed_twice_is_shown_once(app: Flask):
    with app.test_request_context():
        for _ in range(2):
            flash("Tu sesión terminó.", "warning")
        shown = render_template_string(
            '{% import "macros.html" as ui with context %}{{ ui.flashes() }}'
        )
    assert shown.count("Tu sesión terminó.") == 1
