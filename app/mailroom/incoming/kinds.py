"""The kind of a message: a bounce, an automatic reply, a complaint, or a person's answer.

Bounces are read by RFC 3464 where they are reports, and by flufl.bounce where they are not. A
bounce is hard only if it says that there is no such address: a full mailbox, a server that is
away, or one that takes us for spam says nothing about the address.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from flufl.bounce._scan import _DETECTORS

from app.mailroom.incoming.reading import (
    Reading,
    clean,
    decoded,
    inside,
    parts,
    payload,
    text_of,
)
from app.people.addresses import answers

logger = logging.getLogger(__name__)

#: Kind → its name for coordinators.
KINDS = {
    "hard": "La dirección no existe",
    "soft": "No se pudo entregar por ahora",
    "automatic": "Respuesta automática",
    "complaint": "Reclamo por correo no deseado",
    "answer": "Respuesta de una persona",
    "unknown": "Sin relación conocida",
}

REPLY = re.compile(r"(?<!\d)(55[013])[ -]")
#: Where a bounce that is no report begins to quote the mail.
QUOTED = re.compile(
    r"^(?:-+.{0,40}(?:copy of the message|(?:original|returned) message|mensaje original|"
    r"below this line)|original message|included is a copy|received: from|"
    r"content-type: message/rfc822).*$",
    re.IGNORECASE | re.MULTILINE,
)

#: The types of a feedback report by which no reader complains (RFC 5965, RFC 6430, RFC 6591).
NO_COMPLAINTS = frozenset({"not-spam", "auth-failure", "dmarc", "virus", "miscategorized"})
#: The subject of a report of a day's mails of our domain (RFC 7489, section 7.2.1.1), and how its
#: attachment is called.
OF_DOMAIN = re.compile(r"report domain: ?\S+ submitter: ?\S+|\bdmarc\b.*\breport", re.IGNORECASE)
REPORT_FILE = re.compile(r"[^!\s]+![^!\s]+!\d+!\d+.*\.(?:xml|zip|gz)", re.IGNORECASE)
DAEMONS = (
    "mailer-daemon",
    "postmaster",
    "mail-daemon",
    "mail.delivery",
    "mdaemon",
    "microsoftexchange",
)
AUTOMATIC_SUBJECT = re.compile(
    r"(?:re: ?|rv: ?)?\[?(?:(?:respuesta|mensaje|aviso)s? autom[aá]tic[oa]|"
    r"(?:respuesta|mensaje|aviso) de (?:ausencia|vacaciones)|"
    r"auto-?(?:respuesta|reply|response)|fuera de (?:la )?oficina|ausente de la oficina|"
    r"estoy de vacaciones|(?:automatic|auto(?:mated)?) (?:reply|response)|out of (?:the )?office)",
    re.IGNORECASE,
)
PRECEDENCES = ("bulk", "junk", "list", "auto_reply", "auto-reply")
MACHINES = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-response-suppress")


@dataclass(frozen=True)
class Verdict:
    """The kind of a message (a key of KINDS), and the text of the other server."""

    kind: str
    said: str = ""


def classify(reading: Reading) -> Verdict:
    """Return what kind of message this is; any message of a person is an answer."""
    for judge in (_complaint, _report, _undelivered, _automatic):
        verdict = judge(reading)
        if verdict is not None:
            return verdict
    return Verdict("answer")


def _of_type(reading: Reading, kind: str) -> Iterator[Message]:
    return (part for part in parts(reading.message) if part.get_content_type() == kind)


# Complaints -----------------------------------------------------------------------------------


def _complaint(reading: Reading) -> Verdict | None:
    """Detect a complaint (RFC 5965): a user of a mail provider marked our mail as spam.

    Reports of the same form that are about our domain (DMARC, RFC 6591) are no complaints.
    """
    for part in _of_type(reading, "message/feedback-report"):
        fields = report_fields(part)
        kind = (field(fields, "Feedback-Type") or "abuse").lower()
        of_domain = kind in NO_COMPLAINTS or bool(field(fields, "Auth-Failure"))
        return Verdict("automatic" if of_domain else "complaint", kind[:40])
    return None


def report_fields(part: Message) -> Message:
    """Return the fields of a report's part, which the parser takes for a message or for text."""
    if held := inside(part):
        return held[0]
    fields = Message()
    for line in text_of(part).splitlines():
        name, colon, value = line.partition(":")
        if colon and name.strip() and not name[0].isspace():
            fields[re.sub(r"[^\w-]", "", name)] = value.strip()
    return fields


def field(fields: Message, name: str) -> str:
    """Return a field of a report, in one clean line."""
    return decoded(fields.get(name, ""))


# Bounces --------------------------------------------------------------------------------------


def _report(reading: Reading) -> Verdict | None:
    """Read a delivery report (RFC 3464) or a receipt (RFC 8098)."""
    verdicts = [
        verdict
        for part in _of_type(reading, "message/delivery-status")
        for block in inside(part) or [report_fields(part)]
        if (verdict := _of_block(block, reading)) is not None
    ]
    for kind in ("hard", "soft", "automatic"):
        for verdict in verdicts:
            if verdict.kind == kind:
                return verdict
    if any(_of_type(reading, "message/disposition-notification")):
        return Verdict("automatic")
    return None


