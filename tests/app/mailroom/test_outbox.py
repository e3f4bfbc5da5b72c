"""The outbox: mails are rows of the act that causes them; a page shows the outcome of each."""

from __future__ import annotations

import re
from typing import Any

import pytest
from jinja2 import UndefinedError
from sqlalchemy import func, select

from app.administration.users.changes import move_account
from app.base import calendar
from app.base.models import Address, LogEntry, Mail, Notice
from app.mailroom import sending
from app.mailroom.outbox.mails import STATES
from app.people import addresses, mail
from app.people.mail import TEMPLATES, Letter
from tests.app import cast
from tests.app.walk import Walk


def put(walk: Walk, *to: str, **values: Any) -> list[int]:
    """Return mails in the outbox; their ids."""
    given = {"kind": "legal_notice", "subject": "Asunto", "body": "Texto.\n"} | values
    with walk.writing() as session:
        rows = [
            Mail(message_id=mail.new_message_id(), to=one, created_at=calendar.now(), **given)
            for one in to or ("una@example.pe",)
        ]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]


# Rows ------------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_a_legal_term_is_notified_by_a_mail_that_names_it(walk: Walk):
    walk.begin()
    walk.designate()
    walk.answer("record_reception", "observed")
    (written,) = walk.mails("legal_notice")
    task = walk.task("correct_designation")
    assert written.to == "persona.011@example.pe"
    assert (written.entity_id, written.user_id) == (task.entity_id, walk.people["preparer"])
    assert f"http://localhost/tareas/{task.id}" in written.body
    assert "No se amplía" in written.body
    assert (written.state, written.sent_at) == ("waiting", None)


def test_every_mail_has_an_identifier_of_its_own_and_a_subject_of_one_line(walk: Walk):
    with walk.writing() as session:
        user = walk.user(session, "preparer")
        user.given_names = "Persona\nde dos líneas"
        for token in ("a", "b"):
            values = {"token": token, "hours": 2}
            mail.post(session, Letter("reset", user.email, values, user=user))
            mail.post(session, Letter("new_role", user.email, ROLE, user=user))
        session.flush()
        mails = session.scalars(select(Mail)).all()
        assert len({one.message_id for one in mails}) == len(mails) == 4
        for one in mails:
            assert one.subject
            assert "\n" not in one.subject + one.to
            assert one.message_id.endswith("@example.pe>")


ROLE = {"role": "Cargo\nde dos líneas", "other_address": False}


def test_every_template_of_a_mail_begins_with_its_subject():
    names = TEMPLATES.list_templates(extensions=["txt"])
    assert len(names) > 5
    for name in names:
        source, _, _ = TEMPLATES.loader.get_source(TEMPLATES, name)
        assert source.splitlines()[0].strip()


def test_a_value_that_a_mail_lacks_is_a_fault_and_nobody_to_write_to_is_none(walk: Walk):
    with walk.writing() as session:
        with pytest.raises(UndefinedError):
            mail.post(session, Letter("reset", "x@example.pe", {}))
        assert session.scalar(select(func.count(Mail.id))) == 0
    with walk.writing() as session:
        assert mail.post(session, Letter("reset", "", {})) is None


# The list --------------------------------------------------------------------------------------


def addresses_on(page: str) -> set[str]:
    return set(re.findall(r"[\w.]+@example\.pe", re.sub(r"(?s)<form.*?</form>", "", page)))


@pytest.mark.nightly
def test_coordinators_search_by_person_address_subject_entity_and_state(walk: Walk):
    with walk.writing() as session:
        there_id = cast.entity(session, "E90002", name="Municipalidad de Ñañañique").id
        here_id = cast.entity_of(session).id
    una, otra, tercera = "una@example.pe", "otra@example.pe", "tercera@example.pe"
    put(walk, una, entity_id=here_id, user_id=walk.people["preparer"])
    put(walk, otra, entity_id=there_id, subject="100% listo", state="failed")
    put(walk, tercera, state="sent", sent_at=calendar.now())
    client = walk.browser("sip")
    for requested, expected in (
        ({}, {una, otra, tercera}),
        ({"q": "UNA@"}, {una}),
        ({"q": "persona ejemplo 011"}, {una}),
        ({"q": "100%"}, {otra}),
        ({"q": "%"}, {otra}),
        ({"q": "nadie@"}, set()),
        ({"entidad": "nananique"}, {otra}),
        ({"entidad": "E90001"}, {una}),
        ({"entidad": "E90001", "q": "otra@"}, set()),
        ({"estado": "failed"}, {otra}),
        ({"estado": "sent"}, {tercera}),
    ):
        assert addresses_on(client.get("/correos", query_string=requested).text) == expected, (
            requested
        )


