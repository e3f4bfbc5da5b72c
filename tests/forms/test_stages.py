"""The stages from the induction to the constancia: the promises of their shared shapes."""

from datetime import date, datetime

from werkzeug.datastructures import MultiDict

from forms import steps
from forms.drafts import as_formdata, errors_of
from forms.shapes import days, decision_makers
from forms.shapes.attendance import attendees, counts
from forms.shapes.loading import invented_roster
from forms.shapes.session_examples import DESIGNATED, LONE, published_session
from forms.shapes.sessions import value_of
from tests.forms.filled import SAMPLE, fill, values_of

TODAY = date(2026, 8, 31)
STEPS = steps()


def many(count):
    """Return a roster of that number of operators."""
    row = invented_roster(1, 0)[1]
    return [row | {"document_number": f"{n:08d}"} for n in range(1, count + 1)]


def test_working_days_skip_weekends_national_holidays_and_the_day_itself():
    for day, works in [
        ("2026-07-28", False),
        ("2026-08-01", False),
        ("2026-08-06", False),
        ("2026-08-07", True),
    ]:
        assert days.works(date.fromisoformat(day)) is works
    assert days.working_day(date(2026, 8, 5)) == date(2026, 8, 7)
    assert days.working_day(date(2026, 8, 7), 2) == date(2026, 8, 11)
    assert days.moment_words("2026-08-05T03:30:00+00:00") == "martes 4 de agosto de 2026, 22:30"


def test_a_chosen_session_is_recorded_as_published():
    session = published_session()
    given = {"thematic_sessions": [session], "today": date(2026, 8, 3)}
    form = fill(STEPS["choose_thematic_session"], {"session": value_of(session)}, given)
    assert form.validate()
    stored = form.answer()["thematic_session"]
    assert stored["session"] == session["id"]
    assert datetime.fromisoformat(stored["at"]) == datetime.fromisoformat(session["at"])


def test_a_preference_is_a_session_without_a_moment_and_is_shown_to_the_scheduler():
    values = {"session": "none", "wish_days": ["0", "4"], "wish_hours": "afternoon"}
    form = fill(STEPS["choose_technical_session"], values | {"wish_note": "Sin video"}, {})
    assert form.validate()
    written = form.answer()
    assert written["technical_session"]["at"] == ""
    shown = fill(STEPS["schedule_technical_induction"], {}, written)
    assert shown.wish() == "Lunes, viernes; por la tarde.\nSin video"


def test_without_an_alternate_no_question_about_one_is_shown():
    step = STEPS["record_thematic_induction"]
    assert "alternate" in fill(step, {}, {"administrator": DESIGNATED})
    assert "alternate" not in fill(step, {}, {"administrator": LONE})


def test_a_person_with_one_technical_profile_counts_once_and_as_technical():
    row = invented_roster(0, 1)[1]
    roster = [row, row | {"profile": "operator"}, row | {"movement": "baja", "profile": "operator"}]
    assert [person["group"] for person in attendees(roster)] == ["technical"]


def test_five_thousand_people_are_reported_by_their_exceptions():
    roster = many(5000)
    on_leave = roster[4998] | {"status": "leave", "reason": "Maternidad"}
    values = {
        "held": [{"group": "technical", "on": "20/08/2026"}],
        "listed": "\n".join(["Documento", *(f"DNI {n}" for n in range(301, 5001))]),
        "roll": [on_leave],
        "lists": SAMPLE.id,
    }
    form = fill(STEPS["report_training"], values, {"roster": roster, "today": TODAY})
    assert form.validate(), errors_of(form)
    report = form.answer()["training_report"]
    assert len(report["people"]) == 5000
    assert report["counts"]["technical"] == {
        "people": 5000,
        "present": 4699,
        "absent": 300,
        "leave": 1,
    }
    assert report["counts"] == counts(report["people"])


def test_a_returned_report_keeps_its_sessions_and_exceptions():
    step = STEPS["report_training"]
    given = {"roster": many(130), "today": TODAY, "training": None}
    values = {
        "held": [{"group": "technical", "on": "20/08/2026"}],
        "listed": "\n".join(f"{n}" for n in range(13, 131)),
        "lists": SAMPLE.id,
    }
    first = fill(step, values, given)
    assert first.validate(), errors_of(first)
    planned = {"technical": [{"at": "2026-08-28T15:00:00+00:00"}], "administrative": []}
    given |= first.answer() | {"training": planned}
    started = as_formdata(step.form, {**step.form.prefill(given), "lists": SAMPLE.id})
    again = step.form(MultiDict(started), given=given, files={SAMPLE.id: SAMPLE})
    assert again.validate(), errors_of(again)
    report = again.answer()["training_report"]
    assert [one["on"] for one in report["sessions"]] == ["2026-08-20", "2026-08-28"]
    assert report["counts"]["technical"]["absent"] == 12


def test_the_words_of_a_post_suggest_its_ground():
    for post, ground in [
        ("Viceministra de Gobernanza", "viceminister"),
        ("Teniente alcalde", "alderman"),
        ("ALCALDE DISTRITAL", "mayor"),
        ("Sub Gerente de Obras", "manager"),
        ("Asesora de la alcaldía", "adviser"),
        ("Jefe de almacén", ""),
    ]:
        assert decision_makers.ground_hint(post) == ground


