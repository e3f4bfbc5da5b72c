"""An entry of the catalogue that is there twice is marked as a duplicate of the other."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.base.models import Entity, Ticket
from app.cases import processes
from tests.app import cast
from tests.app.posted import form_of, refused, refuses
from tests.app.together import together
from tests.app.walk import CODE, Walk

OTHER = "E90002"
MARK = f"/catalogo/{CODE}/duplicado"


@pytest.fixture
def twice(walk: Walk) -> Walk:
    """Return a walk with two entries of one entity, and the superuser."""
    walk.people["superuser"] = walk.person("40000025", "superuser")
    walk.commit(cast.entity, OTHER, contact_email="")
    return walk


def entry(twice: Walk, code: str = CODE) -> Entity:
    """Return an entry of the catalogue."""
    return twice.read(cast.entity_of, code)


def test_the_page_offers_what_is_alike_and_refuses_what_cannot_be(
    twice: Walk, subtests: pytest.Subtests
):
    boss = twice.browser("superuser")
    with twice.writing() as session:
        one, other = (cast.entity_of(session, code) for code in (CODE, OTHER))
        other.name = f"{one.name.upper().replace('A', 'Á')} (ex)"
        other.index()
        cast.entity(session, "E90003").active = False
    assert f"{MARK}?con={OTHER}" in boss.get(MARK).text
    twice.begin()
    wrong = [
        ({"con": ""}, "Escribe el código"),
        ({"con": "E99999"}, "No hay una entidad con ese código"),
        ({"con": CODE}, "no se fusiona consigo misma"),
        ({"con": "E90003"}, "no puede absorberla"),
        ({"con": OTHER}, "tiene un proceso en curso"),
    ]
    refuses(subtests, boss, MARK, {}, wrong)
    assert boss.get(f"{MARK}?con={OTHER}").status_code == 422
    assert twice.entries("entity.extinguished") == []


def test_a_duplicate_keeps_what_it_has_begins_nothing_and_leads_to_the_other(twice: Walk):
    boss = twice.browser("superuser")
    twice.begin()
    twice.act(processes.cancel, "Por error")
    assert "queda con ella" in boss.get(f"{MARK}?con={OTHER.lower()}").text
    answer = boss.post(MARK, data={"con": OTHER})
    assert (answer.status_code, answer.location) == (303, f"/catalogo/{OTHER}")
    assert boss.post(MARK, data={"con": OTHER}).location == f"/catalogo/{CODE}"
    assert [one.data["norm"] for one in twice.entries("entity.extinguished")] == [""]
    assert entry(twice).name in entry(twice, OTHER).former
    tickets = twice.all(select(Ticket).where(Ticket.entity_id == entry(twice).id))
    assert all(ticket.void or ticket.used_at for ticket in tickets)
    sip = twice.browser("sip")
    sip.post(f"/entidades/{CODE}/iniciar/implementacion")
    assert len(twice.entries("process.started")) == 1
    assert f"Duplicado de {entry(twice, OTHER).name}" in sip.get(f"/entidades/{CODE}").text
    assert "por ser un duplicado" in sip.get(f"/entidades/{CODE}/historial").text
    assert "Es un duplicado de" in twice.browser("preparer").get(f"/visitas/{CODE}").text
    assert "Duplicado" in boss.get(f"/catalogo?q={CODE}").text
    given = boss.post(
        f"/personas/{twice.people['sgtd']}/funciones",
        data={"role": "operator", "entity_code": CODE},
    )
    assert f"Escribe {OTHER}" in refused(given)["entity_code"]
    place = f"/catalogo/{CODE}"
    shown = form_of(boss.get(place).text, place, place)
    boss.post(place, data=shown.values() | {"active": ["y"]})
    assert (entry(twice).active, entry(twice).extinct_on) == (True, None)
    assert entry(twice, OTHER).former == []
    assert "extinct_norm" not in twice.entries("entity.changed")[-1].data["changed"]


@pytest.mark.postgresql
def test_two_that_would_each_be_marked_as_the_others_are_not_both(twice: Walk):
    pages = ((CODE, OTHER), (OTHER, CODE))
    browsers = [twice.browser("superuser") for _ in pages]
    together(
        *(
            lambda browser=browser, one=one, other=other: browser.post(
                f"/catalogo/{one}/duplicado", data={"con": other}
            )
            for browser, (one, other) in zip(browsers, pages, strict=True)
        )
    )
    assert sorted(entry(twice, code).active for code in (CODE, OTHER)) == [False, True]
