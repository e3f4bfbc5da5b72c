"""Observations that are tied to what is reviewed: papers, pages, rows and items."""

from __future__ import annotations

from typing import Any

import pytest

from forms import steps
from forms.drafts import errors_of
from forms.shapes.anchors import Rows, change_of
from forms.shapes.decision_makers import invented_posts
from forms.shapes.demo_test import invented_evidence
from forms.shapes.designation_anchors import names
from forms.shapes.filing import DESIGNATION, PERSONNEL
from forms.shapes.filing_examples import ADMINISTRATOR, AUTHORITY, ENTITY_KNOWN, ROSTER, filing
from forms.shapes.observations import line_of, paper_of
from forms.shapes.presentation_examples import given_of
from forms.shapes.review_anchors import Posts
from tests.forms.filled import fill

SIGNED = [
    {"kind": kind, "title": "", "file": {"id": f"file-{kind}", "pages": 3}}
    for kind in (*DESIGNATION, *PERSONNEL)
]
RECORDS = {
    "entity": ENTITY_KNOWN,
    "authority": AUTHORITY,
    "administrator": ADMINISTRATOR,
    "roster": ROSTER,
}
GIVEN = (
    given_of(DESIGNATION)
    | RECORDS
    | {"filing": filing(signed=SIGNED, salt="a secret of the installation")}
)
#: The records of a designation as they were observed.
OBSERVED = {"entity": ENTITY_KNOWN, "authority": AUTHORITY, "administrator": ADMINISTRATOR}
ROW = Rows(GIVEN).code_of(ROSTER[1])
NAME = f"{ROSTER[1]['given_names']} {ROSTER[1]['surnames']}"


def review(values: dict[str, Any], given: dict[str, Any] = GIVEN) -> Any:
    return fill(steps()["review_designation"], values, given)


def observing(*codes: str) -> dict[str, Any]:
    listed = [{"anchor": code, "text": "Corrígelo."} for code in codes]
    return {"result": "observed", "observations": listed}


def test_an_observation_is_tied_to_what_is_reviewed():
    for code, words, paper in [
        ("paper.sip_rvl_001", "Formato SIP-RVL-001", "sip_rvl_001"),
        ("page.sip_rvl_002.2", "Formato SIP-RVL-002, página 2", "sip_rvl_002"),
        (ROW, f"Fila 2: {NAME}", "sip_rvl_002"),
        (
            "field.administrator-link",
            "Administrador titular: Vínculo con la entidad",
            "sip_rvl_001",
        ),
        ("field.scope", "Qué registros administrará", "sip_rvl_001"),
    ]:
        form = review(observing(code))
        assert form.validate(), errors_of(form)
        (made,) = form.answer()["filing"]["observations"]
        assert line_of(made) == f"1. {words}: Corrígelo."
        assert (made["anchor"], paper_of(made)) == (code, paper)


def test_a_forged_anchor_is_refused():
    for code in [
        "page.sip_rvl_002.4",
        "page.sip_rvl_002.0",
        "page.sip_rvl_002.02",
        "paper.constancia",
        "row.0000000000000000",
        "gone.0000000000000000",
        "field.administrator-password",
        "field.administrator",
        "figure.visits",
        "x" * 101,
    ]:
        form = review(observing(code))
        assert not form.validate()
        assert list(errors_of(form)) == ["observations-0-anchor"]
        assert form.anchor(code) is None


def test_a_person_who_is_no_longer_on_the_roster_is_observed():
    without = GIVEN | {"roster": [ROSTER[0], *ROSTER[2:]]}
    known = without | {"accepted_roster": ROSTER}
    gone = Rows(known).code_of(ROSTER[1], "gone")
    form = review(observing(gone), known)
    assert form.validate(), errors_of(form)
    (observed,) = form.answer()["filing"]["observations"]
    assert line_of(observed) == f"1. Ya no está: {NAME}: Corrígelo."
    assert observed["target_kind"] == "row"
    assert form.row_code(ROSTER[1], 0) == gone
    correction = fill(steps()["correct_designation"], {}, without)
    assert correction.where(observed) == "personal#roster"
    assert review({}, known).anchor(ROW) is None
    assert review({}, GIVEN | {"accepted_roster": ROSTER}).anchor(gone) is None
    assert review({}, without).anchor(gone) is None
    assert change_of(review({}, without).places, observed).kind == "still_gone"
    assert change_of(review({}, GIVEN).places, observed).kind == "back"
    baja = GIVEN | {"roster": [ROSTER[1] | {"movement": "baja"}]}
    assert change_of(review({}, baja).places, observed).kind == "still_gone"


