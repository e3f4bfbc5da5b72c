"""The digest: its text and HTML, and the links of each reader."""

from __future__ import annotations

import html.parser
import re
from datetime import date

import html5lib
import pytest
from sqlalchemy import select, update

import forms
from app.base import calendar
from app.base.models import Mail, Task, User
from app.cases import reminders
from app.cases.reminders import wording
from app.cases.reminders.people import Recipient
from app.people import access
from tests.app.cases.reminders.reminded import (
    FRIDAY,
    LAST_MONDAY,
    NEXT_MONDAY,
    TUESDAY,
    WEDNESDAY,
    Days,
)


class Text(html.parser.HTMLParser):
    """The visible text of a mail's HTML, and its links."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self._body = False
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._body = self._body or tag == "body"
        self.links += [value or "" for name, value in attrs if tag == "a" and name == "href"]

    def handle_data(self, data: str) -> None:
        if self._body and data.strip():
            self.seen.append(" ".join(data.split()))


def html_of(days: Days, mail: Mail) -> str:
    with days.reading() as session:
        return reminders.html(session, session.get_one(Mail, mail.id))


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def to(days: Days, role: str) -> Mail:
    """Return the newest mail of a part."""
    return [one for one in days.reminder_mails() if one.person == days.recipient(role)][-1]


def late(days: Days) -> None:
    """Prepare a demo test that is five working days late, of an entity with an authority."""
    days.people["authority"] = days.person("40000014", "authority", "E90001")
    days.begin_at("demo_test")
    days.due_on("run_demo_test", LAST_MONDAY)
    days.remind()


def test_a_mail_says_which_step_of_which_entity_due_when_why_and_where(days: Days):
    task_id = days.begin_monday()
    days.remind()
    mail = to(days, "preparer")
    assert mail.subject == (
        "Paso nuevo: Designar al administrador (SIP-RVL-001), vence en 10 días hábiles"
    )
    assert plain(mail.body) == (
        f"""Hola, Persona Ejemplo 011:

Esto está pendiente al lunes 2 de marzo de 2026.

MUNICIPALIDAD DISTRITAL DE EJEMPLO 1 (Ejemplo 1, Ejemplo, Lima)

Etapa 1 de 7. Designación del administrador. Falta designar al administrador del registro. Lo tiene la entidad desde el 2 de marzo; vence el 16 de marzo.

* Designar al administrador (SIP-RVL-001)
  Paso nuevo: vence el 16 de marzo de 2026, en 10 días hábiles. Plazo de trabajo de la implementación.
  Designa al administrador del Registro de Visitas en Línea de Municipalidad Distrital de Ejemplo 1 y prepara el formato SIP-RVL-001.
  Lo recibes porque te corresponde este paso.
  Responde el paso: http://localhost/tareas/{task_id}

