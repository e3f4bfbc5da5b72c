"""*Soy yo* and known people are offered wherever a step asks for a person."""

from __future__ import annotations

import html
import re
from types import SimpleNamespace

import pytest

import forms
from app.base.models import Draft, Task
from app.cases import records
from app.cases.processes.act import Act
from app.onboarding.tasks import known_people
from app.onboarding.tasks.loading import TaskPage
from forms.drafts import as_formdata
from forms.fields.roster import rows_from
from tests.app.walk import Walk


def draft_of(walk: Walk, task: int) -> dict[str, str]:
    """Return the draft of a task."""
    with walk.reading() as session:
        draft = session.get(Draft, task)
        return dict(draft.pairs) if draft else {}


def buttons(page: str) -> dict[str, str]:
    """Return the buttons that fill in a person: label → action."""
    found = re.findall(r'name="action" value="(known:[^"]+)">([^<]+)<', page)
    return {html.unescape(label): action for action, label in found}


def test_the_steps_that_ask_for_a_person():
    """Find groups of names, rosters, lists of posts; add a step that has another kind of field."""
    found = {
        step.id
        for step in forms.steps().values()
        if any(known_people._kind(field) for field in step.form())
    }
    assert found == {
        "designate_administrator",
        "correct_designation",
        "list_personnel",
        "update_personnel",
        "correct_personnel",
        "load_production_personnel",
        "register_authority_change",
        "define_decision_makers",
        "record_personnel_change",
        "confirm_register",
    }


@pytest.mark.parametrize("group", ["authority", "administrator", "alternate"])
def test_the_person_signed_in_fills_in_her_own_data_with_one_button(begun: Walk, group: str):
    task = begun.task("designate_administrator").id
    page = next(
        one.key for one in forms.steps()["designate_administrator"].form.pages
        if group in one.fields
    )  # fmt: skip
    client = begun.browser("preparer")
    place = f"/tareas/{task}/{page}"
    action = buttons(client.get(place).text)["Soy yo"]
    data = {f"{group}-post": "Jefa de sistemas", "has_alternate": "yes", "action": action}
    answer = client.post(place, data=data, follow_redirects=True)
    draft = draft_of(begun, task)
    assert draft[f"{group}-document_number"] == "40000011"
    assert draft[f"{group}-given_names"] == "Persona"
    assert draft[f"{group}-email"] == "persona.011@example.pe"
    assert draft[f"{group}-post"] == "Jefa de sistemas"  # what was typed stays
    assert "Escribimos los datos de Persona Ejemplo 011" in answer.text
    assert "Soy yo" not in buttons(answer.text)


def test_the_administrator_of_one_format_is_offered_for_the_other(begun: Walk):
    begun.answer("designate_administrator")
    task = begun.task("list_personnel").id
    client = begun.browser("preparer")
    place = f"/tareas/{task}/personal"
    offered = buttons(client.get(place).text)
    label = next(one for one in offered if one.endswith("(administrador)"))
    client.post(place, data={"action": offered[label]})
    (row,) = rows_from(draft_of(begun, task)["roster"])
    assert row["profile"] == "administrator"
    assert row["email"]
    assert f"{row['given_names']} {row['surnames']}" in label
    assert label not in buttons(client.get(place).text)


@pytest.mark.nightly
def test_a_row_without_a_profile_is_opened_to_choose_it(begun: Walk):
    begun.answer("designate_administrator")
    task = begun.task("list_personnel").id
    client = begun.browser("preparer")
    place = f"/tareas/{task}/personal"
    client.post(place, data={"action": buttons(client.get(place).text)["Agregarme a mí"]})
    assert draft_of(begun, task)["roster-editing"] == "1"


def test_a_person_typed_on_one_page_is_offered_on_the_next(begun: Walk):
    task = begun.draft("designate_administrator")
    page = begun.browser("preparer").get(f"/tareas/{task}/administrador").text
    assert any(one.endswith("(máxima autoridad administrativa)") for one in buttons(page))
    # The alternate has to be another person.
    assert not any("alterno" in one for one in buttons(page))


