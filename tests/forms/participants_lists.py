"""Participants' lists as Teams, Zoom and Meet export them, with invented people."""

from __future__ import annotations

import codecs
from collections.abc import Sequence

Person = tuple[str, str]


def teams(people: Sequence[Person]) -> bytes:
    """Return the attendance report of Teams: UTF-16 with tabs, in three sections."""
    stay = "3/9/26, 8:02:11 AM\t3/9/26, 9:30:02 AM\t1h 27m 51s"
    lines = [
        "1. Summary",
        "Meeting title\tInducción temática",
        f"Attended participants\t{len(people)}",
        "",
        "2. Participants",
        "Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole",
        *(f"{name}\t{stay}\t{email}\t{email}\tPresenter" for name, email in people),
        "",
        "3. In-Meeting Activities",
        "Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole",
        f"Otra Persona Ajena\t{stay}\t\tX",
    ]
    return codecs.BOM_UTF16_LE + "\r\n".join(lines).encode("utf-16-le")


def zoom(people: Sequence[Person]) -> bytes:
    """Return the participants of a Zoom in Spanish: lines about the meeting above, Windows-1252."""
    lines = [
        "ID de la reunión;Tema;Participantes",
        "987 6543 2100;Inducción;9",
        "",
        "Nombre (nombre original);E-mail del usuario;Duración total (minutos);Invitado",
        *(f"{name};{email};88;Sí" for name, email in people),
    ]
    return "\r\n".join(lines).encode("cp1252")


def meet(people: Sequence[Person], head: str = "First name,Last name,Email,Duration") -> bytes:
    """Return the attendance of Meet: given names, surnames, address."""
    rows = ((*name.split(" ", 1), email) for name, email in people)
    return "\n".join([head, *(f"{one},{two},{email},1 hr" for one, two, email in rows)]).encode()