Si ya respondiste, no tienes que hacer nada más. Ayuda: mesadeayuda@gobiernodigital.gob.pe
"""  # noqa: E501 - as it is sent
    )


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("role", "why", "leads_to_step"),
    [
        ("administrator", "te corresponde este paso", True),
        (
            "alternate",
            "eres el administrador alterno y el paso lleva 5 días hábiles de atraso",
            True,
        ),
        (
            "authority",
            "eres la máxima autoridad administrativa y el paso lleva 5 días hábiles de atraso",
            False,
        ),
        ("sgtd", "estás a cargo de la entidad y el paso lleva 5 días hábiles de atraso", False),
    ],
)
def test_each_reads_why_and_is_led_to_what_they_may_do(days: Days, role, why, leads_to_step):
    late(days)
    task = days.task("run_demo_test")
    body = plain(to(days, role).body)
    assert f"Lo recibes porque {why}." in body
    assert "Venció el 23 de febrero de 2026: 5 días hábiles de atraso." in body
    link = f"tareas/{task.id}" if leads_to_step else "entidades/E90001"
    assert f"http://localhost/{link}\n" in body
    assert ("Si ya respondiste" in body) == leads_to_step


@pytest.mark.nightly
def test_the_link_opens_the_step_after_signing_in(days: Days):
    task_id = days.begin_monday()
    answer = days.browser("preparer").get(f"/tareas/{task_id}", follow_redirects=True)
    assert answer.status_code == 200
    assert forms.steps()["designate_administrator"].form.heading in answer.text


def test_a_legal_term_is_named_with_its_basis(days: Days):
    days.begin_monday()
    days.due_on("designate_administrator", WEDNESDAY)
    days.change_task(
        "designate_administrator",
        due_kind="legal",
        due_basis="TUO, artículo 136",
        counted_on=date(2026, 2, 27),
    )
    days.remind()
    assert "Plazo legal, que no se amplía (TUO, artículo 136)." in to(days, "preparer").body


@pytest.mark.nightly
def test_html_and_text_say_the_same_in_the_same_order(days: Days):
    late(days)
    with days.writing() as session:
        reminders.announce_moved(
            session, session.get_one(Task, days.task("run_demo_test").id), date(2026, 2, 20)
        )
    days.at(TUESDAY)
    days.remind()
    for mail in days.reminder_mails():
        source = html_of(days, mail)
        shown = plain(" ".join(Text(source).seen)).casefold()
        place = 0
        for line in plain(mail.body).split("\n"):
            for word in re.sub(r"http://\S+|^\*|[():]", " ", line).split():
                found = shown.find(word.casefold().strip("():"), place)
                assert found >= 0, (word, mail.body, shown)
                place = found
        assert sorted(Text(source).links) == sorted(re.findall(r"http://\S+", mail.body))


@pytest.mark.nightly
def test_html_asks_for_nothing_from_elsewhere(days: Days):
    late(days)
    source = html_of(days, to(days, "sgtd"))
    html5lib.HTMLParser(strict=False).parse(source)
    shown = Text(source)
    assert not shown.tags & {"img", "script", "link", "iframe", "form", "object", "video"}
    assert "@import" not in source
    assert "url(" not in source
    addresses = set(re.findall(r"https?://[^\s\"'<>]+", source))
    assert {one for one in addresses if not one.startswith("http://localhost/")} <= {
        "http://www.w3.org/1999/xhtml"
    }
    assert 'lang="es"' in source
    assert "Arial" in source


@pytest.mark.nightly
def test_what_people_typed_is_text_in_every_mail(days: Days):
    name = 'Ente <b>"gordo"</b> & </mj-text><mj-image src="http://example.org/x.png" /> {{ 7*7 }}'
    days.change_entity(name=name, district="<i>aquí</i>")
    days.begin_monday()
    with days.writing() as session:
        session.execute(update(User).values(given_names="Ana\r\nBcc: otra@example.org <script>"))
    days.remind()
    mail = to(days, "preparer")
    source = html_of(days, mail)
    shown = Text(source)
    assert not shown.tags & {"b", "i", "script", "img", "mj-image"}
    assert "<b>" in "".join(shown.seen)
    assert "{{ 7*7 }}" in mail.body
    assert "\n" not in mail.subject
    assert "\r" not in mail.subject


def test_a_subject_of_an_entity_with_lines_in_its_name_is_one_line(days: Days):
    days.change_entity(name="Ente\nde dos líneas")
    days.begin()
    days.due_on("designate_administrator", LAST_MONDAY)
    days.remind()
    assert "\n" not in to(days, "sip").subject
    assert "Ente de dos líneas" in to(days, "sip").subject


@pytest.mark.nightly
def test_the_most_urgent_stands_first_and_steps_of_an_entity_together(days: Days):
    for code, ago in (("E90002", 23), ("E90003", 16), ("E90004", 20)):
        instance = days.begin(code=code)
        days.due_on("designate_administrator", date(2026, 2, ago), instance)
    days.remind()
    body = to(days, "sip").body
    places = [body.index(f"EJEMPLO {number} ") for number in (3, 2)]
    assert places == sorted(places)
    assert to(days, "sip").subject == "2 pasos por responder: 2 con atraso"


@pytest.mark.nightly
def test_of_many_steps_the_most_urgent_are_listed_and_the_rest_counted(days: Days, monkeypatch):
    monkeypatch.setattr("app.cases.reminders.digest.MOST", 2)
    for number in range(2, 7):
        instance = days.begin(code=f"E9000{number}")
        days.due_on("designate_administrator", LAST_MONDAY, instance)
    days.remind()
    mail = to(days, "sip")
    assert mail.body.count("\n* ") == 2
    assert "Y 3 más" in mail.body
    assert "Y 3 más" in " ".join(Text(html_of(days, mail)).seen)
    assert len(days.rows(mail_id=mail.id)) == 5


def test_the_mesa_de_partes_reads_how_to_begin(days: Days):
    instance = days.begin(code="E90002")
    days.due_on("designate_administrator", date(2026, 2, 25), instance)
    days.remind()
    (mail,) = days.reminder_mails()
    for part in (
        "Señoras y señores de la mesa de partes de Municipalidad Distrital de Ejemplo 2:",
        "Entreguen este correo a quien preparará la designación del administrador.",
        "Lo reciben porque la entidad todavía no usó su código de activación",
        "http://localhost/activar",
        "http://localhost/inicia",
    ):
        assert part in mail.body
    assert (mail.to, mail.user_id) == ("mesadepartes.e90002@example.pe", None)
    assert "Ejemplo 2" in mail.subject


@pytest.mark.nightly
def test_a_week_names_who_is_in_charge_and_what_waits_for_a_signature(days: Days):
    days.at(FRIDAY)
    days.file()
    with days.writing() as session:
        task = days.find(session, "record_reception")
        signature = Task(
            instance_id=task.instance_id, entity_id=task.entity_id, engine_id="of a test",
            step="sign_letter", name="Firmar el oficio", role="secretary", process="follow_up",
            opened_at=calendar.now(), due_at=calendar.end_of(date(2026, 3, 20)),
        )  # fmt: skip
        session.add(signature)
    days.due_on("record_reception", TUESDAY)
    days.change_entity(sip_coordinator_id=days.people["sip"])
    days.at(NEXT_MONDAY)
    days.remind()
    (mail,) = days.reminder_mails("weekly")
    assert mail.subject == "Semana del 9 de marzo de 2026: 1 firma por dar, 1 paso con atraso"
    body = plain(mail.body)
    assert "* Firmar el oficio, Municipalidad Distrital de Ejemplo 1: vence en 9 días" in body
    assert "Persona Ejemplo 021, SIP: 1 paso con atraso" in body
    assert "porque firmas por el Despacho" in body
    assert "Persona Ejemplo 021, SIP" in " ".join(Text(html_of(days, mail)).seen)


def test_html_of_a_sent_mail_counts_from_the_day_on_which_it_was_sent(days: Days):
    days.begin_monday()
    days.remind()
    days.send()
    days.at(date(2026, 3, 11))
    assert "en 10 días hábiles" in plain(html_of(days, to(days, "preparer")))


def test_other_mails_have_no_html_of_the_ledger_and_stay_as_they_are(days: Days):
    with days.writing() as session:
        access.invite(session, days.user(session, "preparer"))
        mail = session.scalars(select(Mail)).one()
        assert reminders.html(session, mail) == ""
        assert reminders.refresh(session, mail)


# Texts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "subject"),
    [
        ([("Firmar", 0, "")], "Firmar: vence hoy"),
        ([("Firmar", -3, "")], "Firmar: 3 días hábiles de atraso"),
        ([("Firmar", 9, "moved")], "Firmar: cambió la fecha"),
        ([("Firmar", 9, "new")], "Paso nuevo: Firmar, vence en 9 días hábiles"),
        ([("Firmar", -1, "new")], "Firmar: 1 día hábil de atraso"),
        ([("Firmar", 9, "moved"), ("Leer", 2, "moved")], "Cambió la fecha de 2 pasos"),
        (
            [("Firmar", 9, "new"), ("Leer", 5, "new")],
            "2 pasos nuevos: el primero vence en 5 días hábiles",
        ),
        (
            [("Firmar", 9, "moved"), ("Leer", 2, "")],
            "2 pasos por responder: el primero vence en 2 días hábiles",
        ),
        ([("Firmar", 0, ""), ("Leer", 2, "new")], "2 pasos por responder: uno vence hoy"),
        (
            [("a", -1, ""), ("b", -9, ""), ("c", 0, ""), ("d", 0, "")],
            "4 pasos por responder: 2 con atraso y 2 vencen hoy",
        ),
        (
            [("a", -1, "", True), ("b", 0, "", True)],
            "2 consultas por responder: una con atraso y una vence hoy",
        ),
        (
            [("a", 3, "", True), ("b", 5, ""), ("c", 5, "")],
            "2 pasos y 1 consulta por responder: el primero vence en 3 días hábiles",
        ),
    ],
)
def test_a_subject_says_what_matters(steps, subject):
    assert plain(wording.subject([wording.Step(*step) for step in steps])) == subject


def test_a_date_that_moved_is_said_with_its_reason_or_without():
    new = calendar.end_of(date(2026, 3, 17))
    for reason, said in (
        ("", ""),
        ("Hay un feriado", " Hay un feriado."),
        ("Hubo uno.", " Hubo uno."),
    ):
        assert wording.moved(date(2026, 3, 10), new, reason) == (
            f"La fecha cambió del 10 de marzo de 2026 al 17 de marzo de 2026.{said}"
        )


def test_a_substitute_reads_whose_substitute_they_are():
    absent = User(given_names="Rosa", surnames="Ejemplo", grants=[])
    here = User(id=7, active=True, grants=[])
    task = Task(role="administrator", entity_id=1, assignee_id=None)
    one = Recipient("u7", "lane", here, "x@example.pe", absent)
    assert wording.why(task, one, here, 0) == "Lo recibes porque reemplazas a Rosa Ejemplo."
    assert "y el paso lleva 1" in wording.why(task, one, here, -1)
