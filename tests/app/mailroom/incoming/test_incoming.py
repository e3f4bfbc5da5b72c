"""Incoming mail: classified, tied to a sent mail, and believed only where it is proved."""

from __future__ import annotations

import html

import pytest
from sqlalchemy import select

from app.base.models import Notice, Task, User
from app.cases import notices
from app.mailroom.incoming import kinds
from app.mailroom.incoming.kinds import KINDS
from app.mailroom.sending import return_path
from app.people import access
from tests.app.cast import entity_of
from tests.app.mailroom.postbag import (
    MESSAGES,
    STRANGER,
    TO,
    address,
    now,
    sample,
    sent,
    take,
    taken,
    waiting,
)
from tests.app.together import together
from tests.app.walk import CODE, Walk

# Kinds ----------------------------------------------------------------------------------------

KIND_OF = {
    "postfix_no_such_user": ("hard", "User unknown"),
    "exim_unrouteable": ("hard", "No such user here"),
    "exchange_not_found": ("hard", "RecipientNotFound"),
    "gmail_no_such_user": ("hard", "does not exist"),
    "qmail_no_mailbox": ("hard", "no mailbox here"),
    "postfix_delayed": ("soft", "timed out"),
    "postfix_expired": ("soft", "timed out"),
    "mailbox_full": ("soft", "quota exceeded"),
    "refused_by_policy": ("soft", "reputation"),
    "delivered": ("automatic", ""),
    "read_receipt": ("automatic", ""),
    "vacation_outlook": ("automatic", ""),
    "vacation_gmail": ("automatic", ""),
    "vacation_by_subject": ("automatic", ""),
    "calendar_accepted": ("automatic", ""),
    "complaint_arf": ("complaint", ""),
    "answer_thunderbird": ("answer", ""),
    "answer_outlook_html": ("answer", ""),
}


def test_every_sample_is_listed_here():
    assert set(KIND_OF) == {file.stem for file in MESSAGES.glob("*.eml")}
    assert {kind for kind, _ in KIND_OF.values()} == set(KINDS) - {"unknown"}


def test_kinds_are_distinguished(walk: Walk):
    for name, (kind, said) in KIND_OF.items():
        ours = sent(walk)
        row = taken(walk, name, ours)
        assert (row.kind, row.mail_id, row.entity_id) == (kind, ours.id, ours.entity_id)
        assert row.user_id == walk.people["preparer"]
        after = now(walk, ours)
        assert said in after.error
        assert (after.state == "bounced") == (kind == "hard")
        assert (after.bounced_at is not None) == (kind in ("hard", "soft"))


SERVERS_SAY = {
    "5.1.1 smtp; 550 5.1.1 <x@example.pe>: User unknown": True,
    "5.0.0 smtp; 550 No such user here": True,
    "5.0.0 smtp; 550 Requested action not taken": False,
    "5.0.0 smtp; 550 Rejected": False,
    "5.1.1 smtp; 550 5.7.1 IP address blacklisted by recipient": False,
    "5.1.1 smtp; 552 5.2.2 Over quota": False,
    "5.1.1 smtp; 550 Mailbox full": False,
    "5.1.1 smtp; 550 SPF check failed": False,
    "5.1.1 smtp; 550 5.1.1 Sending rate limit exceeded": False,
    "5.1.1 smtp; 550 5.1.1 Too many messages from this host, try again later": False,
    "5.1.1 smtp; 554 5.7.1 Client host [192.0.2.4] blocked using list.example.org": False,
    "5.1.1 smtp; 550 5.1.1 User unknown; this server limits its rate": True,
    "5.1.1 smtp; 550 Rejected": False,
    "5.5.0 smtp; 550 5.5.0 Requested action not taken: mailbox unavailable": True,
    "5.4.1 smtp; 550 5.4.1 Recipient address rejected: Access denied": True,
    "5.4.4 X-Postfix; Host or domain name not found": True,
    "5.2.1 smtp; 550 5.2.1 The email account that you tried to reach is disabled": True,
    "5.0.0 smtp; 550 El usuario no existe": True,
    "5.2.2 smtp; 552 5.2.2 Mailbox full": False,
    "5.0.0 smtp; 550 Mailbox quota exceeded": False,
    "5.0.0 smtp; 550 El buzón está lleno": False,
    "5.7.1 smtp; 550 5.7.1 Message rejected as spam": False,
    "5.0.0 smtp; 550 Blocked by our policy": False,
    "5.7.1 smtp; 550 5.7.1 user unknown to those who may not ask": False,
    "5.0.0 smtp; 550 Sender verify failed: no such user here": False,
    "5.0.0 smtp; 550 <spam@example.pe>: user unknown": True,
    "5.1.8 smtp; 550 5.1.8 Sender address rejected": False,
    "5.3.4 smtp; 552 5.3.4 Message too large": False,
    "4.4.1 X-Postfix; connect to mail.example.pe[192.0.2.25]:25: timed out": False,
    "4.1.1 smtp; 450 4.1.1 try again, user unknown for now": False,
    "5.0.0 smtp; 554 Transaction failed": False,
    "": False,
}


