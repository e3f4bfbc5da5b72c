"""Mails about a presentation, going live and the constancia lead to their subject."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from app.base.models import Filing, Mail, Register, Task
from app.cases.case import Case
from app.cases.reminders import announcements
from tests.app.walk import Walk

pytestmark = pytest.mark.nightly

SIGNED = ("Oficio de designación", "Formato SIP-RVL-001", "Formato SIP-RVL-002")
LINK = re.compile(r"http://[^/\s]+(/entidades/E90001/presentaciones/\d+)")


@pytest.fixture
def received(walk: Walk) -> Walk:
    walk.begin_filed()
    walk.answer("record_reception", "received")
    return walk


def link_of(mail: Mail) -> str:
    found = LINK.search(mail.body)
    assert found is not None
    return found[1]


def cut_of(walk: Walk) -> str:
    return walk.one(select(Filing.cut))


def test_the_mail_of_a_reception_and_of_a_conformity_lead_to_the_presentation(received: Walk):
    (mail,) = received.mails("received")
    cut, address = cut_of(received), link_of(mail)
    assert mail.subject == f"Expediente {cut}: la PCM recibió la designación del administrador"
    page = received.browser("preparer").get(address).text
    assert f"Expediente {cut}" in page
    assert "En revisión" in page
    assert all(f">{title}<" in page for title in SIGNED)
    received.answer("review_designation", "accepted")
    (mail,) = received.mails("accepted")
    assert mail.subject.endswith(f", expediente {cut}")
    assert link_of(mail) == address
    assert "Conforme" in received.browser("preparer").get(address).text


def test_who_is_signed_out_comes_back_to_it_and_who_may_not_see_it_finds_nothing(received: Walk):
    address = link_of(received.mails("received")[0])
    signed_out = received.app.test_client().get(address)
    assert signed_out.location == f"/ingresar?siguiente={address}"
    received.people["operator"] = received.person("40000071", "operator", "E90001")
    received.people["other"] = received.person("40000072", "administrator", "E90002")
    for role in ("operator", "other"):
        assert received.browser(role).get(address).status_code == 404
    other = address.replace("E90001", "E90002")
    for path in (other, address[:-1] + "999"):
        assert received.browser("sip").get(path).status_code == 404
    received.people["auditor"] = received.person("40000073", "auditor")
    assert "/archivos/" not in received.browser("auditor").get(address).text


def test_an_observed_presentation_lists_what_was_observed(received: Walk):
    address = link_of(received.mails("received")[0])
    received.answer("review_designation", "observed")
    page = received.browser("preparer").get(address).text
    assert "Observada: la entidad la subsana" in page
    assert "Respuesta: sin respuesta" in page


@pytest.mark.parametrize("source", ["zaguan", "own_system"])
def test_the_mail_of_going_live_leads_to_the_register_where_it_is(received: Walk, source: str):
    address = "https://www.example.org/visitas"
    with received.writing() as session:
        row = received.instance(session)
        case = Case(session, row.entity, row)
        session.add(
            Register(
                entity_id=row.entity_id,
                environment="production",
                opened_at=case.at,
                source=source,
                source_address="" if source == "zaguan" else address,
                real_documents=False,
            )
        )
        session.flush()
        task = Task(step="confirm_production", stage="production")
        announcements.announce(case, task, "confirmed")
        announcements.announce(case, task, "returned")
    mails = received.mails("live")
    assert {mail.user_id for mail in mails} == {
        received.people[role] for role in ("preparer", "administrator", "alternate")
    }
    assert len(mails) == 3
    here = address if source != "zaguan" else "/visitas/E90001"
    assert all(here in mail.body for mail in mails)