def test_without_an_alternate_nothing_of_one_is_observed():
    alone = GIVEN | {"administrator": ADMINISTRATOR | {"alternate": None}}
    assert review({}, GIVEN).anchor("field.alternate-post")
    assert review({}, alone).anchor("field.alternate-post") is None
    assert review({}, alone).anchor("field.has_alternate").was == {"words": "No"}


def test_the_code_of_a_row_has_no_document_and_differs_between_cases():
    other = Rows(GIVEN | {"filing": filing(salt="another case")})
    assert ROSTER[1]["document_number"] not in ROW
    assert other.code_of(ROSTER[1]) != ROW
    assert Rows(GIVEN).code_of(ROSTER[1] | {"post": "Otro"}) == ROW


def test_a_second_look_offers_no_new_observation():
    second = GIVEN | {"filing": filing(rounds=1, signed=SIGNED, salt="s")}
    assert review({}, second).anchor("paper.sip_rvl_001") is None


def test_every_item_of_a_designation_has_words():
    form = review({})
    assert len(names()) > 40
    assert all(form.anchor(f"field.{name}").words for name in names())
    shown = form.anchor("field.administrator-document_number").was["words"]
    assert ADMINISTRATOR["holder"]["document_number"] not in shown


def made(code: str) -> dict[str, Any]:
    (observation,) = review(observing(code)).answer()["filing"]["observations"]
    return dict(observation)


def after(code: str, **records: Any) -> Any:
    """Return the change at an anchor, after the entity corrected some records."""
    return change_of(review({}, GIVEN | records).places, made(code))


def test_the_change_at_an_anchor_is_what_stood_there_and_what_stands_there_now():
    rows = [ROSTER[0], ROSTER[1] | {"post": "Jefa de mesa"}, *ROSTER[2:]]
    assert after(ROW, roster=rows).cells == (("Cargo", "Recepcionista", "Jefa de mesa"),)
    renumbered = ROSTER[1] | {"document_number": "9" + ROSTER[1]["document_number"][1:]}
    ((label, old, new),) = after(ROW, roster=[ROSTER[0], renumbered, *ROSTER[2:]]).cells
    assert (label, new) == ("Documento", f"{old} (otro número)")
    twice = [renumbered, renumbered | {"document_number": "00000999"}]
    assert after(ROW, roster=twice).kind == "gone"
    known = OBSERVED | {"roster": [ROSTER[1], renumbered]}
    assert after(ROW, roster=[renumbered], observed_records=known).kind == "gone"
    assert after(ROW, roster=[*reversed(ROSTER)]).kind == "same"
    assert after(ROW, roster=[ROSTER[0], *ROSTER[2:]]).kind == "gone"
    assert after(ROW, roster=[ROSTER[1] | {"movement": "baja"}]).kind == "gone"
    holder = ADMINISTRATOR["holder"] | {"link": "other"}
    moved = after("field.administrator-link", administrator=ADMINISTRATOR | {"holder": holder})
    assert [cell[2] for cell in moved.cells] == ["Otro"]
    again = [SIGNED[0], SIGNED[1] | {"file": {"id": "new", "pages": 1}}]
    replaced = after("page.sip_rvl_001.3", filing=filing(signed=again))
    assert (replaced.kind, replaced.old_file, replaced.new_file) == (
        "replaced",
        "file-sip_rvl_001",
        "new",
    )


def test_an_observation_of_an_older_release_has_no_change():
    form = review({})
    assert change_of(form.places, {"target": "sip_rvl_001: Cargo"}).kind == "unknown"
    assert change_of(form.places, {"anchor": ROW, "was": {}}).kind == "unknown"


