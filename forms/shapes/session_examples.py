"""Examples for the steps of an induction, the same for the thematic and the technical one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from random import Random
from typing import Any

from forms.examples import Example, Examples, Refusal
from forms.fields.dates import moment_of
from forms.shapes.days import lima_day, working_day
from forms.shapes.loading import invented_roster
from forms.shapes.sessions import NONE, value_of

TODAY = date(2026, 8, 3)
DESIGNATED = {
    "holder": {
        "document_type": "DNI",
        "document_number": "00000101",
        "given_names": "Ana Persona",
        "surnames": "Quispe Ejemplo",
        "post": "Analista de sistemas",
        "email": "ana.ejemplo@example.pe",
    },
    "alternate": {
        "document_type": "DNI",
        "document_number": "00000102",
        "given_names": "Luis Persona",
        "surnames": "Flores Ficticio",
        "post": "Especialista en informática",
        "email": "luis.ejemplo@example.pe",
    },
    "scope": "rvl",
    "notices_by_email": True,
}
LONE = DESIGNATED | {"alternate": None}
LINK = "https://reuniones.example.org/induccion"


def moment(day: date, hour: int = 10) -> str:
    """Return a time of a day in Lima as stored in records."""
    return moment_of(day, time(hour)).isoformat()


def published_session(number: int = 1, day: date = date(2026, 8, 10)) -> dict[str, Any]:
    """Return an invented published session."""
    return {
        "id": str(number),
        "at": moment(day),
        "minutes": 90,
        "place": "",
        "link": LINK,
        "seats_left": 7,
    }


def choosing(topic: str) -> Examples:
    """Return the examples of `choose_<topic>_session`."""
    given = {"today": TODAY, f"{topic}_sessions": [published_session()]}
    gone = published_session(9, date(2026, 8, 5))
    wish = {"session": NONE, "wish_days": ["0", "2"], "wish_hours": "morning"}
    accepts = (
        Example("chosen", choose_one(topic), name="un lugar en una sesión publicada"),
        Example(
            "none_suits",
            {**wish, "wish_from": "17/08/2026", "wish_note": "Mejor después del aniversario."},
            name="ninguna fecha le sirve",
        ),
        Example("none_suits", wish, {f"{topic}_sessions": []}, "no hay sesiones"),
    )
    refuses = (
        Refusal("nada elegido", {}, {"session": "Elige una sesión"}),
        Refusal(
            "una sesión que ya no está",
            {"session": value_of(gone)},
            {"session": "miércoles 5 de agosto de 2026, 10:00 ya no está disponible"},
        ),
        Refusal(
            "una sesión que cambió de hora",
            {"session": value_of(published_session() | {"at": moment(date(2026, 8, 10), 15)})},
            {"session": "15:00 ya no está disponible"},
        ),
        Refusal(
            "ninguna le sirve y no dice cuándo",
            {"session": NONE, "wish_from": "01/08/2026"},
            {"wish_days": "al menos un día", "wish_hours": "horario", "wish_from": "mañana"},
        ),
    )
    return given, accepts, refuses


def choose_one(topic: str) -> Callable[[Mapping[str, Any], Random], dict[str, Any]]:
    """Return a function that chooses any offered session; without one, it states a preference."""

    def data(given: Mapping[str, Any], random: Random) -> dict[str, Any]:
        offered = given.get(f"{topic}_sessions") or []
        if offered:
            return {"session": value_of(random.choice(offered))}
        return {"session": NONE, "wish_days": ["1", "3"], "wish_hours": "any"}

    return data


def plan_one(given: Mapping[str, Any], random: Random) -> dict[str, Any]:
    """Return a session on one of the next working days."""
    day = working_day(given["today"], random.randint(2, 5), given.get("days_off"))
    return {"begins": moment(day, random.randint(9, 16)), "minutes": "60", "link": LINK}


def scheduling(topic: str) -> Examples:
    """Return the examples of `schedule_<topic>_induction`."""
    given = {"today": TODAY, f"{topic}_session": None}
    wished = {"days": ["1"], "hours": "any", "from_on": "2026-08-10", "note": "", "said_on": ""}
    good = {"begins": moment(date(2026, 8, 11)), "minutes": "60", "link": LINK}
    accepts = (
        Example("scheduled", plan_one, {f"{topic}_session": {"at": "", "wish": wished}}),
        Example(
            "scheduled", {**good, "link": "", "place": "Sala 2, sede central"}, name="en persona"
        ),
    )
    refuses = (
        Refusal("sin fecha", {**good, "begins": None}, {"begins-date": "fecha y la hora"}),
        Refusal(
            "un día que ya pasó",
            {**good, "begins": moment(date(2026, 7, 31))},
            {"begins-date": "a partir de mañana"},
        ),
        Refusal(
            "un domingo de madrugada",
            {**good, "begins": moment(date(2026, 8, 9), 3)},
            {"begins-date": "no es día hábil", "begins-time": "07:00"},
        ),
        Refusal(
            "un día no laborable por decreto",
            good,
            {"begins-date": "no es día hábil (DS 001-2026-EJEMPLO)"},
            {"days_off": {"2026-08-11": "DS 001-2026-EJEMPLO"}},
        ),
        Refusal("sin lugar", {**good, "link": ""}, {"place": "el lugar de la sesión"}),
        Refusal("cinco minutos", {**good, "minutes": "5"}, {"minutes": "de 15 a 480"}),
    )
    return given, accepts, refuses


def record_all(value: str, topic: str) -> Callable[[Mapping[str, Any], Random], dict[str, Any]]:
    """Return an attendance of everybody expected, or of nobody."""

    def data(given: Mapping[str, Any], _random: Random) -> dict[str, Any]:
        session = given.get(f"{topic}_session") or {}
        held = session.get("at") or moment(given["today"] - timedelta(days=1))
        if lima_day(held) > given["today"]:
            held = moment(given["today"])
        answers = {"administrator": value, "held": held}
        alternate = (given.get("administrator") or {}).get("alternate")
        return answers | ({"alternate": value} if alternate else {})

    return data


def recording(topic: str) -> Examples:
    """Return the examples of `record_<topic>_induction`."""
    planned = {"at": moment(date(2026, 7, 31)), "minutes": 60, "place": "", "link": LINK}
    given = {
        "today": TODAY,
        "administrator": DESIGNATED,
        f"{topic}_session": planned,
        "roster": invented_roster(),
    }
    held = moment(date(2026, 7, 31))
    absent = {"administrator": "absent", "alternate": "absent"}
    accepts = (
        Example("attended", record_all("attended", topic)),
        Example(
            "attended",
            {"administrator": "absent", "alternate": "attended", "held": held},
            name="solo fue el alterno",
        ),
        Example(
            "attended",
            {
                "administrator": "attended",
                "alternate": "attended",
                "held": held,
                "others": ["Mamani Muestra, Luis Persona, DNI *****201"],
            },
            name="fue también alguien de la relación",
        ),
        Example("absent", record_all("absent", topic)),
        Example(
            "absent",
            {"administrator": "absent", "held": held},
            {"administrator": LONE},
            "sin alterno",
        ),
    )
    return given, accepts, refused(held, absent)


def refused(held: str, absent: Mapping[str, Any]) -> tuple[Refusal, ...]:
    """Return the refused attendances of a session held then."""
    return (
        Refusal(
            "del alterno no se dice nada",
            {"administrator": "attended", "held": held},
            {"alternate": "alterno asistió"},
        ),
        Refusal(
            "asistió alguien que no está en la relación",
            {**absent, "held": held, "others": ["Ajena Persona, Rosa, DNI *****999"]},
            {"others": "marca solo opciones de la lista"},
        ),
        Refusal("sin fecha", absent, {"held-date": "la fecha y la hora"}),
        Refusal(
            "un día que no llega",
            {**absent, "held": moment(date(2026, 8, 4))},
            {"held-date": "todavía no llega"},
        ),
        Refusal(
            "antes de la sesión",
            {**absent, "held": moment(date(2026, 7, 30))},
            {"held-date": "desde el 31 de julio de 2026"},
        ),
    )
