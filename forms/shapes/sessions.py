"""Induction sessions: choose a seat, schedule a separate one, record attendance.

The thematic and the technical induction have the same three steps, for different people.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any, ClassVar

from wtforms.validators import StopValidation

from forms import Given, StepForm
from forms.case_documents import InductionAttendee
from forms.fields import (
    ChecksField,
    ChoiceField,
    CountField,
    DateField,
    LongTextField,
    MomentField,
    TextField,
    WebsiteField,
    add_error,
)
from forms.fields.dates import in_words
from forms.fields.people import full_name, identity_of, key_of, masked_document
from forms.fields.searched import SearchedChecksField
from forms.shapes.attendance import attendees
from forms.shapes.attendance_by_name import FEW
from forms.shapes.attendance_sheet import AttendanceSheet, HasSheet, induction_groups
from forms.shapes.contacts import Contact, contacts
from forms.shapes.days import WEEKDAYS, ahead_fault, lima_day, moment_words, off_fault, past_fault

NONE = "none"
SESSION_NAMES = {"thematic": "Inducción temática", "technical": "Inducción técnica"}
HOURS = (("morning", "Por la mañana"), ("afternoon", "Por la tarde"), ("any", "A cualquier hora"))
WISH_DAYS = tuple((str(number), name.capitalize()) for number, name in enumerate(WEEKDAYS[:5]))
#: Calendar days ahead within which a session is held; later days are typing errors.
HORIZON = 180
OPENS, CLOSES = time(7), time(20)


def value_of(session: Mapping[str, Any]) -> str:
    """Return the value of a radio: session and moment, so that a moved session is noticed."""
    return f"{session['id']}@{session['at']}"


def session_choice(session: Mapping[str, Any]) -> tuple[str, str, dict[str, str]]:
    """Return a published session as a radio: when, and below it where, how long, seats left."""
    seats = session["seats_left"]
    left = "queda 1 lugar" if seats == 1 else f"quedan {seats} lugares"
    parts = [place_words(session), f"{session['minutes']} minutos", left]
    hint = " · ".join(part for part in parts if part)
    return value_of(session), moment_words(session["at"]).capitalize(), {"hint": hint}


def place_words(session: Mapping[str, Any]) -> str:
    """Return where a session is: its place, or its link."""
    link = f"Por videoconferencia: {session['link']}" if session.get("link") else ""
    return " · ".join(part for part in (session.get("place", ""), link) if part)


def wish_words(session: Mapping[str, Any] | None) -> str:
    """Return the entity's stated preference, "" if none."""
    wish = (session or {}).get("wish")
    if not wish:
        return ""
    days = [WEEKDAYS[int(number)] for number in wish["days"]]
    text = f"{', '.join(days).capitalize()}; {dict(HOURS)[wish['hours']].lower()}"
    if wish["from_on"]:
        text += f"; desde el {in_words(date.fromisoformat(wish['from_on']))}"
    return f"{text}.\n{wish['note']}".strip()


class SessionField(ChoiceField):
    """Radios of the published sessions; the error names a session that is gone."""

    def pre_validate(self, form: Any) -> None:
        """Reject a session that is no longer offered, or was moved."""
        if self.data in {None, NONE, *map(value_of, form.offered())}:
            return
        try:
            name = f"La sesión del {moment_words(self.data.partition('@')[2])}"
        except ValueError:
            name = "La sesión que elegiste"
        raise StopValidation(f"{name} ya no está disponible. Elige otra de la lista.")