def test_an_observation_leads_to_what_it_asks_to_correct():
    observed = [made(code) for code in (ROW, "field.administrator-link", "page.sip_rvl_001.2")]
    given = GIVEN | {"filing": filing(rounds=1, signed=SIGNED, observations=observed)}
    step = steps()["correct_designation"]
    form = fill(step, step.form.prefill(given), given)
    assert [form.where(one) for one in form.observations] == [
        "personal?hoja=1#roster-2",
        "administrador#administrator-link",
        "presentar#signed_sip_rvl_001",
    ]
    assert [form.page_seen(one) for one in form.observations] == [
        ("", 0),
        ("", 0),
        ("file-sip_rvl_001", 2),
    ]
    without = fill(step, step.form.prefill(given | {"roster": ROSTER[:1]}), given)
    assert without.where(observed[0]) == "personal#roster"
    assert form.where({"target": "sip_rvl_001 p. 2"}) == ""


def test_a_second_look_shows_changes_that_were_not_observed():
    observed = OBSERVED | {"roster": ROSTER}
    holder = ADMINISTRATOR["holder"] | {"post": "Jefe"}
    now = {"administrator": ADMINISTRATOR | {"holder": holder, "alternate": None}}
    many = [ROSTER[1] | {"document_number": f"{n:08}"} for n in range(1000)]
    form = review({}, GIVEN | now | {"roster": many, "observed_records": observed})
    old = ADMINISTRATOR["holder"]["post"]
    assert ("Administrador titular: Cargo", old, "Jefe") in form.since.cells
    assert ("Designas también a un alterno", "Sí", "No") in form.since.cells
    assert not any("RUC" in label for label, *_ in form.since.cells)
    assert form.since.roster.counts() == {"added": 1000, "removed": len(ROSTER), "changed": 0}
    moved = ENTITY_KNOWN | {"address": "Jirón Muestra 7"}
    form = review({}, GIVEN | {"entity": moved, "observed_records": observed})
    (cell,) = form.since.cells
    assert cell[1:] == (ENTITY_KNOWN["address"], "Jirón Muestra 7")
    same = observed | {"roster": None}
    assert not review({}, GIVEN | {"observed_records": same}).since
    assert review({}).since is None


def test_another_document_number_is_seen_though_it_is_masked_alike():
    holder = ADMINISTRATOR["holder"]
    number = holder["document_number"]
    other = ("1" if number[0] == "0" else "0") + number[1:]
    now = {"administrator": ADMINISTRATOR | {"holder": holder | {"document_number": other}}}
    ((_, old, new),) = after("field.administrator-document_number", **now).cells
    assert number not in old
    assert new == f"{old} (otro número)"
    observed = OBSERVED | {"roster": None}
    form = review({}, GIVEN | now | {"observed_records": observed})
    assert [cell[1:] for cell in form.since.cells] == [(old, new)]
    assert after("field.administrator-document_number").kind == "same"


REPORT: dict[str, Any] = {
    "counts": {"technical": {"people": 3, "present": 2, "absent": 1, "leave": 0}},
    "people": [ROSTER[1] | {"status": "absent", "reason": ""}],
    "file": {"id": "lists", "pages": 2},
}
POSTS = invented_posts()
HOLDER = f"{POSTS[0]['given_names']} {POSTS[0]['surnames']}"


