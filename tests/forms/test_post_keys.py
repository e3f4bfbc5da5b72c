"""The key of a post is part of a public address: the same post has the same key for ever."""

from datetime import date

from forms.shapes.decision_makers import (
    COLUMNS,
    in_office,
    invented_posts,
    is_acting,
    read_row,
    write_rows,
)
from forms.shapes.post_keys import key_of, post_key

TEN = "Gerente;Gerencia;Gerente;;DNI;305;Rosa Persona;Díaz Muestra;1/2/2024;"


def test_a_post_has_one_key_however_it_is_written_apart_from_its_unit():
    for post, unit, key in [
        ("Alcaldesa", "Alcaldía", "alcalde--alcaldia"),
        ("ALCALDE", "  alcaldia ", "alcalde--alcaldia"),
        ("Jefa de logística", "Administración", "jefe-de-logistica--administracion"),
        ("Jefe (e) de Logística", "La  Administración", "jefe-de-logistica--la-administracion"),
        ("Gerenta Municipal", "Gerencia", "gerente-municipal--gerencia"),
        ("Directora Ejecutiva", "", "director-ejecutivo--"),
        ("Secretaria técnica del comité", "Sede", "secretario-tecnico-del-comite--sede"),
        ("Procuradora Pública", "PPM", "procurador-publico--ppm"),
        ("../<b>", "%2F\\?", "b--2f"),
        ("—", "···", "--"),
    ]:
        assert post_key(post, unit) == key
    assert post_key("Jefe de", "obras") != post_key("Jefe", "de obras")


def test_a_titular_and_an_acting_holder_are_in_office_on_one_day_an_older_record_has_a_titular():
    mayor, _ = invented_posts()
    assert not is_acting(mayor)
    assert key_of(mayor) == "alcalde--alcaldia"
    acts = mayor | {"capacity": "acting", "resolution": "RA 1", "from_on": "2026-03-02"}
    assert in_office([mayor, acts], date(2026, 3, 2)) == [mayor, acts]
    assert write_rows([mayor, acts]).splitlines()[1].endswith("Encargado o encargada\tRA 1")


def test_a_table_has_titulares_unless_it_says_that_a_holder_is_acting():
    part = read_row(TEN.split(";"))
    assert part.validate()
    assert set(part.record()) == set(COLUMNS[:10])
    for word in ["Encargado", "ENCARGADA", "(e)", "Encargado o encargada"]:
        part = read_row([*TEN.split(";"), word, "RA 1-2026"])
        assert part.validate()
        assert is_acting(part.record())
        assert part.record()["resolution"] == "RA 1-2026"
    part = read_row([*TEN.split(";"), "Titular", "RA 1-2026"])
    assert part.validate()
    assert "resolution" not in part.record()