def test_hard_is_only_what_says_that_there_is_no_such_address():
    for said, is_hard in SERVERS_SAY.items():
        status, _, answer = said.partition(" ")
        assert kinds.is_hard(answer, status) is is_hard


# Bounces --------------------------------------------------------------------------------------


def test_a_hard_bounce_marks_the_address_and_the_second_asks_to_verify_the_contact(walk: Walk):
    taken(walk, "postfix_no_such_user", sent(walk))
    known = address(walk)
    assert (known.dead_at is None, known.hard_bounces) == (False, 1)
    assert waiting(walk) == ["address_dead"]
    assert [one.data.keys() for one in walk.entries("mail.bounced")] == [{"incoming_id"}]
    ours = sent(walk)
    for name in ("exim_unrouteable", "gmail_no_such_user"):
        taken(walk, name, ours)
    assert waiting(walk) == ["address_dead", "verify_contact"]
    assert address(walk).hard_bounces == 2, "one that comes back twice counts once"


def test_a_soft_bounce_is_counted_and_no_more(walk: Walk):
    ours = sent(walk)
    taken(walk, "mailbox_full", ours)
    known = address(walk)
    assert (known.soft_bounces, known.dead_at) == (1, None)
    assert now(walk, ours).state == "sent"
    assert waiting(walk) == []


def test_a_forged_bounce_is_shown_and_marks_nothing(walk: Walk):
    for name in ["postfix_no_such_user", "exim_unrouteable", "mailbox_full"]:
        ours = sent(walk)
        row = taken(walk, name, ours, to=STRANGER.replace("+1-", f"+{ours.id}-"))
        assert (row.mail_id, row.verified) == (ours.id, False)
        assert address(walk) is None
        assert now(walk, ours).state == "sent"
        assert waiting(walk) == []
        assert "no cambia nada" in walk.browser("sip").get(f"/correos/recibidos/{row.id}").text


def test_the_recipient_named_by_the_mta_is_enough(walk: Walk):
    ours = sent(walk)
    raw = sample(walk, "postfix_no_such_user", ours, to="zaguan@example.pe")
    with walk.app.app_context():
        path = return_path.make(ours.id).upper()
    assert take(walk, raw, recipient=path).verified
    assert address(walk).hard_bounces == 1


def test_a_return_path_inside_a_bounce_is_no_proof(walk: Walk):
    """Check that it proves nothing: it travels with the mail, and any recipient could show it."""
    ours = sent(walk)
    raw = sample(walk, "postfix_no_such_user", ours).replace(b"\nTo: ", b"\nX-To: ", 1)
    row = take(walk, raw.replace(b"Delivered-To", b"X-Delivered"))
    assert (row.mail_id, row.verified) == (ours.id, False)
    assert address(walk) is None