def test_many_posts_become_a_table_and_the_same_posts_again():
    step = STEPS["define_decision_makers"]
    base = decision_makers.invented_posts()[1]
    posts = [base | {"post": f"Jefatura {n}"} for n in range(40)]
    values = step.form.prefill({"decision_makers": posts})
    assert set(values) == {"pasted"}
    form = fill(step, values, {"today": TODAY})
    assert form.validate(), errors_of(form)
    assert form.answer()["decision_makers"] == posts


def test_a_post_changes_holder_from_one_day_to_the_next_not_on_the_same_day():
    step = STEPS["define_decision_makers"]
    mayor = decision_makers.invented_posts()[0]
    left = mayor | {"to_on": "2026-06-30"}
    for day, good in (("2026-07-01", True), ("2026-06-30", False)):
        coming = mayor | {"document_number": "00000399", "from_on": day}
        form = fill(step, {"posts": [left, coming]}, {"today": TODAY})
        assert form.validate() is good, errors_of(form)


def test_trained_people_stay_trained_when_the_step_comes_back():
    step = STEPS["train_decision_makers"]
    given = {"decision_makers": decision_makers.invented_posts(), "today": TODAY}
    values = {"held_on": "28/08/2026", "topic": "Actos", "lists": SAMPLE.id}
    absent = {"roll": [decision_makers.invented_posts()[1] | {"status": "absent"}]}
    first = fill(step, values | absent, given)
    assert first.validate(), errors_of(first)
    assert first.outcome() == "incomplete"
    assert "Rojas Ejemplo" in first.reason()
    again = fill(step, values | {"held_on": "31/08/2026"}, given | first.answer())
    assert [person["document_number"] for person in again.people()] == ["00000302"]
    assert again.validate(), errors_of(again)
    assert again.outcome() == "trained"
    days_of = [person["held_on"] for person in again.answer()["decision_training"]["people"]]
    assert days_of == ["2026-08-28", "2026-08-31"]


def test_unanswered_calls_are_counted_until_a_letter_is_sent():
    step = STEPS["call_entity"]
    silent = {"result": "not_reached", "phone": "01 5550100"}
    second = {"call": {"failed_calls": 1, "called_on": "2026-08-28"}}
    for letter, failed in ((None, 2), ({"drafted_on": "2026-08-29"}, 1)):
        form = fill(step, silent, {**second, "letter": letter, "today": TODAY})
        assert form.validate(), errors_of(form)
        assert form.answer()["call"]["failed_calls"] == failed


def test_a_returned_letter_is_unchanged_and_a_signed_one_is_named_in_the_next():
    step = STEPS["draft_letter"]
    example = step.accepts[0]
    form = fill(step, values_of(step, example), example.given)
    assert form.validate(), errors_of(form)
    letter = form.answer()["letter"]
    assert letter["body"].startswith(letter["text"])
    assert "10 días hábiles" in letter["body"].splitlines()[-1]
    assert step.form.prefill({"letter": letter})["text"] == letter["text"]
    signed = letter | {"number": "D000009-2026", "signed_on": "2026-08-20"}
    assert "D000009-2026, del 20 de agosto" in step.form.prefill({"letter": signed})["text"]


def test_the_register_answers_the_demo_test_and_no_figure_is_typed():
    typed = {"visits": "4000", "notes": "Todo fue bien."}
    form = fill(STEPS["run_demo_test"], typed, {"demo_figures": [], "today": TODAY})
    assert form.validate(), errors_of(form)
    assert form.answer() == {"demo_evidence": {"notes": "Todo fue bien."}}
    assert not form.is_complete(), "nothing is known yet"


def test_an_incomplete_demo_test_lists_what_each_figure_needs():
    step = STEPS["run_demo_test"]
    whole, short = (step.form(given=example.given) for example in step.accepts[:2])
    assert whole.is_complete()
    assert not short.is_complete()
    assert [row["label"] for row in short.rows() if row["missing"]] == [
        "Visitas con ingreso y salida"
    ]


def test_a_stated_figure_of_a_demo_test_names_its_author():
    step = STEPS["approve_demo_test"]
    stated = step.form(given=step.accepts[2].given)
    assert "(constatación de Rosa Persona Ejemplo)" in stated.figures()[1][1]
    assert "constatación" not in stated.figures()[0][1]
    assert stated.statements() == ["Rosa Persona Ejemplo"]


def test_only_found_evidence_confirms_go_live_and_the_best_is_preselected():
    step = STEPS["confirm_production"]
    given = step.accepts[0].given
    assert step.form.prefill(given) == {"evidence": "first_visit"}
    assert step.form.prefill({"published": []}) == {}
    form = fill(step, {"decision": "confirmed", "link_in_place": "yes"}, given | {"published": []})
    assert "evidence" not in form
    assert not form.validate()


def test_only_a_difference_between_register_and_roster_needs_a_reason():
    step = STEPS["load_demo_personnel"]
    same, fewer = (step.form(given=example.given) for example in step.accepts)
    assert "explanation" not in same
    assert "explanation" in fewer
    assert "explanation" not in step.form(given={"roster": [], "demo_register": None})
