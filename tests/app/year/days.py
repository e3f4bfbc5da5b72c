"""How a year passes: a calendar of working days, the worker's turns, and a post office."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from email.message import EmailMessage
from typing import ClassVar, NamedTuple

from flask import Flask
from sqlalchemy import exists, or_, select

from app.base import calendar, db, formatting
from app.base.models import Departure, Mail, PlannedStart, ProcessInstance, Task
from app.mailroom import sending
from app.mailroom.incoming import receiving
from app.ops.worker.jobs import JOBS
from tests.app.cast import PASSWORD
from tests.app.ops.turn_of_year.mails import CLOSING
from tests.app.year.implemented import PEOPLE, Implemented
from tests.conftest import Clock
from tests.robot.browsing import Page, Visitor, local

#: The jobs of a day, in the order of their turns. `links` would ask other machines.
DAILY = ("tick", "departures", "mandates", "batches", "reminders")
#: The last day of the mandate, and the day on which its plan begins.
ENDS = (date(2026, 12, 31), date(2027, 1, 1))
#: Parts of mails that are random, and the words that replace them.
RANDOM = (
    (r"(?<=/invitacion/)\S+", "[enlace personal]"),
    (r"(?<=activación:   )\S+", "[código]"),
)
#: The number of a row in a link, after the word that names the kind of row. PostgreSQL skips
#: numbers, since a rehearsal that is rolled back uses up those of its sequences.
NUMBER = re.compile(r"(?P<kind>/[a-z-]+/)(?P<number>\d+)(?=$|[\s/#.?])", re.MULTILINE)


class Sent(NamedTuple):
    """A mail that a server took."""

    at: datetime
    to: str
    message: EmailMessage

    @property
    def subject(self) -> str:
        """The subject."""
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        """The plain text."""
        part = self.message.get_body(("plain",))
        assert part is not None
        return str(part.get_content()).rstrip()


class PostOffice:
    """A way for mails to go that takes each of them."""

    state: ClassVar[str] = "sent"

    def __init__(self) -> None:
        self.sent: list[Sent] = []

    def send(self, message: EmailMessage, sender: str, recipient: str) -> None:
        """Take a mail."""
        self.sent.append(Sent(calendar.now(), recipient, message))

    def close(self) -> None:
        """Do nothing: no connection is open."""


class Year:
    """An implemented entity on the clock of a test: people, pages, days and mails."""

    def __init__(self, implemented: Implemented, clock: Clock) -> None:
        self.app: Flask = implemented.app
        self.clock = clock
        self.post = PostOffice()
        self.public = self.visitor()
        self.people = {role: self.visitor(one["document_number"]) for role, one in PEOPLE.items()}

    def visitor(self, document: str = "") -> Visitor:
        """Return another browser, of a person who signs in with the password of the tests."""
        return Visitor(self.app, document, PASSWORD)

    # Days

    @property
    def today(self) -> date:
        """Today in Lima."""
        return calendar.today()

    def begins(self, on: date) -> None:
        """Set the clock to nine in the morning of a day, before anything has happened."""
        self.clock.set(calendar.at_hour(on, time(9)))

    def until(self, on: date) -> None:
        """Let days pass, each with the turns of the worker; it is nine in the morning then."""
        day = calendar.today() + timedelta(days=1)
        while day <= on:
            if day.day == 6:  # the first night on which the month before is judged
                self.clock.set(calendar.at_hour(day, time(2, 30)))
                self.turn("nightly")
            self.clock.set(calendar.at_hour(day, time(8)))
            if self.has_work():
                self.work()
            day += timedelta(days=1)
        self.clock.set(calendar.at_hour(on, time(9)))

    def has_work(self) -> bool:
        """Return whether anything is due for the jobs, or may be: summaries go out on Mondays."""
        now, today = calendar.now(), calendar.today()
        if today.weekday() == 0 or today in ENDS:
            return True
        due = (
            select(ProcessInstance.id).where(ProcessInstance.wake_at <= now),
            select(PlannedStart.id).where(PlannedStart.at <= now),
            select(Task.id).where(Task.state == "open", Task.next_reminder_at <= now),
            select(Departure.id).where(Departure.done_at.is_(None), Departure.from_on <= today),
            select(Mail.id).where(Mail.state == "waiting", Mail.not_before_at <= now),
        )
        with db.open_session(self.app.extensions["engine"], writes=False) as session:
            return bool(session.scalar(select(or_(*(exists(one) for one in due)))))

    def work(self) -> None:
        """Let each job of a day run, and send the mails that wait."""
        for name in DAILY:
            self.turn(name)
        sending.run(self.app, self.post)

    def turn(self, name: str) -> None:
        """Run a job of the worker once."""
        with self.app.app_context():
            assert JOBS[name].work(self.app, db.never) is not None

    # Mails

    def mails(self, subject: str, to: str) -> list[Sent]:
        """Return the mails with these words in the subject, and to the address of that name."""
        address = f"{to}@example.pe"
        found = [one for one in self.post.sent if subject in one.subject and one.to == address]
        assert found, f"no mail «{subject}» to {address}: {self.listed()}"
        return found

    def mail(self, subject: str, to: str) -> Sent:
        """Return the newest of these mails."""
        return self.mails(subject, to)[-1]

    def listed(self) -> list[tuple[str, str]]:
        """Return address and subject of each mail that was sent."""
        return [(one.to, one.subject) for one in self.post.sent]

    @staticmethod
    def codes_in(mail: Sent) -> list[str]:
        """Return the activation codes that a mail holds."""
        return re.findall(r"activación:\s+(\S+)", mail.text)

    def answers(self, mail: Sent, text: str) -> None:
        """Answer a mail from the address that it went to, as a mail program does."""
        message = EmailMessage()
        message["From"], message["To"] = mail.to, str(mail.message["Reply-To"])
        message["Subject"] = f"Re: {mail.subject}"
        message["Message-ID"] = f"<{len(self.post.sent)}@example.pe>"
        message["In-Reply-To"] = str(mail.message["Message-ID"])
        quoted = "\n".join(f"> {line}" for line in mail.text.splitlines())
        message.set_content(f"{text}\n\nEl 1/7/2026, Zaguán <a@example.pe> escribió:\n{quoted}\n")
        with self.app.app_context(), db.writing(self.app) as session:
            row = receiving.receive(session, message.as_bytes())
            assert row
            assert row.kind == "answer"

    def comes_in(self, role: str, document: str, address: str) -> Page:
        """Open the link of an invitation and choose a password."""
        text = self.mail("Abre tu cuenta", address).text
        (link,) = re.findall(r"http://localhost(/invitacion/\S+)", text)
        visitor = self.people[role] = self.visitor(document)
        form = visitor.go(local(link)).form("new_password")
        form.fill("new_password", visitor.password)
        page = form.press()
        assert not page.errors, page.errors
        return page

    def text(self) -> str:
        """Return all mails, in the order in which they were sent."""
        return renumbered("\n".join(line for one in self.post.sent for line in _lines(one)))


def renumbered(text: str) -> str:
    """Replace the numbers of rows in links by their order of appearance, per kind of row."""
    known: dict[str, list[str]] = defaultdict(list)

    def replaced(found: re.Match[str]) -> str:
        numbers = known[found["kind"]]
        if found["number"] not in numbers:
            numbers.append(found["number"])
        return f"{found['kind']}[{numbers.index(found['number']) + 1}]"

    return NUMBER.sub(replaced, CLOSING.sub("[cierre]", text))


def _lines(mail: Sent) -> Iterator[str]:
    yield f"──── {formatting.weekday(mail.at)}, {formatting.hour(mail.at)}"
    yield f"Para: {mail.message['To']}"
    yield f"Asunto: {mail.subject}"
    yield ""
    text = mail.text.replace(formatting.NO_BREAK, " ")
    for pattern, words in RANDOM:
        text = re.sub(pattern, words, text)
    yield text
    yield ""
    yield ""