@pytest.mark.nightly
def test_a_legal_notice_that_comes_back_asks_for_paper(walk: Walk):
    walk.begin()
    walk.designate()
    walk.answer("record_reception", "observed")
    (notice,) = walk.mails("legal_notice")
    before = walk.task("correct_designation").due_at
    taken(walk, "postfix_no_such_user", notice)
    assert "notify_on_paper" in waiting(walk)
    assert walk.task("correct_designation").due_at == before


@pytest.mark.nightly
def test_a_bounce_of_a_bounce_is_about_nothing_of_ours(walk: Walk):
    inner = sample(walk, "postfix_no_such_user")
    raw = (
        b"Return-Path: <>\nFrom: MAILER-DAEMON@example.pe\nTo: postmaster@example.pe\n"
        b"Subject: Postmaster Copy: Undelivered Mail\nMIME-Version: 1.0\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=zz\n\n--zz\n"
        b"Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n"
        b"Final-Recipient: rfc822; MAILER-DAEMON@mx1.example.org\nAction: failed\n"
        b"Status: 5.1.1\n\n--zz\nContent-Type: message/rfc822\n\n" + inner + b"\n--zz--\n"
    )
    row = take(walk, raw)
    assert (row.kind, row.mail_id, row.verified) == ("hard", None, False)
    assert waiting(walk) == []


# Machines and complaints ----------------------------------------------------------------------


def test_a_complaint_ends_the_persons_digests_and_an_automatic_reply_is_noted(walk: Walk):
    taken(walk, "vacation_outlook", sent(walk))
    assert len(walk.entries("mail.automatic")) == 1
    assert waiting(walk) == []
    assert address(walk) is None
    taken(walk, "complaint_arf", sent(walk))
    assert not walk.get(User, walk.people["preparer"]).wants_digest
    assert address(walk).complaints == 1
    assert address(walk).dead_at is None
    assert waiting(walk) == ["complaint"]
    (entry,) = walk.entries("person.digest_refused")
    assert entry.data["person_id"] == walk.people["preparer"]


def test_a_forged_complaint_ends_nothing_and_one_in_a_broken_report_is_one(walk: Walk):
    row = taken(walk, "complaint_arf", sent(walk), to=STRANGER)
    assert walk.get(User, walk.people["preparer"]).wants_digest
    assert waiting(walk) == ["complaint"]
    assert "no cambia nada" in walk.browser("sip").get(f"/correos/recibidos/{row.id}").text
    raw = sample(walk, "complaint_arf", sent(walk))
    broken = take(walk, raw.replace(b"Feedback-Type: abuse", b"Feedback-Type: \xe1buse"))
    assert broken.kind == "complaint"


# Answers --------------------------------------------------------------------------------------


def test_an_answer_is_in_the_history_and_its_coordinator_gets_a_notice(walk: Walk):
    with walk.writing() as session:
        entity_of(session).sip_coordinator_id = walk.people["sip"]
    other = walk.person("40000031", "sip")
    row = taken(walk, "answer_thunderbird", sent(walk))
    assert waiting(walk) == ["answer_received"]
    assert walk.all(select(Notice).where(notices.waiting_for(walk.get(User, other)))) == []
    (entry,) = walk.entries("mail.answer")
    assert entry.data == {"incoming_id": row.id}
    history = walk.browser("sip").get(f"/entidades/{CODE}/historial").text
    assert "Llegó la respuesta de una persona" in history
    assert "alcalde" not in history


def test_an_answer_is_read_and_taken_off_the_list(walk: Walk):
    path = f"/correos/recibidos/{taken(walk, 'answer_thunderbird', sent(walk)).id}"
    client = walk.browser("sip")
    page = client.get(path).text
    assert "El señor alcalde está de viaje y firma el lunes." in page
    assert "un-secreto" not in page
    assert client.post(f"{path}/leido").status_code == 303
    assert waiting(walk) == waiting(walk, "sgtd") == []
    assert "Ya lo leí" not in client.get(path).text