@pytest.mark.parametrize(
    ("step", "record", "before", "after", "code", "change"),
    [
        (
            "approve_demo_test",
            "demo_evidence",
            invented_evidence(),
            invented_evidence() | {"visits": 12},
            "figure.visits",
            ("Visitas con ingreso y salida", "10", "12"),
        ),
        (
            "review_training",
            "training_report",
            REPORT,
            REPORT | {"people": [ROSTER[1] | {"status": "leave", "reason": "Vacaciones"}]},
            "person.1",
            ("Asistencia", "No asistió", "Con licencia, vacaciones o descanso médico"),
        ),
        (
            "review_training",
            "training_report",
            REPORT,
            REPORT | {"counts": {"technical": REPORT["counts"]["technical"] | {"present": 3}}},
            "group.technical",
            ("Asistieron", "2", "3"),
        ),
        (
            "confirm_production",
            "production",
            {"go_live_on": "2026-10-12", "link": "https://a.example.pe"},
            {"go_live_on": "2026-10-13", "link": "https://a.example.pe"},
            "field.go_live_on",
            ("Salida en vivo", "12/10/2026", "13/10/2026"),
        ),
        (
            "approve_decision_makers",
            "decision_makers",
            POSTS,
            [POSTS[0] | {"norm": "Ley de muestra"}, *POSTS[1:]],
            Posts.code_of(POSTS[0]),
            ("Norma", POSTS[0]["norm"], "Ley de muestra"),
        ),
        (
            "approve_decision_makers",
            "decision_makers",
            POSTS,
            [POSTS[0] | {"given_names": "Eva", "surnames": "Díaz Prueba"}, *POSTS[1:]],
            Posts.code_of(POSTS[0]),
            ("Quién lo ocupa", HOLDER, "Eva Díaz Prueba"),
        ),
    ],
)
def test_another_look_at_other_work_lists_each_observation_with_its_change(
    step: str, record: str, before: Any, after: Any, code: str, change: tuple[str, ...]
):
    chosen: Any = steps()[step]
    (returned,) = chosen.form.returning
    values = {"decision": returned, "observations": [{"anchor": code, "text": "Mira esto."}]}
    first = fill(chosen, values, {record: before})
    assert first.validate(), errors_of(first)
    assert first.reason().startswith("1. ")
    (name,) = (name for name in chosen.gives if name in chosen.needs)
    review = first.answer()[name]
    second = fill(chosen, {}, {record: after, name: review | {"by": "Rosa Ejemplo"}})
    (looked,) = second.earlier()
    assert (looked.number, looked.by, looked.at) == (1, "Rosa Ejemplo", review["on"])
    assert looked.change.cells[0] == change
    third = fill(chosen, {}, {record: type(after)(), name: review})
    assert [one.change.kind for one in third.earlier()] == ["gone"]


def test_a_corrected_holder_of_a_post_is_seen():
    code = Posts.code_of(POSTS[0])
    was = dict(Posts({"decision_makers": POSTS}).find(code).was)
    number = "9" + POSTS[0]["document_number"][1:]
    corrected = POSTS[0] | {"document_number": number, "surnames": "Díaz Prueba"}
    now = Posts({"decision_makers": [corrected]})
    name, document = now.change(code, was).cells
    assert name[0] == "Quién lo ocupa"
    assert document == ("Documento", document[1], f"{document[1]} (otro número)")
    assert number not in document[2]
    regidor = {"ground": "alderman", "post": "Regidor"}
    left = Posts(
        {"decision_makers": [POSTS[0] | regidor | {"surnames": "B", "document_number": "7"}]}
    )
    assert left.change("post.0", was | {"Cargo": "Regidor"}).kind == "gone"


def test_a_return_needs_a_reason_or_an_observation():
    step = steps()["approve_demo_test"]
    given = {"demo_evidence": invented_evidence()}
    assert not fill(step, {"decision": "observed"}, given).validate()
    blank = {"decision": "observed", "observations": [{"text": ""}]}
    assert list(faults_of(step, blank, given)) == ["observations-0-text"]
    forged = {"decision": "observed", "observations": [{"anchor": "figure.x", "text": "Mira."}]}
    assert list(faults_of(step, forged, given)) == ["observations-0-anchor"]
    loose = {"decision": "observed", "observations": [{"text": "Falta todo."}]}
    assert fill(step, loose, given).reason() == "1. Falta todo."


def faults_of(step: Any, values: Any, given: Any) -> dict[str, str]:
    form = fill(step, values, given)
    form.validate()
    return errors_of(form)


def test_the_pages_of_attendance_lists_are_named():
    form = fill(steps()["review_training"], {}, {"training_report": REPORT})
    assert form.anchor("page.attendance_lists.2").words.endswith("página 2")
    assert form.anchor("page.attendance_lists.3") is None
    values = {
        "decision": "observed",
        "observations": [{"anchor": "page.attendance_lists.1", "text": "Faltan firmas."}],
    }
    form = fill(steps()["review_training"], values, {"training_report": REPORT})
    assert form.validate()
    assert form.reason().startswith("1. Listas de asistencia a la capacitación, página 1: ")
