"""The manual: it covers every step, names only existing things, and is the help of the pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from werkzeug.exceptions import HTTPException

from app.base import config, db
from app.base.config.shipped import DIAGRAMS, MANUAL
from app.base.formatting import NO_BREAK
from app.web import manual
from app.web.manual import reading, search
from forms import steps
from tests.app.walk import deploy
from tests.pages import astray
from tests.test_docs import texts_for_people
from workflows.definition import Definition, read_folder

BOOK = manual.the_manual()
FILES = sorted(MANUAL.glob("*.md"))
PICTURES = sorted((MANUAL / "imagenes").glob("*"))


@pytest.fixture(scope="module")
def drawn() -> Definition:
    return Definition.parse(read_folder(DIAGRAMS))


# The content of the files ------------------------------------------------------------------------


def test_every_step_of_the_diagrams_has_its_part(drawn):
    assert BOOK.steps.keys() == drawn.user_tasks.keys()


def test_the_part_of_a_step_is_called_as_its_page_is():
    titles = {s.step: s.title for c in BOOK.chapters for s in c.sections if s.step}
    for step, title in titles.items():
        heading = steps()[step].form.heading
        assert title == heading or title.startswith(f"{heading}, "), step  # "…, en la SIP"


def test_the_contents_name_every_chapter():
    assert {file.stem for file in FILES} - {"README"} == {one.slug for one in BOOK.chapters}


def test_every_picture_is_shown_and_small():
    named = {
        name for file in FILES for name in re.findall(r"\(imagenes/([^)]+)\)", file.read_text())
    }
    assert named == {picture.name for picture in PICTURES}
    sizes = [picture.stat().st_size for picture in PICTURES]
    assert max(sizes) < 150_000
    assert sum(sizes) < 5_000_000


def test_every_page_that_is_named_exists(app):
    address = app.url_map.bind("127.0.0.1")
    for file in FILES:
        for path in re.findall(r"\]\((/[^)#]*)\)", file.read_text()):
            try:
                address.match(path)
            except HTTPException:
                pytest.fail(f"{file.name}: nothing is at {path}")


@pytest.mark.nightly
def test_what_is_set_in_bold_stands_on_a_page():
    said = texts_for_people()
    for file in FILES:
        for words in re.findall(r"\*\*([^*]+)\*\*", file.read_text()):
            assert words.casefold() in said, f"{file.name}: «{words}» is on no page"


def test_it_says_how_many_public_pages_a_minute_are_shown():
    (setting,) = (one for one in config.SETTINGS if one.name == "ZAGUAN_PAGES_PER_MINUTE")
    assert f"hasta {setting.default} veces por minuto" in (MANUAL / "seguir.md").read_text("utf-8")


def test_nobody_is_shouted_at():
    assert not [file.name for file in FILES if re.search(r"[!¡]", without_marks(file))]


def without_marks(file: Path) -> str:
    """Return the text without pictures and comments."""
    return re.sub(r"!\[|<!--", "", file.read_text())


# Reading the files -------------------------------------------------------------------------------


def written(folder: Path, **files: str) -> manual.Manual:
    for name, text in files.items():
        (folder / f"{name}.md").write_text(text, "utf-8")
    return manual.read(folder)


def test_no_html_of_a_file_passes_through(tmp_path):
    hostile = "# Uno\n\n<script>x</script> [y](javascript:x)\n\n## <b>Dos</b>\n\n<img src=x>\n"
    book = written(tmp_path, README="# M\n\n- [Uno](uno.md)\n", uno=hostile)
    html = "".join(section.html for section in book.chapters[0].sections)
    assert not re.search(r"<(script|b|img)|href=", html)
    assert "&lt;script&gt;" in html


def test_a_link_between_chapters_leads_to_the_step(tmp_path):
    contents = "# M\n\n## Parte\n\n- [Uno](uno.md)\n- [Dos](dos.md)\n"
    two = "# Dos\n\n<!-- do_it -->\n\n## Haz esto, ya\n\nTexto. [Arriba](#haz-esto-ya)\n"
    book = written(tmp_path, README=contents, uno="# Uno\n\n[a](dos.md#haz-esto-ya)\n", dos=two)
    one, other = book.chapters
    assert 'href="/ayuda/dos#do_it"' in one.lead.html
    assert book.steps == {"do_it": "/ayuda/dos#do_it"}
    assert 'href="#do_it"' in other.sections[1].html
    assert (one.part, book.around(one)) == ("Parte", (None, other))


def test_a_manual_that_leads_nowhere_is_refused(tmp_path):
    for text, fault in [
        ("# Uno\n\n[a](tres.md)\n", "nothing is at tres.md"),
        ("# Uno\n\n[a](uno.md#nada)\n", "nothing is at uno.md#nada"),
        ("# Uno\n\n![a](../secreto.png)\n", "../secreto.png is no picture"),
        ("Sin título\n", "does not begin with its title"),
    ]:
        with pytest.raises(reading.BadManual, match=re.escape(fault)):
            written(tmp_path, README="# M\n\n- [Uno](uno.md)\n", uno=text)


def test_a_missing_picture_is_replaced_by_its_text(tmp_path):
    text = "# Uno\n\n![Una <tarea>](imagenes/nada.png)\n"
    book = written(tmp_path, README="# M\n\n- [Uno](uno.md)\n", uno=text)
    assert book.chapters[0].lead.html == '<p class="govuk-body">Una &lt;tarea&gt;</p>\n'


# The search --------------------------------------------------------------------------------------


def test_a_part_is_found_by_its_words_without_accents_and_nothing_by_others():
    (first, *_) = search.find(BOOK, "CAPACITACION programa")
    assert first.section.step == "plan_training"
    assert first.url == "/ayuda/capacitacion#plan_training"
    assert search.find(BOOK, "plesiosaurio") == []
    assert search.find(BOOK, "  ") == []


def test_what_was_found_is_marked_in_its_text():
    marked = search.excerpt("Ingresa con tu <DNI> o carné de extranjería.", ["carne"])
    assert marked == "Ingresa con tu &lt;DNI&gt; o <mark>carné</mark> de extranjería."


# The pages ---------------------------------------------------------------------------------------


def test_every_chapter_is_a_page_for_everyone(client):
    for chapter in BOOK.chapters:
        answer = client.get(chapter.url)
        assert answer.status_code == 200
        page = answer.text
        assert chapter.title in page
        assert astray(page) == set()
        assert "noindex" not in page


def test_links_between_chapters_arrive(client):
    pages = {one.url: client.get(one.url).text for one in BOOK.chapters}
    for page in [client.get("/ayuda").text, *pages.values()]:
        for path, _, place in re.findall(r'href="(/ayuda/[a-z-]+)(#([^"]+))?"', page):
            assert path in pages
            assert not place or f'id="{place}"' in pages[path]


@pytest.mark.nightly
def test_a_step_links_to_its_own_part(client):
    for step in steps():
        with client.application.app_context():
            address = client.application.jinja_env.globals["help_url"](step)
        path, _, place = address.partition("#")
        assert place == step
        assert f'id="{step}"' in client.get(path).text


def test_a_part_says_whose_the_step_is_and_its_days(app, client):
    assert "Administrador del RVL ·" not in client.get("/ayuda/capacitacion").text
    with app.app_context():
        deploy(db.session())
        db.session().commit()

    page = client.get("/ayuda/capacitacion").text.replace(NO_BREAK, " ")
    assert "Administrador del RVL · 10 días hábiles desde la llegada del paso" in page
    page = client.get("/ayuda/designacion").text.replace(NO_BREAK, " ")
    assert "2 días hábiles desde la notificación. Plazo legal: no se amplía" in page


def test_words_are_looked_for_from_the_contents(client):
    page = client.get("/ayuda", query_string={"q": "mas plazo"}).text
    assert "/ayuda/pasos#pedir-mas-plazo" in page
    assert "<mark>" in page
    assert "Nada en la ayuda" in client.get("/ayuda", query_string={"q": "<plesiosaurio>"}).text


@pytest.mark.nightly
def test_a_picture_is_cached_under_the_hash_of_its_content(client):
    name = PICTURES[0].name
    assert client.get(f"/ayuda/imagenes/{name}").mimetype == "image/png"
    (shown, *_) = re.findall(r'src="(/ayuda/imagenes/[^"]+)"', client.get("/ayuda/pasos").text)
    assert "immutable" in client.get(shown).headers["Cache-Control"]
    assert "immutable" not in client.get(f"{shown}0").headers["Cache-Control"]
    assert client.get("/ayuda/imagenes/../README.md").status_code == 404
    assert client.get("/ayuda/imagenes/nada.png").status_code == 404
    assert client.get("/ayuda/nada").status_code == 404
