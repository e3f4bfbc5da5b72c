"""The mails of a rehearsal: each distinct text once, with its count and its first and last day.

Placeholders replace the names, addresses and codes of entities and people, days, and the variable
parts of links; in reminders numbers too. So a changed sentence shows, and a mail too many changes a
count. Reminders of several entities, and the status texts of entities, are counted in their parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload

from app.base import formatting
from app.base.models import Entity, Grant, Mail, Reminder, Task, User
from app.cases.reminders.reminder_log import KINDS as REMINDERS
from app.people import access

#: A part of a link that is longer is a token.
LONGEST_WORD = 30
ENTITY, PLACE, CODE, PERSON = "[entidad]", "[lugar]", "[código]", "[persona]"
DAY = re.compile(
    rf"(?:\b(?:{'|'.join(formatting.WEEKDAYS)}) )?"
    rf"\b\d{{1,2}} de (?:{'|'.join(formatting.MONTHS)})(?: de \d{{4}})?\b"
)
LINK = re.compile(r"https?://[^/\s]+(\S*)")
OF_ENTITY = re.compile(r"/(E\d{5})\b")
#: The newest closing of the chain of hashes: its number and its hash.
CLOSING = re.compile(r"\b\d+:[0-9a-f]{64}\b")
PART = re.compile(r"[^/?=&]+")
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
SECRET = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")
NUMBER = re.compile(r"\b\d+(?: \d{3})*\b(?: día hábil\b| días hábiles\b)?")


@dataclass
class Seen:
    """How often a text went out, and when."""

    first: date
    last: date
    count: int = 0


@dataclass(frozen=True, order=True)
class Text:
    """A text with placeholders."""

    kind: str
    subject: str
    body: str


class Summary:
    """The texts of all mails of a rehearsal."""

    def __init__(self, staff: Iterable[User]) -> None:
        """Take the people of the PCM, whose names are in mails of all entities."""
        self.texts: dict[Text, Seen] = {}
        self.staff = words_of_people(staff)
        #: The words of entities and their people, by the entity's id, as of the current day.
        self._words: dict[int, dict[str, str]] = {}

    def begin_day(self, session: Session, mails: Iterable[Mail]) -> None:
        """Read the words of the entities to which a day's mails belong."""
        self._words = words_of(session, {mail.entity for mail in mails if mail.entity})

    def add(self, session: Session, mail: Mail, day: date) -> None:
        """Count a mail that goes out on the current day."""
        for text in self._texts(session, mail):
            seen = self.texts.setdefault(text, Seen(day, day))
            seen.count, seen.last = seen.count + 1, day

    def _texts(self, session: Session, mail: Mail) -> list[Text]:
        entities = {mail.entity} if mail.entity else set()
        if mail.entity is None:
            entities = (
                of_reminders(session, mail) if mail.kind in REMINDERS else of_links(session, mail)
            )
        known = self.staff | words_of_people([mail.user] if mail.user else ())
        unread = {entity for entity in entities if entity.id not in self._words}
        if unread:
            self._words |= words_of(session, unread)
        for entity in entities:
            known |= self._words[entity.id]
        subject, body = replaced(mail.subject, known), replaced(mail.body, known)
        body = CLOSING.sub("[cierre]", body)
        if mail.kind not in REMINDERS:
            return [Text(mail.kind, subject, body)]
        subject, body = NUMBER.sub(_number, subject), NUMBER.sub(_number, body)
        body, sentences = without_statuses(body)
        if mail.entity is None:
            return [*parts(mail.kind, subject, body), *sentences]
        return [Text(mail.kind, subject, body), *sentences]

    def __str__(self) -> str:
        """Return the texts by kind, the earliest first."""
        ordered = sorted(self.texts.items(), key=lambda one: (one[0].kind, one[1].first, one[0]))
        return "\n".join(_shown(text, seen) for text, seen in ordered)


