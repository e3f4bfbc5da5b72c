"""A roster under review, row by row, held against the accepted one."""

from __future__ import annotations

from forms.shapes.change_examples import OPERATORS
from forms.shapes.compared_roster import ADDED, CHANGED, CHANGES, REMOVED, ComparedRoster

ANA = OPERATORS[0]
LUIS = ANA | {"document_number": "00000102", "given_names": "Luis", "surnames": "Núñez Ejemplo"}
EVA = ANA | {"document_number": "00000103", "given_names": "Eva", "profile": "visited_official"}


def lines_of(compared: ComparedRoster) -> list[tuple[int, str, str]]:
    return [(line.number, line.row["given_names"], line.change) for line in compared.lines]


def test_the_first_roster_is_compared_with_nothing():
    compared = ComparedRoster.of([ANA, EVA], None)
    assert compared.changes is None
    assert [line.change for line in compared.lines] == ["", ""]
    assert compared.by_profile() == [
        ("operator", "Operador", 1),
        ("visited_official", "Funcionario visitado", 1),
    ]


def test_each_row_says_what_changed_and_who_is_gone_follows():
    now = [LUIS | {"movement": "baja"}, ANA | {"post": "Jefa"}, EVA]
    gone = ANA | {"document_number": "00000104", "given_names": "Ida"}
    compared = ComparedRoster.of(now, [ANA, LUIS, gone])
    assert lines_of(compared) == [
        (1, "Luis", REMOVED),
        (2, ANA["given_names"], CHANGED),
        (3, "Eva", ADDED),
        (0, "Ida", REMOVED),
    ]
    assert compared.lines[1].cells == (("Cargo", ANA["post"], "Jefa"),)
    assert compared.by_change() == {REMOVED: 2, CHANGED: 1, ADDED: 1}


def test_a_corrected_document_number_is_a_change_of_the_row():
    number = "10000" + ANA["document_number"][-3:]
    corrected = ANA | {"document_number": number, "surnames": ANA["surnames"].upper()}
    compared = ComparedRoster.of([corrected, EVA], [ANA, EVA])
    first, second = compared.lines
    (label, old, new), names = first.cells
    assert (first.change, second.change, label) == (CHANGED, "", "Documento")
    assert new == f"{old} (otro número)"
    assert ANA["document_number"] not in old
    assert names[0] == "Apellidos"
    assert compared.counted() == [(CHANGED, "cambió", 1)]


def test_who_comes_and_goes_and_changes_of_profile_are_shown_before_other_changes():
    gone = ANA | {"document_number": "00000104", "given_names": "Ida"}
    now = [ANA | {"post": "Jefa"}, LUIS | {"profile": "visited_official"}, EVA]
    shown = ComparedRoster.of(now, [ANA, LUIS, gone]).first()
    assert [line.row["given_names"] for line in shown] == ["Eva", "Ida", "Luis", ANA["given_names"]]
    assert [line.change for line in shown] == [ADDED, REMOVED, CHANGED, CHANGED]


def test_ambiguous_names_are_people_who_came_and_left():
    def rows(named: list[str]) -> list[dict[str, str]]:
        split = (one.partition(" ") for one in named)
        return [
            ANA | {"document_number": f"00000{number}", "movement": movement or "alta"}
            for number, _, movement in split
        ]

    for now, accepted, counts in [
        # Two people have the names, or the baja is on the paper.
        (["201", "202"], ["203"], {ADDED: 2, REMOVED: 1}),
        (["201"], ["202", "203"], {ADDED: 1, REMOVED: 2}),
        (["201", "202 baja"], ["202"], {ADDED: 1, REMOVED: 1}),
    ]:
        assert ComparedRoster.of(rows(now), rows(accepted)).by_change() == counts


def test_another_order_is_no_change():
    compared = ComparedRoster.of([EVA, LUIS, ANA], [ANA, LUIS, EVA])
    assert not compared.changes
    assert compared.is_reordered
    assert compared.counted() == []
    assert not ComparedRoster.of([ANA, LUIS], [ANA, LUIS]).is_reordered


def test_rows_are_found_by_profile_change_and_words_but_not_by_document():
    compared = ComparedRoster.of([ANA, LUIS, EVA], [ANA, LUIS])
    for wanted, found in [
        ({"text": "nunez luis"}, [LUIS]),
        ({"text": "NÚÑEZ"}, [LUIS]),
        ({"text": LUIS["document_number"]}, []),
        ({"profile": "visited_official"}, [EVA]),
        ({"profile": "operator", "text": "eva"}, []),
        ({"change": ADDED}, [EVA]),
        ({"change": REMOVED}, []),
    ]:
        assert [line.row for line in compared.chosen(**wanted)] == found


def test_a_thousand_differences_are_all_listed():
    now = [ANA | {"document_number": f"{n:08}"} for n in range(2000, 3000)]
    compared = ComparedRoster.of(now, [LUIS])
    assert compared.by_change() == {ADDED: 1000, REMOVED: 1}
    assert compared.counted() == [(ADDED, "nuevas", 1000), (REMOVED, "ya no está", 1)]
    assert [line.change for line in compared.first()] == [ADDED] * 12 + [REMOVED]
    assert set(CHANGES) == {ADDED, REMOVED, CHANGED}
