"""What a reviewer reads next to a decision: posts that changed, people of a training, items."""

from __future__ import annotations

from forms.shapes import attended, compared_posts, designation_items
from forms.shapes.decision_makers import invented_posts
from forms.shapes.designation_anchors import Designation
from forms.shapes.filing_examples import ADMINISTRATOR, AUTHORITY, ENTITY

MAYOR, BUYER = invented_posts()
ANA = {"given_names": "Ana", "surnames": "Ñahui Ejemplo", "group": "technical", "reason": ""}


def test_another_order_of_posts_or_a_list_that_was_never_judged_shows_no_changes():
    assert compared_posts.changes_of([MAYOR], None) is None
    assert compared_posts.changes_of([BUYER, MAYOR], [MAYOR, BUYER]) == []


def test_posts_that_changed_are_marked_with_their_cells():
    another = BUYER | {"document_number": "00000303", "given_names": "Eva Persona"}
    found = compared_posts.changes_of([MAYOR | {"norm": "Ley 27972"}, another], [MAYOR, BUYER])
    assert [(one.kind, one.post["given_names"]) for one in found or ()] == [
        ("alta", "Eva Persona"),
        ("baja", BUYER["given_names"]),
        ("cambio", MAYOR["given_names"]),
    ]
    assert found is not None
    assert found[2].cells == (("Norma", "", "Ley 27972"),)


def test_a_holder_whose_name_or_document_is_corrected_stays_on_the_post_of_any_spelling():
    found = compared_posts.changes_of([BUYER | {"surnames": "Rojas Prueba"}], [BUYER])
    assert [(one.kind, one.cells) for one in found or ()] == [
        ("cambio", (("Apellidos", BUYER["surnames"], "Rojas Prueba"),))
    ]
    number = "9" + BUYER["document_number"][1:]
    found = compared_posts.changes_of([MAYOR, BUYER | {"document_number": number}], [BUYER, MAYOR])
    assert [one.kind for one in found or ()] == ["cambio"]
    assert found is not None
    ((label, old, new),) = found[0].cells
    assert (label, new) == ("Documento", f"{old} (otro número)")
    assert number not in new
    moved = compared_posts.changes_of([BUYER | {"from_on": "2026-02-03"}], [BUYER])
    assert moved is not None
    assert [(one.kind, one.cells[0][2]) for one in moved] == [("cambio", "03/02/2026")]
    later = BUYER | {"from_on": "2026-02-03"}
    found = compared_posts.changes_of([later | {"norm": "RM 7"}, BUYER], [BUYER, later])
    assert [one.kind for one in found or ()] == ["cambio"]
    found = compared_posts.changes_of([MAYOR | {"post": "Alcalde"}], [MAYOR])
    assert [one.cells for one in found or ()] == [(("Cargo", "Alcaldesa", "Alcalde"),)]


def people() -> list[dict[str, str]]:
    present = [ANA | {"status": "present", "given_names": f"Ana {n:02}"} for n in range(30)]
    away = ANA | {"status": "leave", "given_names": "Luz", "reason": "Maternidad"}
    missing = ANA | {"status": "absent", "given_names": "Rut"}
    other = ANA | {"status": "present", "group": "administrative", "surnames": "Díaz Prueba"}
    return [*present, away, missing, other]


def test_who_did_not_attend_comes_first_in_each_group():
    technical, administrative = attended.groups_of(people())
    assert [one["given_names"] for one in technical.shown[:3]] == ["Rut", "Luz", "Ana 00"]
    assert technical.shown[0]["number"] == 32
    assert (technical.total, len(technical.shown), technical.more) == (32, attended.SHOWN, True)
    assert (administrative.total, administrative.more) == (1, False)


def test_people_are_found_by_group_attendance_and_name():
    for group, status, text, count in [
        ("", "", "", 33),
        ("technical", "absent", "", 1),
        ("", "present", "", 31),
        ("", "", "NAHUI luz", 1),
        ("administrative", "", "nahui", 0),
    ]:
        assert len(attended.chosen(people(), group, status, text)) == count


def test_each_item_of_a_designation_is_read_once_and_documents_are_masked():
    given = {"entity": ENTITY, "authority": AUTHORITY, "administrator": ADMINISTRATOR}
    groups = {one.id: one for one in designation_items.groups_of(Designation(given))}
    codes = [item.code for group in groups.values() for item in group.items]
    assert len(codes) == len(set(codes))
    holder, words = ADMINISTRATOR["holder"], {}
    for item in groups["administrator"].items:
        words[item.label] = item.words
    assert words["Nombre"] == f"{holder['given_names']} {holder['surnames']}"
    assert {"Documento", "Cargo", "Vínculo con la entidad", "Teléfono"} <= words.keys()
    assert holder["document_number"] not in words["Documento"]
    assert "Qué registros administrará" in [item.label for item in groups[""].items]


def test_a_designation_without_an_alternate_says_so():
    given = {"administrator": ADMINISTRATOR | {"alternate": None}}
    groups = {one.id: one for one in designation_items.groups_of(Designation(given))}
    assert (groups["alternate"].items, groups["alternate"].lacks) == ((), "No se designó.")
    assert not groups["authority"].items
