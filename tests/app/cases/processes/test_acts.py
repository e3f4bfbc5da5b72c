"""Answering a step: once, by one user, completely or not at all."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.base.models import Draft, Filing, User
from app.cases import arrivals, processes
from app.cases.processes import projection
from app.cases.processes.act import Act
from app.onboarding.tasks import taking
from app.onboarding.tasks.loading import TaskPage
from tests.app.together import killed, meeting, together
from tests.app.walk import Walk, example_pairs, filled_in, step_named
from tests.conftest import Clock
from tests.pages import CheckingClient

ADDRESS = "/tareas/{}/respuesta"
REVIEW = "/tareas/{}/revisar"


def posted(walk: Walk, step: str, outcome: str = "", **more: str) -> tuple[int, dict[str, str]]:
    """Return the open task of a one-page step, and the fields of an answer to it."""
    with walk.reading() as session:
        task = walk.find(session, step)
        user = walk.user(session, "sip")
        pairs = example_pairs(step, TaskPage.of(session, task.id, user).given, outcome)
    return task.id, dict(pairs) | {"action": "submit"} | more


def page_of(client: CheckingClient, task_id: int) -> str:
    """Return the address of a step's first page, to which its own address redirects."""
    return client.get(f"/tareas/{task_id}").location


@pytest.fixture
def received(walk: Walk) -> Walk:
    """Return a case that waits for the mesa de partes."""
    walk.begin_filed()
    return walk


def race(walk: Walk, clients: list[CheckingClient], monkeypatch: pytest.MonkeyPatch) -> list:
    """Confirm the reception from several browsers, which meet just before it is answered."""
    address = REVIEW.format(walk.draft("record_reception", "received"))
    meet_before(walk, monkeypatch, processes, "complete", len(clients))
    return together(*(lambda c=c: c.post(address, data={"action": "submit"}) for c in clients))


def meet_before(
    walk: Walk, monkeypatch: pytest.MonkeyPatch, place: object, name: str, people: int
) -> None:
    """Let as many threads meet just before a function."""
    one_writer = walk.engine.dialect.name == "sqlite"
    meet = meeting(getattr(place, name), people, 0.2 if one_writer else 5)
    monkeypatch.setattr(place, name, meet)


@pytest.mark.nightly
@pytest.mark.postgresql
def test_of_two_concurrent_answers_one_wins_and_the_other_learns_who_and_when(
    received: Walk, monkeypatch: pytest.MonkeyPatch
):
    received.people["another"] = received.person("40000031", "sip")
    clients = [received.browser("sip"), received.browser("another")]
    answers = race(received, clients, monkeypatch)
    assert sorted(answer.status_code for answer in answers) == [303, 409], answers
    loser = next(answer for answer in answers if answer.status_code == 409)
    task = received.task("record_reception")
    assert task.closed_by_id is not None
    assert received.get(User, task.closed_by_id).full_name in loser.text
    assert "08:00" in loser.text
    assert received.log().count("task.completed") == 4
    assert received.open_steps() == ["review_designation"]
    received.assert_consistent()


def twins(walk: Walk) -> list[CheckingClient]:
    """Return two browsers with the same sign-in."""
    client = walk.browser("sip")
    again = CheckingClient(walk.app, walk.app.response_class)
    with client.session_transaction() as cookie, again.session_transaction() as copy:
        copy.update(cookie)
    return [client, again]


@pytest.mark.nightly
@pytest.mark.postgresql
def test_a_double_click_answers_once(received: Walk, monkeypatch: pytest.MonkeyPatch):
    answers = race(received, twins(received), monkeypatch)
    assert sorted(answer.status_code for answer in answers) == [303, 409], answers
    assert received.log().count("task.completed") == 4
    assert received.open_steps() == ["review_designation"]


@pytest.mark.nightly
@pytest.mark.postgresql
def test_a_double_click_on_a_page_stores_one_draft(received: Walk, monkeypatch: pytest.MonkeyPatch):
    task_id, answer = posted(received, "record_reception", "received")
    address, clients = ADDRESS.format(task_id), twins(received)
    meet_before(received, monkeypatch, taking, "save_draft", len(clients))
    answers = together(*(lambda c=c: c.post(address, data=answer) for c in clients))
    assert [answer.status_code for answer in answers] == [303, 303]
    assert {answer.location for answer in answers} == {REVIEW.format(task_id)}
    draft = received.draft_of(task_id)
    assert draft is not None
    assert draft.revision == 1, "the second click stored nothing"
    assert received.open_steps() == ["record_reception"]


