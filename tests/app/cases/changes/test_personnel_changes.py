"""A change of the register's people takes effect at once, and only on what it names."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.base import calendar, formatting
from app.base.models import Notice, Task
from app.cases.records import roster
from app.cases.records.personnel_change import ChangedMeanwhile
from forms.shapes.change_parts import place_id
from tests.app.administration.away import more, stranded, take
from tests.app.cases.changes import changing
from tests.app.cases.changes.changing import (
    BUYER,
    FIRST,
    MAYOR,
    NEW,
    NUMBER,
    ROSTER,
    SECOND,
    change,
    leaving,
    numbers,
)
from tests.app.together import meeting, together
from tests.app.walk import Walk


@pytest.fixture
def live(walk: Walk) -> Walk:
    return changing.live(walk)


NEXT = {"document_number": "00000304", "given_names": "Julia Persona", "surnames": "Díaz Muestra"}
CLERK = BUYER | NEXT | {"post": "Jefa de licencias", "unit": "Desarrollo Urbano"}


@pytest.mark.nightly
def test_an_operator_who_leaves_loses_the_account_and_one_who_comes_is_invited(live: Walk):
    assert changing.operators(live) == numbers(FIRST, SECOND)
    instance = change(live, {"rows": [NEW], "leaving": [leaving(FIRST)]})
    assert live.row(instance).end == "change_personnel_done"
    assert changing.operators(live) == numbers(SECOND, NEW)
    assert live.mails("invitation")[-1].to == NEW["email"]
    there = [row for row in ROSTER if row is not FIRST]
    assert changing.officials(live) == numbers(*there, NEW, MAYOR, BUYER), "nobody else is touched"
    assert changing.roster(live)[FIRST["document_number"]][0] == "baja"
    change(live, {"leaving": [leaving(SECOND)]})
    assert FIRST["document_number"] not in changing.roster(live), "an earlier baja is not listed"


def test_a_new_holder_is_a_fact_and_public_at_once(live: Walk):
    today = calendar.today().isoformat()
    held = {"place": place_id(BUYER), "last_day": today}
    instance = change(live, {"holders": [held], "number": NUMBER})
    assert live.row(instance).status == "ended", "no approval"
    assert (BUYER["post"], BUYER["document_number"], today) in changing.holders(live)


@pytest.mark.nightly
def test_who_left_the_entity_left_their_post_too(live: Walk):
    person = {name: MAYOR[name] for name in ("document_type", "document_number")}
    change(live, {"rows": [FIRST | person | {"profile": "decision_maker"}]})
    change(live, {"leaving": [leaving(person)]})
    ends = {number: end for _, number, end in changing.holders(live)}
    assert ends[MAYOR["document_number"]] == calendar.today().isoformat()
    assert ends[BUYER["document_number"]] == ""


@pytest.mark.nightly
def test_a_post_that_the_entity_determines_waits_for_the_authority(live: Walk):
    post = CLERK | {"from_on": calendar.today().isoformat()}
    instance = change(live, {"posts": [post], "number": NUMBER, "leaving": [leaving(FIRST)]})
    assert changing.operators(live) == numbers(SECOND), "the fact did not wait"
    assert live.open_steps(instance) == ["approve_personnel_change"]
    assert CLERK["post"] not in [post for post, _, _ in changing.holders(live)]
    leaves = formatting.plural(1, "persona que se va", "personas que se van")
    history = live.browser("sip").get("/entidades/E90001/historial").text
    assert f"Rigen los cambios del personal: {leaves}" in history
    live.answer("approve_personnel_change", "approved", instance=instance)
    assert live.row(instance).status == "ended"
    assert CLERK["post"] in [post for post, _, _ in changing.holders(live)]


@pytest.mark.nightly
def test_a_returned_post_comes_back_with_the_reason_and_can_be_dropped(live: Walk):
    post = CLERK | {"from_on": calendar.today().isoformat()}
    instance = change(live, {"posts": [post], "number": NUMBER})
    live.answer("approve_personnel_change", "returned", instance=instance)
    assert live.open_steps(instance) == ["record_personnel_change"]
    assert "resolución" in live.task("record_personnel_change", instance).reason
    changing.send(live, instance, {"leaving": [leaving(FIRST)]})
    assert live.row(instance).end == "change_personnel_done", "the earlier return counts once"


@pytest.mark.nightly
def test_a_determined_post_leaves_the_list_with_an_approval(live: Walk):
    today = calendar.today().isoformat()
    held = {"place": place_id(BUYER), "last_day": today, "leaves": True}
    instance = change(live, {"holders": [held], "number": NUMBER})
    assert (BUYER["post"], BUYER["document_number"], "") in changing.holders(live)
    live.answer("approve_personnel_change", "approved", instance=instance)
    assert (BUYER["post"], BUYER["document_number"], today) in changing.holders(live)


def test_a_site_with_another_name_is_the_site_of_all_its_people(live: Walk):
    old = FIRST["site"]
    change(live, {"renames": [{"what": "site", "before": old, "after": "Sede Norte"}]})
    assert {site for _, site in changing.roster(live).values()} == {"Sede Norte"}


@pytest.mark.nightly
def test_the_demo_register_changes_the_same_way(walk: Walk):
    changing.live(walk, "demo")
    change(walk, {"rows": [NEW], "leaving": [leaving(FIRST)]})
    there = [row for row in ROSTER if row is not FIRST]
    assert changing.officials(walk) == numbers(*there, NEW)
    assert changing.operators(walk) == numbers(SECOND, NEW)


@pytest.mark.nightly
def test_the_last_who_administers_leaves_and_a_redesignation_begins(live: Walk):
    more(live, "superuser", "40000001", "superuser")
    take(live, "administrator", "administrator")
    key = {"document_type": "DNI", "document_number": "40000013"}
    instance = live.begin("change_personnel")
    with pytest.raises(AssertionError, match="Eres tú"):
        changing.send(live, instance, {"leaving": [leaving(key)]}, by="alternate")
    changing.send(live, instance, {"leaving": [leaving(key)]}, by="sip")
    assert not live.has_role("40000013", "alternate")
    mail = live.mails("handed_over")[-1]
    assert mail.user_id == live.people["preparer"]
    assert "Se inició una nueva designación en " in mail.body
    live.tick()
    assert stranded(live) == []
    waits = select(Notice.kind).where(Notice.done_at.is_(None))
    assert live.all(waits) == ["nobody_left"]


# Several at once ------------------------------------------------------------------------------


def test_two_changes_that_together_leave_no_operator_are_not_both_possible(live: Walk):
    one = live.begin("change_personnel")
    changing.send(live, one, {"leaving": [leaving(FIRST)]})
    two = live.begin("change_personnel")
    with pytest.raises(ChangedMeanwhile):
        changing.write(live, two, [SECOND])


@pytest.mark.nightly
def test_the_same_leave_sent_twice_is_refused_the_second_time(live: Walk):
    change(live, {"leaving": [leaving(FIRST)]})
    two = live.begin("change_personnel")
    with pytest.raises(ChangedMeanwhile):
        changing.write(live, two, [FIRST])


@pytest.mark.nightly
def test_of_two_changes_that_add_a_post_only_one_is_approved(live: Walk):
    day = {"from_on": calendar.today().isoformat()}
    one = change(live, {"posts": [CLERK | day], "number": NUMBER})
    other = CLERK | day | {"document_number": "00000305", "given_names": "Rosa Persona"}
    two = change(live, {"posts": [other], "number": NUMBER})
    live.answer("approve_personnel_change", "approved", instance=one)
    with pytest.raises(ChangedMeanwhile):
        live.answer("approve_personnel_change", "approved", instance=two)
    live.answer("approve_personnel_change", "returned", instance=two)
    assert live.open_steps(two) == ["record_personnel_change"]
    assert [post for post, _, _ in changing.holders(live)].count(CLERK["post"]) == 1


@pytest.mark.nightly
@pytest.mark.postgresql
def test_two_who_write_at_once_leave_an_operator(live: Walk, monkeypatch: pytest.MonkeyPatch):
    one, two = live.begin("change_personnel"), live.begin("upkeep")
    confirmed = {"state": "changed", "leaving": [leaving(SECOND)]}
    # Without the lock, both would check before either has written.
    monkeypatch.setattr(roster, "movements", meeting(roster.movements, 2, 1))
    results = together(
        lambda: changing.send(live, one, {"leaving": [leaving(FIRST)]}),
        lambda: changing.send(live, two, confirmed, "confirm_register"),
    )
    assert results.count(None) == 1, "the other is refused"
    assert len(changing.operators(live)) == 1


# From the entity's page -------------------------------------------------------------------------


@pytest.mark.nightly
def test_the_administrator_starts_a_change_on_any_day_and_no_second_one(live: Walk):
    page = live.browser("administrator").get("/entidades/E90001/personas").text
    assert "Registrar cambios del personal" in page
    start = "/entidades/E90001/iniciar/cambios-del-personal"
    first, second = (live.browser("alternate").post(start) for _ in range(2))
    begun = live.all(select(Task).where(Task.step == "record_personnel_change"))
    assert len(begun) == 1
    assert first.location == second.location == f"/tareas/{begun[0].id}", "both lead to the step"
    assert live.browser("alternate").get(f"/tareas/{begun[0].id}/personal").status_code == 200
    for role in ("preparer", "sip", "secretary"):
        assert live.browser(role).post(start).status_code == 404


@pytest.mark.nightly
def test_another_change_is_possible_while_one_waits_for_the_authority(live: Walk):
    post = CLERK | {"from_on": calendar.today().isoformat()}
    waiting = change(live, {"posts": [post], "number": NUMBER})
    other = change(live, {"leaving": [leaving(FIRST)]})
    assert live.row(other).status == "ended"
    assert live.row(waiting).status == "running"


@pytest.mark.nightly
def test_a_change_shows_what_is_different_before_it_is_sent(live: Walk):
    begun = live.begin("change_personnel")
    task = live.draft("record_personnel_change", instance=begun)
    page = live.browser("administrator").get(f"/tareas/{task}/sustento").text
    assert "Altas (1)" in page
    assert "Bajas (1)" in page


# Requirements of the norm -----------------------------------------------------------------------


@pytest.mark.nightly
def test_a_norm_that_asks_for_the_paper_has_it_made_filed_and_reviewed(live: Walk):
    live.app.config["NORM_VERSION"] = "Directiva 001-2022-PCM/SIP"
    instance = change(live, {"rows": [NEW], "leaving": [leaving(FIRST)]})
    assert changing.operators(live) == numbers(SECOND, NEW), "the change did not wait for it"
    assert live.open_steps(instance) == ["file_personnel"], "the roster is not asked again"
    kinds = [entry.data["paper"] for entry in live.entries("paper.issued")]
    assert kinds == ["carta_presentacion", "sip_rvl_002"]
    live.answer("file_personnel", instance=instance)
    live.answer("record_personnel_reception", "received", instance=instance)
    live.answer("review_personnel", "accepted", instance=instance)
    assert live.row(instance).end == "change_personnel_done"
    assert changing.operators(live) == numbers(SECOND, NEW)


@pytest.mark.nightly
def test_that_norm_does_not_ask_for_it_when_only_officials_change(live: Walk):
    live.app.config["NORM_VERSION"] = "Directiva 001-2022-PCM/SIP"
    visited = NEW | {"profile": "visited_official"}
    assert live.row(change(live, {"rows": [visited]})).status == "ended"


# In parallel with other processes ---------------------------------------------------------------


@pytest.mark.nightly
def test_a_change_does_not_undo_and_is_not_undone_by_an_open_confirmation(live: Walk):
    cycle = live.begin("upkeep")
    live.draft("confirm_register", "confirmed", instance=cycle)
    change(live, {"rows": [NEW], "leaving": [leaving(FIRST)]})
    live.answer("confirm_register", "confirmed", instance=cycle)
    assert live.row(cycle).end == "upkeep_done"
    assert changing.operators(live) == numbers(SECOND, NEW)


@pytest.mark.nightly
def test_changes_written_in_the_confirmation_take_effect_in_it(live: Walk):
    cycle = live.begin("upkeep")
    values = {"state": "changed", "leaving": [leaving(FIRST)]}
    changing.send(live, cycle, values, "confirm_register")
    assert live.row(cycle).end == "upkeep_done"
    assert changing.operators(live) == numbers(SECOND)


@pytest.mark.nightly
def test_the_alternate_records_changes_while_another_administrator_is_designated(live: Walk):
    live.begin("redesignation")
    instance = live.begin("change_personnel")
    assert live.task("record_personnel_change", instance).due_at is None, "its term stands still"
    changing.send(live, instance, {"leaving": [leaving(FIRST)]}, by="alternate")
    assert live.row(instance).end == "change_personnel_done"
    assert changing.operators(live) == numbers(SECOND)


@pytest.mark.nightly
def test_a_change_is_written_page_by_page_and_sent_from_its_review(live: Walk):
    begun = live.begin("change_personnel")
    browser, task = live.browser("administrator"), live.task("record_personnel_change", begun).id
    gone = {f"leaving-0-{name}": value for name, value in leaving(FIRST).items()}
    answer = browser.post(f"/tareas/{task}/personal", data={"action": "next"} | gone)
    assert answer.location.endswith("/cargos")
    for page in ("cargos", "sustento"):
        browser.post(f"/tareas/{task}/{page}", data={"action": "next"})
    assert FIRST["document_number"] in browser.get(f"/tareas/{task}/revisar").text
    sent = browser.post(f"/tareas/{task}/revisar", data={"action": "submit"})
    assert sent.status_code == 303
    assert changing.operators(live) == numbers(SECOND)
    again = browser.post(f"/tareas/{task}/revisar", data={"action": "submit"})
    assert again.status_code in (303, 409)
    assert live.row(begun).status == "ended"


@pytest.mark.nightly
def test_each_page_of_a_change_can_stay_blank_except_the_last(live: Walk):
    begun = live.begin("change_personnel")
    browser, task = live.browser("administrator"), live.task("record_personnel_change", begun).id
    for page, following in (("personal", "cargos"), ("cargos", "sustento")):
        answer = browser.post(f"/tareas/{task}/{page}", data={"action": "next"})
        assert answer.status_code == 303, page
        assert answer.location.endswith(f"/{following}")
    answer = browser.post(f"/tareas/{task}/sustento", data={"action": "next"})
    assert answer.status_code == 422
    assert "No hay ningún cambio que registrar." in answer.text
