"""The public search: what it shows of each visit, what it finds, and what it refuses."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from sqlalchemy import func, select

from app.base.models import Attempt, Visit
from app.register.facts import keys
from app.register.facts.shapes import OFFICIAL
from app.register.registers import environments
from app.register.search import by_number
from app.register.search.query import Query
from app.register.visits import recording
from tests.app import cast
from tests.app.posted import refused
from tests.app.register.search import sought
from tests.app.visited import CODE, Visited
from tests.conftest import Clock
from tests.pages import astray
from tests.statements import statements

pytestmark = pytest.mark.postgresql


def text_of(html: str) -> str:
    """Return the text of a page, without its markup."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def page(visited: Visited, path: str = "/visitas", status: int = 200, **args: Any) -> str:
    answer = visited.browser().get(path, query_string=args or None)
    assert answer.status_code == status
    return answer.text


def test_a_row_has_all_facts_in_the_official_columns_and_its_source(visited: Visited):
    made = visited.visit(
        ago=90, stayed=30, observation="late", kind="private", entity="Consorcio de Muestra"
    )
    said = text_of(page(visited))
    for what in (
        "02/03/2026 Zaguán",
        "Municipalidad Distrital de Ejemplo 1",
        "Quispe Inventada Ana",
        "DNI *****501",
        "Entidad privada - Consorcio de Muestra",
        "Rojas Ejemplo Jorge - Logística - Jefe",
        "06:30 07:00",
        "Reunión de trabajo - Coordinación de un convenio",
        "Sede central - Oficina 201",
        "Registro extemporáneo",
        "1 visita",
    ):
        assert what in said, what
    assert f'href="/visita/{visited.row(made).code}"' in page(visited)
    assert "00000501" not in said
    html = page(visited)
    headings = [unescape(one) for one in re.findall(r'<th scope="col">([^<]+)<', html)]
    assert headings == [column.name for column in OFFICIAL]


@pytest.mark.nightly
def test_an_exit_that_is_not_known_is_said_in_words(visited: Visited):
    inside, unknown = visited.visit(), visited.visit(name="Otra Persona")
    with visited.writing() as session:
        visit = session.get_one(Visit, unknown)
        recording.leave_unknown(session, visit, actor_id=visited.people["operator"])
    assert "Todavía dentro" in text_of(page(visited, q="inventada"))
    assert "No registrada" in text_of(page(visited, q="otra persona"))
    assert visited.row(inside).exit_at is None


def test_a_visit_is_public_the_moment_it_is_recorded(visited: Visited):
    assert "Ana" not in page(visited, q="ana lópez")
    assert page(visited, f"/visitas/{CODE}", q="ana lópez")
    assert "Todavía no se registró ninguna" in page(visited)
    visited.visit()
    assert "Quispe Inventada Ana" in page(visited)


def test_a_hidden_visit_is_on_no_page(visited: Visited):
    visited.visit("demo", name="Solo En Demo")
    secret, wrong = visited.visit(name="Muy Reservada"), visited.visit(name="Mal Escrita")
    visited.reserve(secret)
    visited.annul(wrong)
    queries: list[dict[str, Any]]
    queries = [{}, {"q": "demo"}, {"q": "reservada"}, {"q": "escrita"}, {"entidad": CODE}]
    for args in queries:
        said = page(visited, **args)
        assert "Solo En Demo" not in said
        assert "Muy Reservada" not in said
        assert "Mal Escrita" not in said
    annulled = page(visited, estado="anuladas")
    assert "Mal Escrita" in annulled
    assert "Muy Reservada" not in annulled


def test_whole_numbers_are_shown_from_the_day_that_a_rule_says(visited: Visited, clock: Clock):
    visited.visit()
    visited.publish_numbers(date(2026, 3, 3))
    assert "00000501" not in page(visited)
    clock.forward(days=1)
    assert "DNI 00000501" in text_of(page(visited))


def test_an_entity_is_chosen_by_code_or_by_words(visited: Visited):
    visited.visit()
    with visited.writing() as session:
        other = cast.entity(session, "E90002", name="Ministerio de Muestra")
        register = environments.open_register(session, other, "production", None)
        sought.add(session, register, iter([sought.row(visitor_name="Otra Visitante")]))
        third = cast.entity(session, "E90003", name="Ministerio sin Registro")
        environments.open_register(session, third, "demo", None)
    for words in ("E90002", "e90002", "ministerio", "MUESTRA"):
        said = page(visited, entidad=words)
        assert "Otra Visitante" in said
        assert "Quispe Inventada" not in said
    several = page(visited, entidad="lima", q="ana")
    assert 'href="/visitas?q=ana&amp;entidad=E90001"' in several
    assert "Inventada" not in several
    assert "Ninguna entidad que publique" in page(visited, status=400, entidad="sin nadie así")