@pytest.mark.nightly
def test_a_page_that_is_sent_twice_one_after_the_other_leads_on(received: Walk):
    client = received.browser("sip")
    task_id, answer = posted(received, "record_reception", "received", action="next", revision="0")
    answers = [client.post(ADDRESS.format(task_id), data=answer) for _ in range(2)]
    assert [answer.location for answer in answers] == [REVIEW.format(task_id)] * 2
    assert "en otra ventana" not in client.get(REVIEW.format(task_id)).text


def test_the_back_button_after_an_answer_shows_that_it_was_given(received: Walk):
    client = received.browser("sip")
    task_id = received.draft("record_reception", "received")
    address = REVIEW.format(task_id)
    assert client.post(address, data={"action": "submit"}).status_code == 303
    before = received.row_counts()
    for again in (
        client.get(address),
        client.get(ADDRESS.format(task_id)),
        client.post(address, data={"action": "submit"}),
    ):
        assert again.status_code == 409
        assert "Persona Ejemplo 021" in again.text
    assert received.row_counts() == before


@pytest.mark.nightly
def test_a_tab_that_was_opened_before_the_draft_was_saved_does_not_answer_unseen(received: Walk):
    client = received.browser("sip")
    task_id, answer = posted(received, "record_reception", "received")
    page, review = ADDRESS.format(task_id), REVIEW.format(task_id)
    assert 'name="revision" value="0"' in client.get(page).text
    client.post(page, data=answer | {"action": "save", "revision": "0"})
    mine = client.post(page, data=answer | {"revision": "0"})
    assert mine.status_code == 303
    assert mine.location == page
    assert "en otra ventana" in client.get(page).text
    assert client.post(review, data={"action": "submit", "revision": "0"}).location == review
    assert received.open_steps() == ["record_reception"]
    sent = client.post(review, data={"action": "submit", "revision": "2"})
    assert sent.location.endswith(f"?desde={task_id}")


@pytest.mark.nightly
def test_a_user_who_is_overtaken_learns_by_which_user(received: Walk):
    other = received.browser_of(received.person("40000031", "sip"))
    client = received.browser("sip")
    task_id, answer = posted(received, "record_reception", "received")
    address = page_of(client, task_id)
    other.post(address, data=answer | {"action": "save", "revision": "0"})
    client.post(address, data=answer | {"revision": "0"})
    assert "Persona Ejemplo 031" in client.get(address).text


@pytest.mark.parametrize("revision", ["²", "-1", "9" * 5000, "x", "\x00", "1e3", " "])
def test_a_revision_that_is_no_number_is_as_none(received: Walk, revision: str):
    client = received.browser("sip")
    received.draft("record_reception", "received")
    task_id, answer = posted(received, "record_reception", "received", revision=revision)
    saved = client.post(page_of(client, task_id), data=answer | {"action": "save"})
    assert saved.status_code == 303


# Completely or not at all ---------------------------------------------------------------------


def complete(walk: Walk, task_id: int, by: str = "sip") -> None:
    """Answer a step with its draft."""
    with walk.writing() as session:
        user = walk.user(session, by)
        task_page = TaskPage.of(session, task_id, user)
        processes.complete(session, task_id, task_page.step, task_page.form, user.id)


@pytest.mark.guard("a process is killed in an act")
def test_a_process_killed_before_its_commit_has_done_nothing(received: Walk):
    task_id = received.draft("record_reception", "received")
    before = received.row_counts()
    for when, number in (("after_flush", 1), ("after_flush", 2), ("before_commit", 1)):
        assert killed(received.app, lambda: complete(received, task_id), when, number), when
        assert received.row_counts() == before, (when, number)
    received.assert_consistent()
    complete(received, task_id)
    assert received.open_steps() == ["review_designation"]


@pytest.mark.nightly
def test_a_process_killed_after_its_commit_has_done_all(received: Walk):
    task_id = received.draft("record_reception", "received")
    assert killed(received.app, lambda: complete(received, task_id), "after_commit")
    assert received.task("record_reception").state == "completed"
    assert received.open_steps() == ["review_designation"]
    received.assert_consistent()
    with pytest.raises(processes.TaskTaken):
        complete(received, task_id)


@pytest.mark.guard("a worker is killed in a tick")
def test_a_tick_killed_before_its_commit_forgets_nothing_and_repeats_nothing(
    received: Walk, clock: Clock
):
    received.answer("record_reception", "observed")
    received.acknowledge("correct_designation")
    clock.forward(days=4)
    before = received.row_counts()
    for when in ("after_flush", "before_commit"):
        assert killed(received.app, received.tick, when), when
        assert received.row_counts() == before
    assert received.tick() == 1
    assert received.log().count("task.lapsed") == 1
    assert received.tick() == 0