class ChooseSession(StepForm):
    """A seat in a published session, or a preference."""

    topic: ClassVar[str]

    button = "Confirmar"
    outcomes = ("chosen", "none_suits")
    fresh = ("session",)

    session = SessionField(
        "¿A qué sesión asistes?",
        hint="Hora de Lima. Con la confirmación te reservamos un lugar.",
        needed="Elige una sesión, o la opción «Ninguna fecha me sirve».",
    )
    wish_days = ChecksField(
        "¿Qué días te vienen bien?",
        WISH_DAYS,
        needed="Marca al menos un día que te venga bien.",
        when=("session", NONE),
    )
    wish_hours = ChoiceField(
        "¿En qué horario?",
        HOURS,
        needed="Elige el horario que te viene bien.",
        when=("session", NONE),
    )
    wish_from = DateField("¿Desde qué día? (opcional)", hint="Día/mes/año", when=("session", NONE))
    wish_note = LongTextField(
        "Algo más que debamos saber (opcional)",
        hint="Por ejemplo, si tu conexión no permite videoconferencias.",
        when=("session", NONE),
        limit=500,
    )

    def prepare(self) -> None:
        """Offer the sessions that still have a seat."""
        self.session.choices = [
            *map(session_choice, self.offered()),
            (NONE, "Ninguna fecha me sirve"),
        ]

    def offered(self) -> list[dict[str, Any]]:
        """Return the published sessions that still have a seat."""
        return self.given.get(f"{self.topic}_sessions") or []

    def check(self) -> None:
        """Check that a preferred day lies ahead."""
        wished = self.wish_from.data
        if wished and not self.wish_from.errors:
            fault = ahead_fault("Desde qué día", wished, self.today, HORIZON)
            if fault:
                add_error(self.wish_from, fault)

    def outcome(self) -> str:
        """Return whether a session was chosen or none suits."""
        return "none_suits" if self.session.data == NONE else "chosen"

    def answer(self) -> dict[str, Any]:
        """Return the session, or the preference in its place: a session without a moment."""
        name = f"{self.topic}_session"
        if self.outcome() == "chosen":
            chosen = next(one for one in self.offered() if value_of(one) == self.session.data)
            details = {key: chosen[key] for key in ("at", "minutes", "place", "link")}
            return {name: {"session": chosen["id"], **details}}
        wish = {
            "days": self.wish_days.data,
            "hours": self.wish_hours.data,
            "from_on": self.wish_from.iso,
            "note": self.wish_note.data or "",
            "said_on": self.today.isoformat(),
        }
        return {name: {"at": "", "minutes": 0, "place": "", "link": "", "wish": wish}}


EXPECTED = {"administrator": "holder", "alternate": "alternate"}


class InductionStep(HasSheet):
    """A step of the PCM about an induction session of one entity."""

    topic: ClassVar[str]

    def sheet(self) -> AttendanceSheet:
        """Return the sheet of the administrator, the alternate and the people of the roster."""
        session = self.given.get(f"{self.topic}_session") or {}
        return AttendanceSheet(
            SESSION_NAMES[self.topic],
            induction_groups(self.given.get("administrator"), self.given.get("roster")),
            session.get("at", ""),
            place_words(session),
        )


class ScheduleSession(InductionStep):
    """A session for this entity, separate from the published ones."""

    button = "Programar la inducción"
    outcomes = ("scheduled",)
    fresh = ("begins",)

    begins = MomentField(
        "Fecha y hora",
        hint="Hora de Lima, en un día hábil.",
        needed="Escribe la fecha y la hora de la sesión.",
    )
    minutes = CountField(
        "Duración en minutos",
        least=15,
        most=480,
        needed="Escribe cuántos minutos dura la sesión.",
    )
    place = TextField("Lugar", hint="Déjalo en blanco si es por videoconferencia.", limit=200)
    link = WebsiteField("Enlace de la videoconferencia", hint="Déjalo en blanco si es presencial.")

    @classmethod
    def prefill(cls, given: Given) -> Mapping[str, Any]:
        """Return the usual length, whatever the entity preferred."""
        return {"minutes": "60"}

    def check(self) -> None:
        """Check that the moment is ahead, on a working day, and has a place or a link."""
        if not (self.place.data or self.link.data) and not self.link.errors:
            add_error(self.place, "Escribe el lugar de la sesión o el enlace para unirse.")
        day, hour = self.begins.form["date"], self.begins.form["time"]
        if day.data is None or hour.data is None:
            return
        fault = ahead_fault("Fecha", day.data, self.today, HORIZON)
        fault = fault or off_fault(day.data, self.given.get("days_off"))
        if fault:
            add_error(day, fault)
        if not OPENS <= hour.data <= CLOSES:
            add_error(hour, "Hora: elige una entre las 07:00 y las 20:00.")

    def contacts(self) -> list[Contact]:
        """Return the people to agree with: role, name, telephone."""
        return contacts(self.given)

    def wish(self) -> str:
        """Return the entity's stated preference."""
        return wish_words(self.given.get(f"{self.topic}_session"))

    def answer(self) -> dict[str, Any]:
        """Return the session that the timer waits for."""
        return {
            f"{self.topic}_session": {
                "at": self.begins.iso,
                "minutes": self.minutes.number,
                "place": self.place.data or "",
                "link": self.link.data or "",
            }
        }


ATTENDANCE = (("attended", "Asistió"), ("absent", "No asistió"))


