"""Participants' lists as Teams, Zoom and Meet export them, with invented people."""

from __future__ import annotations

import codecs
from collections.abc import Sequence

Person = tuple[str, str]


def teams(people: Sequence[Person], day: str = "3/9/26") -> bytes:
    """Return the attendance report of Teams: UTF-16 with tabs, in three sections."""
    lines = [
        "1. Summary",
        "Meeting title\tInducción temática",
        f"Attended participants\t{len(people)}",
        f"Start time\t{day}, 8:00:11 AM",
        f"End time\t{day}, 9:31:02 AM",
        "Meeting duration\t1h 30m 51s",
        "",
        "2. Participants",
        "Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole",
        *(
            f"{name}\t{day}, 8:02:11 AM\t{day}, 9:30:02 AM\t1h 27m 51s\t{email}\t{email}\tPresenter"
            for name, email in people
        ),
        "",
        "3. In-Meeting Activities",
        "Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole",
        *(f"{name}\t{day}, 8:02:11 AM\t{day}, 9:30 AM\t1h\t{email}\tX" for name, email in people),
    ]
    return codecs.BOM_UTF16_LE + "\r\n".join(lines).encode("utf-16-le")


def teams_in_spanish(people: Sequence[Person]) -> bytes:
    """Return the same report of a Teams in Spanish."""
    lines = [
        "1. Resumen",
        "Título de la reunión\tInducción temática",
        "2. Participantes",
        "Nombre\tPrimera entrada\tÚltima salida\tDuración de la reunión\tCorreo electrónico\t"
        "Id. de participante (UPN)\tRol",
        *(
            f"{name}\t9/3/26, 08:02\t9/3/26, 09:30\t1h\t{email}\t\tAsistente"
            for name, email in people
        ),
        "3. Actividades durante la reunión",
        "Nombre\tHora de entrada\tHora de salida\tDuración\tCorreo electrónico\tRol",
        "Otra Persona\t9/3/26, 08:02\t9/3/26, 09:30\t1h\t\tAsistente",
    ]
    return codecs.BOM_UTF16_LE + "\r\n".join(lines).encode("utf-16-le")


def old_teams(people: Sequence[Person]) -> bytes:
    """Return the attendance list of Teams before 2022: a row per entry and exit."""
    lines = ["Full Name\tUser Action\tTimestamp"]
    for name, _ in people:
        lines += [f"{name}\tJoined\t3/9/2026, 8:02:11 AM", f"{name}\tLeft\t3/9/2026, 9:02:11 AM"]
    return codecs.BOM_UTF16_LE + "\n".join(lines).encode("utf-16-le")


def zoom(people: Sequence[Person], *, waiting: Sequence[str] = ()) -> bytes:
    """Return the participants of Zoom: CSV, with lines about the meeting above."""
    lines = [
        "Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants",
        "987 6543 2100,Inducción,03/09/2026 08:00:00 AM,03/09/2026 09:31:00 AM,pcm@example.pe,91,9",
        "",
        "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest,"
        "Recording Consent,In Waiting Room",
        *(
            f'"{name}",{email},03/09/2026 08:02:11 AM,03/09/2026 09:30:00 AM,88,Yes,,'
            f"{'Yes' if name in waiting else 'No'}"
            for name, email in people
        ),
    ]
    return "\n".join(lines).encode("utf-8-sig")


def zoom_in_spanish(people: Sequence[Person]) -> bytes:
    """Return the shorter list of a Zoom in Spanish, in the encoding of Windows."""
    lines = [
        "Nombre (nombre original);E-mail del usuario;Duración total (minutos);Invitado",
        *(f"{name};{email};88;Sí" for name, email in people),
    ]
    return "\r\n".join(lines).encode("cp1252")


def meet(people: Sequence[tuple[str, str, str]]) -> bytes:
    """Return the attendance of Meet: given names, surnames, address."""
    lines = [
        "First name,Last name,Email,Duration,Time joined,Time exited",
        *(f"{first},{last},{email},1 hr 2 min,8:02 AM,9:04 AM" for first, last, email in people),
    ]
    return "\n".join(lines).encode()


def meet_in_spanish(people: Sequence[tuple[str, str, str]]) -> bytes:
    """Return the same of a Meet in Spanish."""
    lines = [
        "Nombre,Apellido,Correo electrónico,Duración,Hora de entrada,Hora de salida",
        *(f"{first},{last},{email},1 h 2 min,8:02,9:04" for first, last, email in people),
    ]
    return "\n".join(lines).encode()