@pytest.mark.nightly
def test_an_act_that_fails_at_its_end_leaves_no_record_file_mail_or_entry(
    begun: Walk, monkeypatch: pytest.MonkeyPatch
):
    begun.answer("designate_administrator")
    task_id = begun.draft("list_personnel")
    before = begun.row_counts()
    real = projection.save

    def save(act: Act) -> None:
        real(act)
        raise RuntimeError("at the very end")

    monkeypatch.setattr(projection, "save", save)
    with pytest.raises(RuntimeError, match="at the very end"):
        complete(begun, task_id, "preparer")
    assert begun.row_counts() == before


def test_an_outcome_that_a_step_does_not_declare_changes_nothing(
    received: Walk, monkeypatch: pytest.MonkeyPatch
):
    task_id = received.draft("record_reception", "received")
    before = received.row_counts()
    monkeypatch.setattr(
        "forms.record_reception.Form.outcome", lambda self: "accepted", raising=False
    )
    with pytest.raises(ValueError, match="accepted"):
        complete(received, task_id)
    assert received.row_counts() == before


# The term -------------------------------------------------------------------------------------


@pytest.fixture
def observed(received: Walk) -> Walk:
    """Return a case that the mesa de partes observed, with two working days to correct it."""
    received.answer("record_reception", "observed")
    received.acknowledge("correct_designation")
    return received


@pytest.mark.nightly
def test_an_answer_that_comes_after_the_term_is_too_late_and_its_draft_stays(
    observed: Walk, clock: Clock
):
    task_id = observed.draft("correct_designation")
    due_at = observed.task("correct_designation").due_at
    assert due_at is not None
    clock.set(due_at)
    client = observed.browser("preparer")
    draft = observed.draft_of(task_id)
    late = client.post(f"/tareas/{task_id}/revisar", data={"action": "submit"})
    assert late.status_code == 409
    assert "venció" in late.text.lower()
    assert observed.task("correct_designation").state == "lapsed"
    assert filled_in(observed.draft_of(task_id).pairs) == filled_in(draft.pairs)
    assert observed.open_steps() == ["designate_administrator"]
    assert observed.log().count("task.completed") == 4
    observed.assert_consistent()


@pytest.mark.nightly
def test_an_answer_in_the_last_instant_of_the_term_counts(observed: Walk, clock: Clock):
    due_at = observed.task("correct_designation").due_at
    assert due_at
    clock.set(due_at - timedelta(microseconds=1))
    observed.answer("correct_designation")
    assert observed.task("correct_designation").state == "completed"


@pytest.mark.nightly
def test_after_a_lapse_the_designation_begins_with_what_the_correction_said_and_why(
    observed: Walk, clock: Clock
):
    task_id = observed.draft("correct_designation")
    with observed.writing() as session:
        draft = session.get_one(Draft, task_id)
        draft.pairs = [
            [key, "Asesora corregida" if key == "authority-post" else value]
            for key, value in draft.pairs
        ]
        assert any(value == "Asesora corregida" for _, value in draft.pairs), draft.pairs
    clock.forward(days=5)
    observed.tick()
    again = observed.task("designate_administrator")
    assert again.id > task_id
    client = observed.browser("preparer")
    why = arrivals.ARRIVALS["correction_lapsed"].sentence
    assert why in client.get(page_of(client, again.id)).text
    screens = step_named("designate_administrator").form.screens()
    pages = "".join(client.get(f"/tareas/{again.id}/{page.key}").text for page in screens)
    assert "Asesora corregida" in pages


@pytest.mark.nightly
def test_the_lapse_closes_the_filing_but_not_the_obligation(observed: Walk, clock: Clock):
    clock.forward(days=5)
    observed.tick()
    filing = observed.one(select(Filing))
    assert (filing.result, filing.closed_at is not None) == ("lapsed", True)
    observed.designate()
    observed.answer("record_reception", "received")


@pytest.mark.nightly
def test_a_step_of_a_suspended_process_cannot_be_answered(received: Walk):
    task_id = received.draft("record_reception", "received")
    received.act(processes.suspend, "Porque sí, es una prueba")
    before = received.row_counts()
    with pytest.raises(processes.TaskTaken):
        complete(received, task_id)
    client = received.browser("sip")
    assert client.post(ADDRESS.format(task_id), data={"action": "submit"}).status_code == 409
    after = received.row_counts()
    assert {k: v for k, v in after.items() if k != "sign_in"} == {
        k: v for k, v in before.items() if k != "sign_in"
    }