def test_each_state_has_a_word_and_a_shape_with_its_reason_and_tries(walk: Walk):
    ids = {
        state: put(walk, f"{state}@example.pe", state=state, error=f"Por {state}.")[0]
        for state in STATES
    }
    client = walk.browser("sip")
    listed = client.get("/correos").text
    for state, mail_id in ids.items():
        shape = f"</svg>{STATES[state][0]}</span>"
        assert shape in listed
        page = client.get(f"/correos/{mail_id}").text
        assert shape in page
        assert f"Por {state}." in page
    put(walk, state="waiting", attempts=3, error="450 4.2.1 busy")
    page = client.get("/correos").text
    assert "3\N{NO-BREAK SPACE}intentos. 450 4.2.1 busy" in page
    assert "No hay un servidor de correo configurado" in page
    walk.app.config["SMTP_HOST"] = "mail.example.pe"
    assert "No hay un servidor" not in client.get("/correos").text


def test_what_needs_a_person_comes_first_and_leads_to_its_list(walk: Walk):
    client = walk.browser("sip")
    assert "Por atender" not in client.get("/correos").text, "nothing waits or failed"
    for state, count in (("sent", 2), ("waiting", 1), ("bounced", 2), ("failed", 3)):
        put(walk, *(f"{state}.{number}@example.pe" for number in range(count)), state=state)
    page = client.get("/correos").text
    found = re.findall(r'<dd><a class="govuk-link" href="/correos\?estado=(\w+)">(\d+)', page)
    assert found == [("failed", "3"), ("bounced", "2"), ("waiting", "1")]
    for state, count in found:
        assert f"{count}\N{NO-BREAK SPACE}correos" in client.get(
            f"/correos?estado={state}"
        ).text or (count == "1")


def test_mails_that_are_shown_only_are_read_here(walk: Walk):
    mail_id, *_ = put(walk, kind="reset", body="Un <b>texto</b>.\n", entity_id=1)
    assert sending.run(walk.app) == {"shown": 1}
    page = walk.browser("sip").post(f"/correos/{mail_id}/mostrar").text
    assert "Solo en esta página" in page
    assert "Un &lt;b&gt;texto&lt;/b&gt;." in page, "text, whatever it says"


def test_a_long_outbox_is_paged_the_newest_first(walk: Walk):
    put(walk, *(f"n{number:02}@example.pe" for number in range(60)))
    client = walk.browser("sip")
    first, second = client.get("/correos").text, client.get("/correos?pagina=2").text
    assert "n59@" in first
    assert "n09@" in second
    assert "n10@" not in second
    assert client.get("/correos?pagina=3").status_code == 404


# Access to mails -------------------------------------------------------------------------------


@pytest.mark.nightly
def test_mails_that_let_people_of_the_pcm_in_are_for_who_manages_people(walk: Walk):
    secret, *_ = put(walk, kind="invitation", state="failed", subject="Abre tu cuenta")
    public, *_ = put(walk, kind="invitation", state="failed", entity_id=1)
    walk.people["superuser"] = walk.person("40000029", "superuser")
    for role, seen in (("sip", False), ("superuser", True)):
        client = walk.browser(role)
        assert client.get(f"/correos/{secret}").status_code == (200 if seen else 404)
        assert client.get(f"/correos/{public}").status_code == 200
        for page in ("/correos", "/incidentes"):
            assert ("Abre tu cuenta" in client.get(page).text) == seen, page
    for act in ("reintentar", "descartar"):
        assert walk.browser("sip").post(f"/incidentes/correos/{secret}/{act}").status_code == 404
    assert walk.get(Mail, secret).state == "failed"


def test_links_that_give_access_are_shown_only_where_no_server_delivers_them(walk: Walk):
    link, *_ = put(walk, kind="invitation", entity_id=1, body="El enlace de ejemplo.\n")
    other, *_ = put(walk, entity_id=1, body="Otro texto de ejemplo.\n")
    client = walk.browser("sip")
    assert "El enlace de ejemplo." in client.post(f"/correos/{link}/mostrar").text
    walk.app.config["SMTP_HOST"] = "mail.example.pe"
    page = client.get(f"/correos/{link}").text
    assert "El enlace de ejemplo." not in page
    assert "solo lo lee quien lo recibe" in page
    assert "Otro texto de ejemplo." in client.get(f"/correos/{other}").text


