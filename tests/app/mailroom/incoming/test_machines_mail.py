"""Mails from machines: reports about our domain, and free text from daemons."""

from __future__ import annotations

from app.mailroom.sending import return_path
from tests.app.mailroom.postbag import STRANGER, now, sample, sent, take, waiting
from tests.app.walk import Walk


def test_a_report_about_our_domain_is_no_complaint(walk: Walk):
    failed = b"abuse\nAuth-Failure: dmarc"
    for kind in (b"auth-failure", b"virus", b"not-spam", b"dmarc", failed):
        raw = sample(walk, "complaint_arf", sent(walk))
        row = take(walk, raw.replace(b"Feedback-Type: abuse", b"Feedback-Type: " + kind))
        assert row.kind == "automatic"
    assert waiting(walk) == []


def test_reports_of_a_day_are_a_machine_s_however_they_are_called(walk: Walk):
    for subject, name in [
        ("[Preview] Report Domain: example.pe Submitter: mail.example.org Report-ID: 5", "r.gz"),
        ("Report Domain: example.pe Submitter: mail.example.org Report-ID: <1>", "r.xml.gz"),
        ("DMARC aggregate report for example.pe", "report.zip"),
        ("Your daily file", "mail.example.org!example.pe!1784764800!1784851199.xml.gz"),
    ]:
        raw = (
            f"From: Reports <dmarc@mail.example.org>\nTo: zaguan@example.pe\nSubject: {subject}\n"
            f"Content-Type: application/gzip; name={name}\n\nx"
        )
        assert take(walk, raw.encode()).kind == "automatic"


DAEMON = (
    "Return-Path: <>\nFrom: {sender}\nTo: {to}\nSubject: Returned mail\n"
    "Content-Type: text/plain\n\n"
    "Your message could not be delivered.\n\n    persona.011@example.pe: {said}\n"
)


def test_a_daemon_that_says_in_free_text_that_there_is_no_such_user_is_hard(walk: Walk):
    for sender in [
        "MAILER-DAEMON <>",
        "<MAILER-DAEMON>",
        "Courier mail server <>",
        "Mail Delivery <postmaster@example.org>",
    ]:
        ours = sent(walk)
        with walk.app.app_context():
            to = return_path.make(ours.id)
        raw = DAEMON.format(sender=sender, to=to, said="User unknown")
        assert take(walk, raw.encode(), to).kind == "hard"
        assert now(walk, ours).state == "bounced"
    raw = DAEMON.format(sender="MAILER-DAEMON <>", to=STRANGER, said="mailbox is full")
    assert take(walk, raw.encode()).kind == "soft"
    words = "Addressee unknown\n\nThe following addresses had errors\n<ana@example.pe>\n"
    words += "Transcript of session follows\n\nOriginal message follows.\nmailbox is full"
    for sender in ("<Mail.Delivery.System@example.pe>", "Móvil <ana@example.pe>"):
        raw = DAEMON.format(sender=sender, to=STRANGER, said=words)
        assert take(walk, raw.encode()).kind == "hard", "although detectors raise"