def test_the_data_officer_can_be_filled_in(walk: Walk):
    walk.begin_at("production")
    task = walk.task("load_production_personnel").id
    client = walk.browser("administrator")
    place = f"/tareas/{task}/datos"
    client.post(place, data={"action": buttons(client.get(place).text)["Soy yo"]})
    assert draft_of(walk, task)["data_officer-surnames"] == "Ejemplo 012"


def test_the_authoritys_first_day_is_prefilled(walk: Walk):
    step = forms.steps()["define_decision_makers"]
    authority = {
        "document_type": "DNI", "document_number": "00000301", "given_names": "Rosa Persona",
        "surnames": "Díaz Muestra", "post": "Alcaldesa", "since_on": "2023-01-02",
    }  # fmt: skip
    row = {**authority, "unit": "Alcaldía", "profile": "decision_maker", "movement": "alta"}
    pairs = dict(
        as_formdata(step.form, step.form.prefill({"roster": [row], "authority": authority}))
    )
    assert pairs["posts-0-from_on"] == "02/01/2023"


def test_a_coordinator_who_takes_dictation_is_not_offered(begun: Walk):
    with begun.writing() as session:
        task = session.get_one(Task, begun.task("designate_administrator").id)
        task_page = TaskPage(session, task, begun.user(session, "sip"), on_behalf=True)
        offered = known_people.offers(task_page, task_page.page("administrador"))
        assert all(one.label != "Soy yo" for one in offered["administrator"])


def test_a_button_of_another_page_or_person_fills_nothing(begun: Walk):
    task = begun.task("designate_administrator").id
    client = begun.browser("preparer")
    for action in ("known:authority:nobody", "known:entity:me", "known:authority:me", "known:"):
        client.post(f"/tareas/{task}/administrador", data={"action": action})
    assert not any(
        key.endswith("document_number") and value for key, value in draft_of(begun, task).items()
    )


@pytest.mark.nightly
def test_the_authority_is_added_to_the_posts_with_the_day_that_is_known(walk: Walk):
    walk.begin_at("interest_acts")
    walk.answer("enable_interest_acts")
    with walk.writing() as session:
        case = Act.hold(session, walk.id, None).case
        authority = records.read(case, "authority")
        records.write(case, "authority", {**authority, "since_on": "2023-01-02"})
    task = walk.task("define_decision_makers").id
    client = walk.browser("administrator")
    place = client.get(f"/tareas/{task}").location
    while "remove:posts:0" in client.get(place).text:
        client.post(place, data=posts_of(walk, task) | {"action": "remove:posts:0"})
    label, action = next(iter(buttons(client.get(place).text).items()))
    assert label.endswith("(máxima autoridad)")
    client.post(place, data={"action": action})
    draft = draft_of(walk, task)
    assert draft["posts-0-from_on"] == "02/01/2023"
    assert draft["posts-0-document_number"] == authority["document_number"]
    assert draft["posts-0-post"] == authority["post"]


def posts_of(walk: Walk, task: int) -> dict[str, str]:
    """Return the posts that the page shows, as a browser would post them."""
    with walk.writing() as session:
        row = session.get_one(Task, task)
        task_page = TaskPage(session, row, walk.user(session, "administrator"))
        return {key: value for key, value in task_page.pairs if key.startswith("posts-")}


def test_the_alternate_is_not_offered_the_administrator_who_reads(begun: Walk):
    task = begun.task("designate_administrator").id
    client = begun.browser("preparer")
    place = f"/tareas/{task}/administrador"
    client.post(place, data={"action": buttons(client.get(place).text)["Soy yo"]})
    # The alternate has to be another person than the administrator.
    assert "Soy yo" not in buttons(client.get(f"/tareas/{task}/alterno").text)


@pytest.mark.parametrize(
    ("kind", "left"), [("roster", "administrator"), ("group", known_people.ME)]
)
def test_the_reader_with_a_post_is_offered_once(kind: str, left: str):
    person = {"document_type": "DNI", "document_number": "00000101"}
    people = [
        known_people.KnownPerson(known_people.ME, "", person),
        known_people.KnownPerson("administrator", "", person),
    ]
    field = SimpleNamespace(name="any", kind=kind, form=known_people.NAMES)
    assert [one.key for one in known_people._without_duplicates(people, field)] == [left]