def _of_block(block: Message, reading: Reading) -> Verdict | None:
    """Return the outcome for one recipient; None for the fields about the report itself.

    If the block only says that it failed, the words of the mail decide.
    """
    action = field(block, "Action").lower()
    status, said = field(block, "Status"), field(block, "Diagnostic-Code")
    if action.startswith(("fail", "error")):
        text = said
        if not said and status in ("", "5.0.0"):
            text = QUOTED.split(reading.text)[0]
        return Verdict("hard" if is_hard(text, status) else "soft", said or status)
    if action.startswith("delay"):
        return Verdict("soft", said)
    return Verdict("automatic") if action else None


def is_hard(said: str, status: str = "") -> bool:
    """Return whether what a server said, and a report's status, mean that there is no such address.

    A bare 550 does not: many servers use it for mails that their rules forbid.
    """
    return answers.means_no_address(said, status) is True


def _undelivered(reading: Reading) -> Verdict | None:
    """Detect a bounce that is no report, by flufl.bounce, from senders that write bounces."""
    if not is_from_machine(reading):
        return None
    temporary, permanent = _failures(reading.message)
    said = QUOTED.split(reading.text)[0]
    if permanent or is_from_daemon(reading):
        hard = (permanent or not temporary) and is_hard(said)
        return Verdict("hard" if hard else "soft", _relevant_line(said))
    if temporary:
        return Verdict("soft", _relevant_line(said))
    return None


def _failures(message: Message) -> tuple[bool, bool]:
    """Return whether the first detector of the library that finds any failures finds temporary
    ones, and permanent ones. A detector that raises is passed over.
    """
    for detector in _DETECTORS:
        try:
            temporary, permanent = detector().process(message)
        except Exception as fault:  # noqa: BLE001 - it reads untrusted messages
            logger.warning("%s cannot read a message: %s", detector, type(fault).__name__)
            continue
        if temporary or permanent:
            return bool(temporary), bool(permanent)
    return False, False


def _relevant_line(said: str) -> str:
    """Return the line in which the server says why."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    of_address = (answers.SAYS_NO_ADDRESS, answers.NOT_THE_ADDRESS, answers.OF_THE_SENDER)
    for pattern in (answers.STATUS, REPLY, *of_address):
        for line in lines:
            if pattern.search(line):
                return line
    return next(iter(lines), "")


def is_from_daemon(reading: Reading) -> bool:
    """Return whether a mail server wrote it, by its address; by its name where it has no address.

    An empty address (`Mail Delivery System <>`) never belongs to a person, whatever the name.
    """
    name = reading.address or reading.sender.strip('"<> ').casefold()
    return (
        name.replace("_", "-").startswith(DAEMONS)
        or (not reading.address and "<>" in reading.sender)
        or bool(reading.message["X-Failed-Recipients"])
    )


def is_from_machine(reading: Reading) -> bool:
    """Return whether a mail server may have written it, so that it needs no answer."""
    nobody = reading.header("Return-Path") == "<>" or not reading.address
    return nobody or is_from_daemon(reading)


# Machines -------------------------------------------------------------------------------------


def _automatic(reading: Reading) -> Verdict | None:
    """Detect automatic answers: RFC 3834 and older headers, calendars, and at last the subject."""
    submitted = reading.header("Auto-Submitted").partition(";")[0].strip().lower()
    suppressed = reading.header("X-Auto-Response-Suppress").lower()
    marks = (
        submitted not in ("", "no"),
        reading.header("Precedence").strip().lower() in PRECEDENCES,
        any(reading.message[name] for name in MACHINES if name != "x-auto-response-suppress"),
        suppressed not in ("", "none"),
        reading.header("Return-Path") == "<>",
        OF_DOMAIN.search(reading.subject) is not None,
        any(REPORT_FILE.fullmatch(name) for name in reading.attachments()),
        AUTOMATIC_SUBJECT.match(reading.subject) is not None,
        any(
            str(part.get_param("method") or "").upper() in ("REPLY", "COUNTER")
            for part in _of_type(reading, "text/calendar")
        ),
    )
    return Verdict("automatic") if any(marks) else None


def quoted_message_ids(reading: Reading) -> list[str]:
    """Return the Message-IDs of the mails that this one is about, the likeliest first."""
    found = [reading.header("In-Reply-To"), *reversed(reading.header("References").split())]
    for part in parts(reading.message):
        kind = part.get_content_type()
        if kind in ("message/rfc822", "message/global"):
            found += [field(message, "Message-ID") for message in inside(part)[:1]]
        elif kind in ("text/rfc822-headers", "message/global-headers", "text/plain"):
            text = clean(payload(part).decode("latin-1"))
            found += re.findall(
                r"^\s*Message-ID:\s*(<[^<>\s]+>)", text, re.IGNORECASE | re.MULTILINE
            )
    ids = [one for text in found for one in re.findall(r"<[^<>\s]{3,250}>", text)]
    return list(dict.fromkeys(ids))[:50]


def return_paths_in(reading: Reading) -> list[str]:
    """Return the return paths that a complaint names: of the report, and of the mail inside it."""
    found = []
    for part in parts(reading.message):
        if part.get_content_type() == "message/feedback-report":
            found.append(field(report_fields(part), "Original-Mail-From"))
        elif part.get_content_type() in ("message/rfc822", "text/rfc822-headers"):
            found.append(field(report_fields(part), "Return-Path"))
    return [one.strip().strip("<>") for one in found]