# Unsent mails ----------------------------------------------------------------------------------


def test_a_mail_that_was_given_up_is_an_incident_until_it_is_tried_again(walk: Walk):
    put(walk, "una@example.pe", state="failed", attempts=22, error="554 5.7.1 no", entity_id=1)
    put(walk, "otra@example.pe", state="sent")
    client = walk.browser("sip")
    page = client.get("/incidentes").text
    assert "Correos que no salieron" in page
    assert "554 5.7.1 no" in page
    assert "Municipalidad Distrital de Ejemplo 1" in page
    assert "Notificación con plazo legal" in page
    assert "otra@" not in page
    answer = client.post("/incidentes/correos/1/reintentar", follow_redirects=True)
    assert "vuelve a estar por enviar" in answer.text
    one = walk.get(Mail, 1)
    assert (one.state, one.attempts, one.next_try_at) == ("waiting", 0, None)
    assert sending.run(walk.app) == {"shown": 1}
    (entry,) = walk.entries("mail.retried")
    assert (entry.actor_id, entry.entity_id) == (walk.people["sip"], 1)
    history = client.get("/entidades/E90001/historial").text
    assert "Se volvió a poner por enviar un correo: Asunto, para una@example.pe" in history


def test_a_mail_that_was_given_up_can_be_discarded_and_keeps_why(walk: Walk):
    put(walk, state="failed", error="554 5.7.1 no", entity_id=1)
    client = walk.browser("sip")
    client.post("/incidentes/correos/1/descartar")
    assert (walk.get(Mail, 1).state, walk.get(Mail, 1).error) == ("dropped", "554 5.7.1 no")
    assert "Ningún incidente abierto" in client.get("/incidentes").text
    assert len(walk.entries("mail.discarded")) == 1


def test_what_was_sent_is_neither_tried_again_nor_discarded(walk: Walk):
    put(walk, state="sent")
    for act in ["reintentar", "descartar"]:
        assert walk.browser("sip").post(f"/incidentes/correos/1/{act}").status_code == 303
        assert walk.get(Mail, 1).state == "sent"
        assert walk.all(select(LogEntry.kind).where(LogEntry.kind.like("mail.%"))) == []


# Addresses -------------------------------------------------------------------------------------


def test_a_dead_address_is_shown_and_a_coordinator_confirms_it(walk: Walk):
    put(walk, "Una@example.pe", state="sent", user_id=walk.people["preparer"])
    with walk.writing() as session:
        addresses.note_bounce(session, session.get_one(Mail, 1), hard=True, text="x")
    for place in ("/correos?q=una@example.pe", "/correos/1"):
        page = walk.browser("sip").get(place).text
        assert "no recibe correos desde el 2 de marzo de 2026" in page
        assert "La dirección funciona" in page
        assert "La dirección funciona" not in walk.browser("secretary").get(place).text
    answer = walk.browser("sip").post(
        "/correos/direcciones", data={"direccion": "una@example.pe", "volver": "/correos/1"}
    )
    assert answer.location == "/correos/1"
    assert walk.get(Address, "una@example.pe").dead_at is None
    assert "La dirección funciona" not in walk.browser("sip").get("/correos/1").text


def test_an_unknown_address_is_not_made_up_and_nobody_is_led_away(walk: Walk):
    answer = walk.browser("sip").post(
        "/correos/direcciones", data={"direccion": "x" * 5000, "volver": "https://example.org/"}
    )
    assert answer.location == "/"
    assert walk.browser("sip").post("/correos/direcciones").location == "/correos"
    assert walk.all(select(Address)) == []


def test_changing_an_address_confirms_the_new_one(walk: Walk):
    old = "persona.011@example.pe"
    put(walk, old, state="sent", user_id=walk.people["preparer"])
    with walk.writing() as session:
        addresses.note_bounce(session, session.get_one(Mail, 1), hard=True, text="x")
    data = {"email": old, "phone": "", "proof": cast.PASSWORD}
    assert walk.browser("preparer").post("/cuenta/contacto", data=data).status_code == 303
    assert walk.get(Address, old).dead_at is None
    put(walk, old, state="sent", user_id=walk.people["preparer"])
    with walk.writing() as session:
        user = walk.user(session, "preparer")
        addresses.note_bounce(session, session.get_one(Mail, 2), hard=True, text="x")
        move_account(session, user, "nueva@example.pe", walk.people["sip"])
        assert session.scalars(select(Notice).where(Notice.done_at.is_(None))).all() == []
