"""*Hoy*: each count equals the length of the list behind it; empty sections are not shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import Entity, Incident, InductionSession, Mail, ProcessInstance
from app.cases import notices
from tests.app import cast
from tests.app.cases.questions.raised import act, question, raised
from tests.app.onboarding.entities import listed
from tests.app.walk import Walk
from tests.conftest import Clock
from tests.pages import CheckingClient

NOTHING = "Hoy no tienes nada pendiente"
SECTION = re.compile(
    r'<h2 class="[^"]*" id="([^"]+)">(.*?)</h2>.*?<p class="today__way"><a[^>]*href="([^"]+)"', re.S
)


def plainly(text: str) -> str:
    return re.sub(r"<[^>]+>", "", text).replace("\N{NO-BREAK SPACE}", " ").strip()


def sections_of(client: CheckingClient) -> Mapping[str, tuple[str, str]]:
    """Return the sections of the page: id → title, URL of the whole list."""
    page = client.get("/hoy").text
    return {
        name: (plainly(title), url.replace("&amp;", "&"))
        for name, title, url in SECTION.findall(page)
    }


def titles(client: CheckingClient) -> dict[str, str]:
    return {name: title for name, (title, _) in sections_of(client).items()}


@pytest.mark.nightly
def test_an_empty_day_says_so(walk: Walk):
    for role in ("sip", "sgtd", "secretary"):
        assert NOTHING in walk.browser(role).get("/hoy").text
    cast.account(walk.app, "40000032", "superuser")
    assert NOTHING in cast.signed_in(walk.app, "40000032").get("/hoy").text


@pytest.mark.nightly
def test_only_people_of_the_pcm_have_the_page(walk: Walk):
    walk.begin_at("training")
    for role in ("sip", "sgtd", "secretary"):
        client = walk.browser(role)
        assert client.get("/").location == "/hoy"
        assert '<a class="menu__link" href="/hoy"' in client.get("/hoy").text
    for role in ("preparer", "administrator", "alternate"):
        client = walk.browser(role)
        assert client.get("/").location == "/entidades/E90001"
        assert client.get("/hoy").status_code == 404
        assert "/hoy" not in client.get("/pendientes").text


@pytest.mark.nightly
def test_waiting_tasks_are_counted_with_the_late_ones(filed: Walk, clock: Clock):
    assert titles(filed.browser("sip"))["pendientes"] == "1 tarea te espera"
    assert "pendientes" not in titles(filed.browser("sgtd"))
    clock.forward(days=7)
    assert titles(filed.browser("sip"))["pendientes"] == "1 tarea te espera, 1 con atraso"
    page = filed.browser("sip").get("/hoy").text
    assert f'href="/tareas/{filed.task("record_reception").id}"' in page
    assert "Municipalidad Distrital de Ejemplo 1, Ejemplo 1, Ejemplo, Lima" in page


@pytest.mark.parametrize(
    ("day", "title"),
    [
        (13, None),
        (16, None),  # its last day
        (17, "1 entidad se atrasó desde ayer"),
        (18, None),  # that was more than a working day ago
    ],
)
def test_entities_late_since_yesterday(begun: Walk, clock: Clock, day: int, title: str | None):
    clock.set(datetime(2026, 3, day, 13, tzinfo=UTC))
    assert titles(begun.browser("sip")).get("desde-ayer") == title


@pytest.mark.parametrize(
    ("day", "title"),
    [
        (13, None),  # its last day
        (14, "1 entidad se atrasó desde ayer"),
        (15, "1 entidad se atrasó desde el viernes"),
        (16, "1 entidad se atrasó desde el viernes"),
        (17, None),
    ],
)
def test_after_a_weekend_yesterday_is_friday(walk: Walk, clock: Clock, day: int, title: str | None):
    clock.set(datetime(2026, 2, 27, 13, tzinfo=UTC))
    walk.begin()  # due on Friday 13 March
    clock.set(datetime(2026, 3, day, 13, tzinfo=UTC))
    assert titles(walk.browser("sip")).get("desde-ayer") == title


@pytest.mark.nightly
def test_entities_due_soon_are_shown_with_their_holder(begun: Walk, clock: Clock):
    assert "semana" not in titles(begun.browser("sip"))
    clock.forward(days=8)
    assert titles(begun.browser("sip"))["semana"] == "1 entidad tiene un plazo que vence en 7 días"
    page = plainly(begun.browser("sip").get("/hoy").text)
    assert "Designar al administrador (SIP-RVL-001) · La entidad" in page
    assert "vence en 4 días hábiles" in page


@pytest.mark.nightly
def test_a_late_side_process_counts_as_late(walk: Walk, clock: Clock):
    walk.begin_at("training")
    other = walk.begin("change_authority")
    due = walk.task("register_authority_change", other).due_at
    assert due is not None
    clock.set(due + timedelta(hours=8))
    client = walk.browser("sip")
    assert titles(client)["desde-ayer"].startswith("1 entidad se atrasó")
    assert "Registrar el cambio de autoridad · La entidad" in plainly(client.get("/hoy").text)
    row = plainly(client.get("/entidades?plazo=atrasado").text)
    assert "Registrar el cambio de autoridad" in row
    assert "1 día hábil de atraso" in row


@pytest.mark.nightly
def test_a_late_question_counts_as_late(begun: Walk, clock: Clock):
    number = raised(begun)
    due = question(begun, number).due_at
    assert due is not None
    clock.set(due + timedelta(hours=8))
    client = begun.browser("sip")
    found = titles(client)
    assert found["consultas"] == "1 consulta espera tu respuesta, 1 con atraso"
    assert found["desde-ayer"].startswith("1 entidad se atrasó")
    assert "Responder una consulta · La SIP" in plainly(client.get("/hoy").text)
    assert "1 atrasada" in plainly(client.get("/pendientes").text)
    row = plainly(client.get("/entidades?plazo=atrasado&orden=plazo").text)
    assert "Responder una consulta" in row
    assert "1 día hábil de atraso" in row
    assert "Responder una consulta" in client.get("/entidades.csv?plazo=atrasado").text
    act(begun, "answer", number, "sip", "Firma quien haga sus veces.", "c")
    assert "desde-ayer" not in titles(client)
    assert "Responder una consulta" not in client.get("/entidades?plazo=atrasado").text


@pytest.mark.nightly
def test_lists_by_date_show_and_sort_by_the_matching_step(walk: Walk, clock: Clock):
    """Check that a late entity with another date in the week is listed there by that date."""
    walk.begin_at("training")
    late = walk.task("plan_training").due_at
    assert late is not None
    walk.commit(cast.entity, "E90002", name="Otra Entidad de Ejemplo")
    clock.forward(days=1)
    walk.begin(code="E90002")  # due a day after that
    clock.set(late - timedelta(days=4))
    walk.begin("change_authority")  # due another three days later
    clock.set(late + timedelta(hours=8))
    client = walk.browser("sip")
    for path in (
        "/hoy",
        "/entidades?estado=todos&plazo=semana&orden=plazo",
        "/entidades?plazo=semana",
    ):
        assert "vence" in plainly(client.get(path).text), path
    rows = client.get("/entidades?estado=todos&plazo=semana&orden=plazo").text.split("<tbody")[1]
    assert rows.index("Otra Entidad de Ejemplo") < rows.index("E90001")
    assert "Registrar el cambio de autoridad" in rows
    assert "de atraso" not in rows
    week = plainly(client.get("/hoy").text).split("que vence en 7 días")[1]
    assert week.index("Otra Entidad de Ejemplo") < week.index("Registrar el cambio de autoridad")
    file = client.get("/entidades.csv?plazo=semana&orden=plazo").text
    assert "Registrar el cambio de autoridad" in file
    assert "Registrar el cambio de autoridad" not in client.get("/entidades.csv").text


@pytest.mark.nightly
def test_every_count_equals_the_list_behind_it(walk: Walk):
    listed.fill(walk)
    walk.begin()
    for role in ("sip", "sgtd"):
        client = walk.browser(role)
        seen = sections_of(client)
        assert set(seen) >= {"desde-ayer", "semana"}
        for title, url in seen.values():
            page = plainly(client.get(url).text)
            count, what = title.split()[:2]
            assert f"{count} {what}" in page, title
        assert f"coordinador={walk.people[role]}" in seen["semana"][1]
    everywhere = sections_of(walk.browser("secretary"))
    assert everywhere["semana"][1] == "/entidades?estado=todos&plazo=semana&orden=plazo"


def test_sessions_of_the_day_and_no_others(walk: Walk):
    with walk.writing() as session:
        for hours, cancelled in ((-1, False), (2, False), (3, True), (24, False), (-14, False)):
            session.add(
                InductionSession(
                    topic="thematic",
                    changed_at=calendar.now(),
                    at=calendar.now() + timedelta(hours=hours),
                    minutes=60,
                    place="Aula 1",
                    seats=5,
                    cancelled=cancelled,
                )
            )
    page = walk.browser("sip").get("/hoy").text
    assert "2\N{NO-BREAK SPACE}sesiones hoy" in page
    assert [hour in page for hour in ("07:00", "10:00", "11:00", "18:00")] == [
        True,
        True,
        False,
        False,
    ]
    assert page.count('href="/sesiones/') == 2  # each leads to its page


@pytest.mark.nightly
def test_incidents_mails_notices_and_answers_are_shown_to_their_readers(begun: Walk):
    with begun.writing() as session:
        row = session.scalars(select(ProcessInstance)).one()
        entity = session.scalars(select(Entity)).one()
        session.add(
            Incident(
                instance=row,
                element="open_accounts",
                name="Abrir las cuentas",
                traceback="…",
                happened_at=calendar.now(),
            )
        )
        session.add(
            Mail(
                message_id="<1@example.pe>",
                kind="task",
                to="a@example.pe",
                subject="…",
                body="…",
                entity_id=entity.id,
                state="failed",
                created_at=calendar.now(),
            )
        )
        notices.put(session, "answer_received", "1", entity=entity, person="Ana", incoming_id=1)
        notices.put(session, "upkeep_lapsed", "1", role="sip", entity=entity)
    expected = {
        "incidentes": "1 incidente",
        "correos": "1 correo no salió",
        "respuestas": "1 respuesta por leer",
        "avisos": "1 aviso",
    }
    assert expected.items() <= titles(begun.browser("sip")).items()
    assert "avisos" not in titles(begun.browser("sgtd"))
    assert titles(begun.browser("secretary")) == {}
    cast.account(begun.app, "40000032", "superuser")
    seen = titles(cast.signed_in(begun.app, "40000032"))
    assert seen == {
        "incidentes": "1 incidente",
        "correos": "1 correo no salió",
        "sin-coordinador": "1 entidad en marcha sin algún coordinador a cargo",
    }


@pytest.mark.nightly
def test_the_number_of_statements_is_constant(filed: Walk, clock: Clock):
    clock.forward(days=8)
    client = filed.browser("sip")
    client.get("/hoy")
    with filed.statements() as few:
        client.get("/hoy")
    listed.fill(filed)
    client.get("/hoy")
    with filed.statements() as many:
        client.get("/hoy")
    assert len(many) == len(few)