class RecordSession(InductionStep):
    """The attendance of the session.

    The administrator and the alternate do the same work and replace each other, so the entity
    attended when either did; only when neither attended does it choose again. Other people of the
    roster may attend too; they decide nothing.
    """

    topic_name: ClassVar[str]

    button = "Registrar la asistencia"
    outcomes = ("attended", "absent")
    fresh = ("administrator", "alternate", "held", "note", "others")

    administrator = ChoiceField(
        "Administrador", ATTENDANCE, needed="Di si el administrador asistió."
    )
    alternate = ChoiceField("Alterno", ATTENDANCE, needed="Di si el alterno asistió.")
    held = MomentField(
        "¿Cuándo empezó la sesión?",
        hint="Hora de Lima. Si nadie asistió, la hora para la que estaba programada.",
        needed="Escribe la fecha y la hora de la sesión.",
    )
    note = LongTextField(
        "Qué quedó pendiente (opcional)",
        hint="Dudas por resolver, o por qué no asistieron. La entidad lo lee.",
        limit=1000,
    )
    others = SearchedChecksField(
        "¿Qué otras personas de la relación asistieron? (opcional)",
        hint="No cambian el resultado: la entidad asistió si vino el administrador o el alterno.",
    )

    def prepare(self) -> None:
        """Name the persons; remove the fields about people who are not there."""
        if not self.given:
            return
        self._offer_others()
        designated = self.given.get("administrator")
        if not designated:
            return
        self._name(self.administrator, designated["holder"], "administrador")
        if designated.get("alternate"):
            self._name(self.alternate, designated["alternate"], "alterno")
        else:
            del self.alternate

    def _name(self, field: Any, person: Mapping[str, Any], role: str) -> None:
        field.label.text = f"{full_name(person)} ({role})"
        field.description = masked_document(person)

    def _offer_others(self) -> None:
        """List the other people of the roster by name, or offer to search them if they are many."""
        offered = self.offered_others()
        if offered:
            self.others.offer(offered, FEW)
        else:
            del self.others

    def offered_others(self) -> dict[str, Mapping[str, Any]]:
        """Return the people of the roster besides the two designated ones, by what is shown.

        That is their name and masked document, so a page of the PCM holds no whole number.
        """
        designated = self.given.get("administrator") or {}
        known = {key_of(designated[one]) for one in EXPECTED.values() if designated.get(one)}
        roster = attendees(self.given.get("roster"))
        people = sorted((one for one in roster if key_of(one) not in known), key=full_name)
        found: dict[str, Mapping[str, Any]] = {}
        for person in people:
            name = f"{full_name(person)}, {masked_document(person)}"
            found[name if name not in found else f"{name} ({len(found)})"] = person
        return found

    @classmethod
    def prefill(cls, given: Given) -> Mapping[str, Any]:
        """Return the planned moment."""
        session = given.get(f"{cls.topic}_session") or {}
        return {"held": session.get("at") or None}

    def check(self) -> None:
        """Check that the session was held, on its day or later."""
        day = self.held.form["date"]
        if not day.data or day.errors:
            return
        planned = (self.given.get(f"{self.topic}_session") or {}).get("at")
        fault = past_fault("Fecha", day.data, self.today, lima_day(planned) if planned else None)
        if fault:
            add_error(day, fault)

    def outcome(self) -> str:
        """Return attended if at least one of the two did."""
        attended = any(person["attended"] for person in self.expected_people())
        return "attended" if attended else "absent"

    def expected_people(self) -> list[InductionAttendee]:
        """Return the expected people, and whether they attended."""
        designated = self.given.get("administrator") or {}
        return [
            {
                "role": role,
                **identity_of(designated.get(part) or {}),
                "attended": self[role].data == "attended",
            }
            for role, part in EXPECTED.items()
            if role in self
        ]

    def other_people(self) -> list[InductionAttendee]:
        """Return the other people of the roster who attended."""
        if "others" not in self:
            return []
        offered = self.offered_others()
        return [
            {"role": "other", **identity_of(offered[name]), "attended": True}
            for name in self.others.data or ()
        ]

    def answer(self) -> dict[str, Any]:
        """Return the attendance by person."""
        return {
            f"{self.topic}_attendance": {
                "at": self.held.iso,
                "people": self.expected_people() + self.other_people(),
                "note": self.note.data or "",
            }
        }

    def reason(self) -> str:
        """Return why the entity chooses again."""
        if self.outcome() == "attended":
            return ""
        nobody = "Nadie asistió"
        if self.other_people():
            nobody = "No asistió el administrador ni el alterno"
        text = f"{nobody} a la {self.topic_name} del {moment_words(self.held.iso)}."
        return f"{text} Elige otra fecha.\n{self.note.data or ''}".strip()
