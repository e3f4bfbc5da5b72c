"""Names of a participants' list matched to the people who were expected."""

from __future__ import annotations

from forms.shapes.participants import Participant
from forms.shapes.roster_match import Candidate, Matcher, Matches

PEOPLE = (
    Candidate("ana", "Quispe Ejemplo, Ana Persona", "ana@muni.example.pe", "e1"),
    Candidate("luis", "Mamani Muestra, Luis Alberto", "", "e1"),
    Candidate("ana-b", "Quispe Huamán, Ana Rosa", "", "e2"),
    Candidate("rosa", "Díaz del Águila, Rosa", "mesa@otra.example.pe", "e2"),
    Candidate("jose", "Díaz Peña, José", "mesa@otra.example.pe", "e2"),
    Candidate("same-1", "Flores Soto, Eva", "", "e1"),
    Candidate("same-2", "Flores Soto, Eva", "", "e2"),
    Candidate("roster", "Rojas Paz, Hugo Iván", "", "e2", by_likeness=False),
)
GROUPS = {"e1": ("Municipalidad de Ejemplo", "MDE", "E90001"), "e2": ("Ministerio de Muestra", "")}


def matched(*names: str, email: str = "") -> Matches:
    people = [Participant(number, name, email) for number, name in enumerate(names, 1)]
    return Matcher(PEOPLE, GROUPS).match(people)


def test_sure_matches():
    for name, email, key in [
        ("ANA PERSONA QUISPE EJEMPLO", "", "ana"),
        ("Quispe Ejemplo, Ana Persona", "", "ana"),
        ("Rosa Diaz del Aguila", "", "rosa"),
        ("Ing. Luis Alberto Mamani Muestra", "", "luis"),
        ("celular", "ana@muni.example.pe", "ana"),
        ("Jose Diaz Peña", "mesa@otra.example.pe", "jose"),
        ("Ana Quispe (Municipalidad de Ejemplo)", "", "ana"),
        ("MDE - Ana Quispe", "", "ana"),
        ("Ana Quispe | Ministerio de Muestra", "", "ana-b"),
        ("AQ (Ana Persona Quispe Ejemplo)", "", "ana"),
        ("Eva Flores Soto (MDE)", "", "same-1"),
        ("Hugo Iván Rojas Paz", "", "roster"),
    ]:
        found = matched(name, email=email)
        assert list(found.sure) == [key]
        assert not found.doubtful
        assert not found.unknown


def test_similar_names_and_an_address_of_several_people_are_for_a_person_to_confirm():
    for name, keys in [
        ("Ana Quispe", ["ana", "ana-b"]),
        ("Luis Mamni", ["luis"]),
        ("Luis Alberto Mamani Mestre", ["luis"]),
        ("Eva Flores Soto", ["same-1", "same-2"]),
    ]:
        found = matched(name)
        assert [list(one.keys) for one in found.doubtful] == [keys]
        assert not found.sure
    (doubt,) = matched("Mesa de partes", email="mesa@otra.example.pe").doubtful
    assert set(doubt.keys) == {"rosa", "jose"}


def test_names_of_nobody_are_unknown_also_when_many_have_one():
    for name in [
        "iPhone",
        "iPhone de Ana",
        "Galaxy A54",
        "Invitado",
        "Ana",
        "Quispe",
        "",
        "123",
        "Hugo Rojas",
    ]:
        found = matched(name)
        assert [one.name for one in found.unknown] == [name]
        assert not found.sure
        assert not found.doubtful
    found = matched(*["iPhone"] * 40)
    assert len(found.unknown) == 40
    assert not found.sure


def test_the_second_device_of_a_person_on_the_list_raises_no_doubt():
    found = matched("Luis Alberto Mamani Muestra", "Luis Mamani", "iPhone")
    assert list(found.sure) == ["luis"]
    assert not found.doubtful
    assert [one.name for one in found.unknown] == ["iPhone"]


def test_people_with_one_name_are_all_there_if_the_list_has_it_for_each():
    once, twice = (Participant(1, "Eva Flores Soto", "", rows) for rows in (1, 2))
    assert not Matcher(PEOPLE).match([once]).sure
    found = Matcher(PEOPLE).match([twice])
    assert set(found.sure) == {"same-1", "same-2"}
    assert not found.doubtful
    pasted_twice = Matcher(PEOPLE).match([once, once])
    assert not pasted_twice.sure
    two = [Participant(number, once.name, f"e{number}@casa.example.pe") for number in (1, 2)]
    assert set(Matcher(PEOPLE).match(two).sure) == {"same-1", "same-2"}


def test_the_name_of_a_stranger_differs_from_that_of_a_device():
    strangers = ["Carla Ajena Ramos", "Hugo Rojas"]
    unnamed = ["iPhone de Ana", "Galaxy A54", "51999888777", "Ministerio de Muestra", "MDE (PC 2)"]
    found = matched(*strangers, *unnamed)
    assert [one.name for one in found.unnamed] == unnamed
    assert len(found.unknown) == len(strangers) + len(unnamed)
