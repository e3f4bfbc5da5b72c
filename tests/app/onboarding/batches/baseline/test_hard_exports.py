"""Exports that are hostile or too large, and imports that are interrupted or done twice at once."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import Batch, BatchRow, Grant
from app.onboarding.batches import doing
from app.register.baseline import exports
from forms.fields.tables import Unreadable
from tests.app.onboarding.batches.baseline.exported import (
    bring_in,
    catalogue,
    names,
    number_of,
    read,
    upload,
    visit,
    visits,
)
from tests.app.register.importing import past_files
from tests.app.together import killed, together
from tests.app.walk import Walk
from tests.conftest import Clock

FORMULA = '=HYPERLINK("http://example.pe";"ver")'
LARGE = "El archivo es demasiado grande al abrirlo: se leen hasta 200 000 filas."
ENTITIES = {"SUMUE": "E90012", "MINEJEM": "E90011"}


@pytest.fixture
def walk(app, clock: Clock) -> Walk:
    walk = Walk(app)
    catalogue(walk)
    return walk


def prepared(walk: Walk, place: str) -> int:
    """Prepare the import of an export, and confirm it with no row done yet. Return the batch."""
    answer = walk.browser("sip").post(f"{place}/preparar")
    number = int(str(answer.location).rsplit("/", 1)[1])
    with walk.writing() as session:
        count = doing.to_do(session, session.get_one(Batch, number))
        assert doing.confirm(session, number, count, walk.people["sip"])
    return number


def results(walk: Walk, number: int) -> list[str]:
    """Return the result of each row of a batch."""
    query = select(BatchRow.result).where(BatchRow.batch_id == number)
    return walk.all(query.order_by(BatchRow.number))


def work(walk: Walk, number: int) -> None:
    """Do the rows of a batch, as the worker does."""
    with walk.app.app_context():
        doing.work(walk.engine, number)


def imported(walk: Walk) -> list[int]:
    """Return how many visits each entity has."""
    return [len(visits(walk, code)) for code in ENTITIES.values()]


@pytest.mark.nightly
def test_an_export_of_300_000_rows_is_refused(walk: Walk):
    headings = ",".join(past_files.HEADINGS)
    lines = "05/02/2025,05/02/2025,SUMUE,ANA,,,,,,,,\n" * 300_000
    with pytest.raises(Unreadable, match=LARGE):
        exports.read(f"{headings}\n{lines}".encode(), "visitas.csv", calendar.now())


def test_a_bomb_is_refused(walk: Walk):
    answer = upload(walk.browser("sip"), past_files.entities())
    assert answer.status_code == 422
    assert "No pudimos leer el archivo" in answer.text
    assert not names(walk)


@pytest.mark.nightly
def test_formulas_stay_text_in_names_visits_and_files(walk: Walk):
    sip = walk.browser("sip")
    rows = [visit("SUMUE", FORMULA, Motivo=FORMULA), visit(FORMULA)]
    place = str(upload(sip, past_files.table(rows), "visitas.csv").location)
    assert number_of(walk, FORMULA) == 2
    assert "=HYPERLINK(&#34;http://example.pe&#34;" in sip.get(place).text
    bring_in(sip, place)
    [found] = visits(walk, "E90012")
    assert (found.visitor_name, found.motive) == (FORMULA, FORMULA)
    listed = walk.app.test_client().get("/visitas/E90012").text
    address = re.search(
        r'href="(/visitas/E90012[^"]*formato=oficial[^"]*|[^"]*\.csv[^"]*)"', listed
    )
    assert address is not None
    content = walk.app.test_client().get(address[1].replace("&amp;", "&")).text
    assert FORMULA.replace('"', '""') in content
    assert '"=HYPERLINK' not in content


@pytest.mark.nightly
@pytest.mark.parametrize(("when", "number"), [("after_flush", 3), ("before_commit", 2)])
def test_a_killed_worker_leaves_each_entity_whole_or_untouched(walk: Walk, when: str, number: int):
    sip = walk.browser("sip")
    batch = prepared(walk, read(sip, [visit(name, f"P {n}") for name in ENTITIES for n in "ABC"]))
    assert killed(walk.app, lambda: work(walk, batch), when, number)
    done = results(walk, batch).count("done")
    assert sorted(imported(walk)) == sorted([3] * done + [0] * (2 - done))
    assert done < 2
    work(walk, batch)
    assert results(walk, batch) == ["done", "done"]
    assert imported(walk) == [3, 3]


@pytest.mark.nightly
@pytest.mark.postgresql
def test_two_coordinators_import_an_export_once(walk: Walk):
    place = read(walk.browser("sip"), [visit(name) for name in ENTITIES])
    batches = [prepared(walk, place) for _ in range(2)]
    together(*(lambda batch=batch: work(walk, batch) for batch in batches))
    assert imported(walk) == [1, 1]
    found = zip(*(results(walk, batch) for batch in batches), strict=True)
    assert [sorted(pair) for pair in found] == [["done", "same"]] * 2


@pytest.mark.nightly
@pytest.mark.postgresql
def test_two_exports_that_overlap_are_imported_at_once_without_doubles(walk: Walk):
    sip, rows = walk.browser("sip"), [visit("SUMUE"), visit("SUMUE", "SALAS INVENTADA EVA")]
    batches = [prepared(walk, read(sip, given)) for given in (rows, [*rows, visit("MINEJEM")])]
    together(*(lambda batch=batch: work(walk, batch) for batch in batches))
    assert [results(walk, batch) for batch in batches] == [["done"], ["done", "done"]]
    assert imported(walk) == [2, 1]


@pytest.mark.nightly
def test_who_lost_the_right_since_the_confirmation_imports_nothing(walk: Walk):
    batch = prepared(walk, read(walk.browser("sip"), [visit("SUMUE")]))
    with walk.writing() as session:
        for grant in session.scalars(select(Grant).where(Grant.user_id == walk.people["sip"])):
            session.delete(grant)
    work(walk, batch)
    assert results(walk, batch) == ["refused"]
    assert imported(walk) == [0, 0]


@pytest.mark.nightly
def test_an_import_reads_the_catalogue_only_for_texts_without_a_kind(walk: Walk):
    def catalogue_reads(entity_of_visitor: str) -> int:
        rows = [visit("SUMUE", entity_of_visitor, Entidad_del_visitante=entity_of_visitor)]
        batch = prepared(walk, read(walk.browser("sip"), rows))
        with walk.statements() as sent:
            work(walk, batch)
        return sum("SELECT entity.name, entity.acronym" in one for one in sent)

    assert catalogue_reads("Entidad pública - MUNICIPALIDAD INVENTADA") == 0
    assert catalogue_reads("MINEJEM") == 1
    assert [one.visitor_kind for one in visits(walk, "E90012")] == ["public"] * 2
