"""Rows of a table of who came, matched to the people who were expected."""

from __future__ import annotations

from forms.shapes.participants import Participant
from forms.shapes.roster_match import Candidate, Matcher, Matches

SHARED = "mesa@otra.example.pe"
PEOPLE = (
    Candidate("ana", "Quispe Ejemplo, Ana Persona", "ana@muni.example.pe", "00000001"),
    Candidate("luis", "Mamani Muestra, Luis Alberto", "", "00000002"),
    Candidate("ana-b", "Quispe Huamán, Ana Rosa"),
    Candidate("rosa", "Díaz del Águila, Rosa", SHARED),
    Candidate("jose", "Díaz Peña, José", SHARED),
    Candidate("same-1", "Flores Soto, Eva", "eva1@example.pe"),
    Candidate("same-2", "Flores Soto, Eva", "eva2@example.pe"),
    Candidate("roster", "Rojas Paz, Hugo Iván", by_likeness=False),
)
ANA, LUIS, EVA = "Ana Persona Quispe Ejemplo", "Luis Alberto Mamani Muestra", "Eva Flores Soto"


def matched(*rows: tuple[str, str, str]) -> Matches:
    people = [Participant(number, *row) for number, row in enumerate(rows, 1)]
    return Matcher(PEOPLE).match(people)


def test_who_is_meant_by_a_row_and_whether_it_is_sure():
    for name, email, document, sure, doubtful in [
        (ANA.upper(), "", "", "ana", ()),
        ("Quispe Ejemplo, Ana Persona", "", "", "ana", ()),
        ("Rosa Diaz del Aguila", "", "", "rosa", ()),
        ("Ing. Luis Alberto Mamani Muestra (MDE)", "", "", "luis", ()),
        ("Hugo Iván Rojas Paz", "", "", "roster", ()),
        ("celular", "ana@muni.example.pe", "", "ana", ()),
        ("", "", "00000002", "luis", ()),
        ("Jose Diaz Peña", SHARED, "", "jose", ()),
        (EVA, "eva2@example.pe", "", "same-2", ()),
        # Of several people, or like one of them.
        (EVA, "", "", "", ("same-1", "same-2")),
        ("Mesa de partes", SHARED, "", "", ("rosa", "jose")),
        ("Ana Quispe", "", "", "", ("ana", "ana-b")),
        ("Luis Mamni", "", "", "", ("luis",)),
        # The row contradicts the person.
        (ANA, "otra@casa.example.pe", "", "", ("ana",)),
        (LUIS, "", "00000099", "", ("luis",)),
        (LUIS, "ana@muni.example.pe", "", "", ("ana", "luis")),
        (EVA, "eva3@example.pe", "", "", ("same-1", "same-2")),
        # Nobody.
        *((name, "", "", "", ()) for name in ("iPhone de Ana", "Ana", "", "123", "Hugo Rojas")),
    ]:
        found = matched((name, email, document))
        assert found.sure == ({sure} if sure else set()), name
        assert [one.keys for one in found.doubtful] == ([list(doubtful)] if doubtful else []), name
        assert len(found.unknown) == (not sure and not doubtful), name


def test_the_second_device_of_a_person_on_the_list_raises_no_doubt():
    found = matched((LUIS, "", ""), ("Luis Mamani", "", ""), ("iPhone", "", ""))
    assert (found.sure, found.doubtful) == ({"luis"}, [])


def test_of_sixty_namesakes_those_alone_are_sure_whose_address_says_so():
    people = [Candidate(f"k{n}", "Flores Soto, Eva", f"eva{n}@example.pe") for n in range(60)]
    rows = [Participant(n, EVA, f"eva{n + 30}@example.pe") for n in range(60)]
    found = Matcher(people).match(rows)
    assert found.sure == {f"k{n}" for n in range(30, 60)}
    assert {len(one.keys) for one in found.doubtful} == {30}