def test_a_document_is_shown_also_where_no_key_goes_with_it(visited: Visited):
    made = visited.visit()
    visited.change(Visit, made, visitor_key="")
    said = text_of(page(visited))
    assert "DNI *****501" in said
    assert "Sin documento" not in said


@pytest.mark.nightly
def test_one_entity_has_its_own_page(visited: Visited):
    visited.visit()
    visited.commit(cast.entity, "E90002")
    assert "Quispe Inventada Ana" in page(visited, f"/visitas/{CODE}")
    assert f'href="/visitas/{CODE}.csv?q=ana"' in page(visited, f"/visitas/{CODE}", q="ana")
    for code in ("E90003", "nada", "E9%00", "documento2"):
        page(visited, f"/visitas/{code}", status=404)


def test_filters_narrow_together(visited: Visited):
    visited.visit(category="interests", motive="Concesión")
    visited.visit(name="Otra Persona", document_number="00000502")
    key = keys_of(visited, "00000502")
    queries: list[tuple[dict[str, Any], str]] = [
        ({"intereses": "1"}, "Quispe"),
        ({"categoria": "work"}, "Otra Persona"),
        ({"visitante": key}, "Otra Persona"),
        ({"desde": "2026-03-02", "hasta": "2026-03-02", "q": "conces"}, "Quispe"),
    ]
    for args, there in queries:
        said = page(visited, **args)
        assert there in said
        assert "1\N{NO-BREAK SPACE}visita<" in said
    assert "Ninguna visita coincide" in page(visited, hasta="2026-03-01")
    assert "Ninguna visita coincide" in page(visited, visitante=key, intereses="1")


def keys_of(visited: Visited, number: str) -> str:
    with visited.app.app_context():
        return keys.visitor_key("DNI", number)


@pytest.mark.nightly
def test_pages_follow_one_another(visited: Visited):
    for number in range(103):
        visited.visit(ago=number, name=f"Quispe Número{number:03}")
    seen, path = [], "/visitas?q=quispe"
    for _ in range(3):
        html = page(visited, path)
        seen += re.findall(r"Número(\d{3})", html)
        further = re.search(r'href="([^"]+)" rel="next"', html)
        path = unescape(further[1]) if further else ""
    assert path == ""
    assert seen == [f"{number:03}" for number in range(103)]


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ({"q": "x" * 201}, "200 letras o menos"),
        ({"q": "qui" * 4000}, "200 letras o menos"),
        ({"q": "quis\x00pe"}, "caracteres que no son texto"),
        ({"q": "\u202equispe"}, "caracteres que no son texto"),
        ({"desde": "2026-02-30"}, "Desde: escribe un día que exista"),
        ({"hasta": "ayer"}, "Hasta: escribe un día que exista"),
        ({"hasta": "9999-12-31"}, "de 1900 a 2099"),
        ({"desde": "0001-01-01"}, "de 1900 a 2099"),
        ({"desde": "2026-03-02", "hasta": "2026-03-01"}, "no puede ser antes del primero"),
        ({"categoria": "otra\x00"}, "Elige una categoría de la lista"),
        ({"estado": "todas"}, "Elige vigentes o anuladas"),
        ({"visitante": "' or 1=1"}, "Ningún visitante tiene esa clave"),
        ({"entidad": "nadie\x00"}, "Ninguna entidad que publique"),
        ({"entidad": "x" * 10_000}, "Ninguna entidad que publique"),
    ],
)
def test_an_impossible_query_is_answered_by_a_sentence(
    visited: Visited, args: dict[str, str], sentence: str
):
    visited.visit()
    for path in ("/visitas", f"/visitas/{CODE}"):
        if "entidad" in args and path != "/visitas":
            continue
        html = page(visited, path, status=400, **args)
        assert sentence in html
        assert "Inventada" not in html
        assert astray(html) == set()


def test_faults_are_listed_in_the_order_of_the_page(visited: Visited):
    args = {"visitante": "nadie", "estado": "todas", "hasta": "ayer", "q": "x" * 201}
    for path in ("/visitas", f"/visitas/{CODE}"):
        html = page(visited, path, status=400, **args)
        summary = html.partition("Hay 4 problemas")[2].partition("</ul>")[0]
        assert re.findall(r'href="#(\w+)"', summary) == ["q", "hasta", "estado"]
        assert text_of(summary).endswith("Ningún visitante tiene esa clave.")


def test_an_invalid_place_is_not_found(visited: Visited):
    for place in ["x", "-1", "1.5", "9" * 19, "1" * 400, "٣", "1\x00", " 1"]:
        page(visited, status=404, antes=place)