def test_html_is_shown_as_text_and_attachments_by_name(walk: Walk):
    row = taken(walk, "answer_outlook_html", sent(walk))
    assert row.subject == "RE: Resumen del 3 de marzo – pregunta"
    assert "¿Dónde subo el oficio—firmado?" in row.body
    assert "Oficio número 12.pdf" in row.body
    for hidden in ("alert", "color", "https:", "título", "<"):
        assert hidden not in row.body
    page = walk.browser("sip").get(f"/correos/recibidos/{row.id}").text
    for active in ("trampa.example.org", "rastro.example.org", "<script>", "onload"):
        assert active not in page


def test_who_writes_without_answering_is_known_by_address(walk: Walk):
    raw = b"From: Quien Sea <PERSONA.011@example.pe>\nTo: zaguan@example.pe\n\nHola\n"
    row = take(walk, raw)
    assert (row.kind, row.user_id) == ("answer", walk.people["preparer"])
    assert row.entity_id is not None
    desk = take(walk, b"From: mesadepartes.e90001@example.pe\n\nHola, somos la mesa de partes\n")
    assert (desk.kind, desk.user_id, desk.entity_id) == ("answer", None, row.entity_id)
    with walk.writing() as session:
        user = walk.user(session, "preparer")
        access.revoke(session, user, "preparer", entity_of(session), None)
    assert take(walk, raw.replace(b"Hola", b"Adios")).entity_id is None


def test_who_works_for_two_entities_is_not_taken_for_either(walk: Walk):
    walk.change(User, walk.person("40000077", "preparer", "E90002"), email=TO)
    row = take(walk, b"From: persona.011@example.pe\n\nHola\n")
    assert (row.kind, row.entity_id, row.user_id) == ("unknown", None, None)
    assert waiting(walk) == []


def test_a_message_about_no_mail_of_ours_is_stored_and_shown(walk: Walk):
    for name in ["vacation_gmail", "answer_thunderbird"]:
        raw = sample(walk, name).replace(b"persona.011@example.pe", b"quien@example.org")
        row = take(walk, raw)
        assert row.mail_id is None
        assert row.kind in ("unknown", "automatic")
        assert waiting(walk) == []
        assert row.sender in html.unescape(walk.browser("sip").get("/correos/recibidos").text)


# Nothing is done ------------------------------------------------------------------------------


@pytest.mark.nightly
def test_nothing_that_arrives_does_anything(walk: Walk):
    walk.begin()
    before = walk.row_counts()
    tasks = [(t.id, t.state, t.due_at) for t in walk.all(select(Task))]
    mails = [sent(walk) for _ in KIND_OF]
    for name, ours in zip(KIND_OF, mails, strict=True):
        taken(walk, name, ours)
    grown = {name for name, count in walk.row_counts().items() if count != before[name]}
    assert grown == {"incoming", "address", "notice", "log", "mail"}
    assert walk.row_counts()["mail"] == before["mail"] + len(mails)
    assert [(t.id, t.state, t.due_at) for t in walk.all(select(Task))] == tasks


def test_the_same_message_twice_is_one(walk: Walk):
    raw = sample(walk, "answer_thunderbird", sent(walk))
    assert take(walk, raw) is not None
    assert take(walk, raw) is None
    assert waiting(walk) == ["answer_received"]
    assert walk.row_counts()["incoming"] == 1


@pytest.mark.postgresql
def test_the_same_message_twice_at_once_is_one(walk: Walk):
    raw = sample(walk, "postfix_no_such_user", sent(walk))
    came = together(*(lambda: take(walk, raw) for _ in range(4)))
    assert [row is None for row in came].count(False) == 1
    assert address(walk).hard_bounces == 1


def test_a_mail_of_our_own_that_comes_round_goes_no_further(walk: Walk):
    for head in (
        "From: Zaguan <zaguan@example.pe>\nAuto-Submitted: auto-generated\nIn-Reply-To:",
        "From: otra@example.pe\nMessage-ID:",
    ):
        row = take(walk, f"{head} {sent(walk).message_id}\n\nx\n".encode())
        assert (row.kind, row.mail_id, row.entity_id) == ("unknown", None, None)
    assert waiting(walk) == []
    assert len(walk.mails("reset")) == 2