def _shown(text: Text, seen: Seen) -> str:
    until = "" if seen.first == seen.last else f" to {seen.last}"
    lines = [*([text.subject, ""] if text.subject else ()), *text.body.splitlines()]
    indented = [f"  | {line}".rstrip() for line in lines]
    return "\n".join([f"{seen.count} × {text.kind}, {seen.first}{until}", *indented, ""])


def of_reminders(session: Session, mail: Mail) -> set[Entity]:
    """Return the entities of the steps in a mail of reminders."""
    tasks = select(Reminder.task_id).where(Reminder.mail_id == mail.id)
    return set(session.scalars(select(Entity).join(Task).where(Task.id.in_(tasks))))


def of_links(session: Session, mail: Mail) -> set[Entity]:
    """Return the entities to whose pages a mail links."""
    codes = OF_ENTITY.findall(mail.body)
    return set(session.scalars(select(Entity).where(Entity.code.in_(codes)))) if codes else set()


def words_of(session: Session, entities: Set[Entity]) -> dict[int, dict[str, str]]:
    """Return the words of entities and their people with their placeholders, by entity id."""
    found: dict[int, dict[str, str]] = {}
    for entity in entities:
        found[entity.id] = {entity.place: PLACE, entity.code: CODE}
        found[entity.id] |= {entity.name: ENTITY, entity.name.upper(): ENTITY.upper()}
    people = session.execute(
        select(Grant.entity_id, User)
        .join(User, User.id == Grant.user_id)
        .where(Grant.entity_id.in_(sorted(found)))
        .options(lazyload(User.grants))
    )
    for entity_id, person in people:
        found[entity_id or 0] |= words_of_people([person])
    return found


def words_of_people(people: Iterable[User]) -> dict[str, str]:
    """Return the names of people, with their placeholder."""
    return {person.full_name: PERSON for person in people}


def staff_of(session: Session) -> list[User]:
    """Return the people of the PCM."""
    return [user for role in sorted(access.PCM_ROLES) for user in access.holders(session, role)]


def replaced(text: str, known: Mapping[str, str]) -> str:
    """Return a text with placeholders, also for the words that are given with theirs."""
    text = text.replace(formatting.NO_BREAK, " ")
    for word in sorted(filter(None, known), key=lambda word: (-len(word), word)):
        text = text.replace(word, known[word])
    text = LINK.sub(lambda found: PART.sub(_part, found[1]), text)
    text = ADDRESS.sub("[correo]", text)
    return DAY.sub("[día]", SECRET.sub("[secreto]", text))


def _part(found: re.Match[str]) -> str:
    part = found[0]
    is_word = len(part) <= LONGEST_WORD and not any(one.isdigit() for one in part)
    return part if is_word else "…"


def _number(found: re.Match[str]) -> str:
    return "N días hábiles" if "hábil" in found[0] else "N"


def without_statuses(body: str) -> tuple[str, list[Text]]:
    """Return a mail of reminders without the status texts of its entities, and their sentences.

    An entity's place on its path makes its status text, so hardly two of them are alike.
    """
    paragraphs, found = body.split("\n\n"), dict[str, None]()
    for number, (header, paragraph) in enumerate(pairwise(paragraphs), 1):
        if header.startswith(ENTITY.upper()) and not paragraph.startswith("* "):
            found |= dict.fromkeys(paragraph.rstrip(".").split(". "))
            paragraphs[number] = "[estado]"
    return "\n\n".join(paragraphs), [Text("(status)", "", f"{one}.") for one in found]


def parts(kind: str, subject: str, body: str) -> list[Text]:
    """Return the frame of a mail about several entities, and each distinct paragraph in it.

    Such mails hardly ever have the same steps, but the same sentences.
    """
    greeting, opening, *inside, closing = body.split("\n\n")
    frame = "\n\n".join((greeting, opening, "[…]", closing))
    inner = [Text(f"{kind}, a part", "", part.strip("\n")) for part in dict.fromkeys(inside)]
    return [Text(kind, subject, frame), *inner]