def test_characters_in_words_are_literal_and_around_them_ignored(visited: Visited):
    visited.visit()
    for words in [
        "%",
        "_",
        "'",
        '"',
        'quispe OR "zzz"',
        "que*",
        "NEAR(ana)",
        "-ana",
        "q_ispe",
        "a%a%a",
    ]:
        html = page(visited, q=words)
        assert "Inventada" not in html
    for words in ('"quispe" «ana»', "Quispe, Ana", "(inventada)", "¿quispe?"):
        assert "Inventada" in page(visited, q=words)
    assert Query.of({"q": "a, % «»"}).words == ("a", "%", "«»")
    assert "tres letras o más" in text_of(page(visited, q="qu in"))
    assert "Escribe una palabra de tres letras" in page(visited, q="a")


def test_public_pages_about_persons_keep_out_of_search_engines(visited: Visited):
    made = visited.visit()
    for path in ("/visitas", f"/visitas/{CODE}", f"/visita/{visited.row(made).code}"):
        answer = visited.browser().get(path)
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert '<meta name="robots" content="noindex">' in answer.text
    for path in ("/cobertura", "/registro-de-visitas"):
        answer = visited.browser().get(path)
        assert "X-Robots-Tag" not in answer.headers
        assert "noindex" not in answer.text


@pytest.mark.nightly
def test_a_page_takes_a_fixed_number_of_statements(visited: Visited):
    counts = []
    for _ in range(2):
        for number in range(30):
            visited.visit(ago=number)
        with statements(visited.engine) as sent:
            page(visited, q="quispe", desde="2026-01-01")
        counts.append(len(sent))
    assert counts[1] <= counts[0] <= 16


# By number -------------------------------------------------------------------------------------


def look_up(visited: Visited, number: str, surname: str, kind: str = "DNI"):
    data = {"document_type": kind, "document_number": number, "surname": surname}
    return visited.browser().post("/visitas/documento", data=data)


def test_number_and_surname_find_the_visits(visited: Visited):
    visited.visit(name="QUÍSPE INVENTADA ANA")
    visited.visit(name="De la Cruz Muestra Luz", document_number="00000502")
    for number, surname in (
        ("00000501", "quispe"),
        ("0000 0501", "Quíspe Inventada"),
        ("00000502", "de la cruz"),
    ):
        answer = look_up(visited, number, surname)
        assert answer.status_code == 303
        assert number not in answer.location
        assert answer.location == f"/visitas?visitante={keys_of(visited, number.replace(' ', ''))}"
    answer = look_up(visited, "1234", "quispe")
    assert "El DNI tiene 8 dígitos" in refused(answer)["document_number"]


def test_wrong_surname_and_unknown_number_are_answered_alike(visited: Visited):
    visited.visit()
    visited.visit(name="De la Cruz Muestra Luz", document_number="00000503")
    visited.visit("demo", document_number="00000504")
    answers = [
        look_up(visited, number, surname)
        for number, surname in (
            ("00000501", "mamani"),
            ("00000501", "quis"),
            ("00000501", "inventada"),
            ("00000502", "quispe"),
            ("00000503", "de la"),
            ("00000504", "quispe"),
        )
    ]
    assert {answer.status_code for answer in answers} == {422}
    said = {re.sub(r'value="[^"]*"', "", answer.text) for answer in answers}
    assert len(said) == 1
    assert by_number_sentence() in said.pop()


def by_number_sentence() -> str:
    from app.register.public.by_number import UNKNOWN

    return UNKNOWN


@pytest.mark.nightly
def test_failed_tries_are_limited_and_good_ones_are_not_counted(visited: Visited, clock: Clock):
    visited.visit()
    for _ in range(by_number.AT_NUMBER + 2):
        assert look_up(visited, "00000501", "quispe").status_code == 303
    for _ in range(by_number.AT_NUMBER):
        assert look_up(visited, "00000501", "mamani").status_code == 422
    assert look_up(visited, "00000501", "quispe").status_code == 429
    assert look_up(visited, "00000502", "quispe").status_code == 422
    clock.forward(hours=1, minutes=1)
    assert look_up(visited, "00000501", "quispe").status_code == 303


@pytest.mark.nightly
def test_the_tries_of_one_network_address_are_limited(visited: Visited):
    for number in range(by_number.FROM_ADDRESS):
        assert look_up(visited, f"{600 + number:08}", "quispe").status_code == 422
    assert look_up(visited, "00000901", "quispe").status_code == 429


def test_tries_do_not_contain_the_number(visited: Visited):
    look_up(visited, "00000501", "mamani")
    subjects = visited.all(select(Attempt.subject))
    assert len(subjects) == 2
    assert visited.one(select(func.count()).select_from(Attempt)) == 2
    assert not any("00000501" in subject for subject in subjects)
