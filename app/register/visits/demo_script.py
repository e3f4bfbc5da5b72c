"""The script of the demo test: ten invented visits, and the progress of a register with them.

Nobody has these documents (`values.is_invented`); each visit is recognised by its document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base.models import PostHolder, Register, Visit
from app.register.facts.values import Visitor
from app.register.registers.evidence import corrected, demo_figures

#: An extra task of a visit → its text in the script.
TASKS: Mapping[str, str] = {
    "correct": "Regístrala con la categoría «Otros» y corrígela después.",
    "second": "Si hay más de un operador, que la registre otro.",
    "late": (
        "Es de ayer, de 10:00 a 10:30. Regístrala hoy, con la observación «Registro extemporáneo»."
    ),
}


@dataclass(frozen=True)
class Line:
    """A visit of the script; `task` is one of TASKS, or ""."""

    number: int
    visitor: Visitor
    category: str
    motive: str
    task: str = ""

    @property
    def surnames(self) -> str:
        """The surnames, as the desk enters them."""
        return self.visitor.name.rpartition(" ")[0]

    @property
    def given_names(self) -> str:
        """The last word of the name."""
        return self.visitor.name.rpartition(" ")[2]


def _lines(*rows: tuple[str, str, str, tuple[str, str, str], str, str, str]) -> tuple[Line, ...]:
    return tuple(
        Line(number, Visitor(name, kind, document, *represented), category, motive, task)
        for number, (name, kind, document, represented, category, motive, task) in enumerate(
            rows, 1
        )
    )


SELF = ("self", "", "")
TOWN = ("public", "Municipalidad Inventada de Ejemplo", "20999999019")
TOOLS = ("private", "Útiles Inventados S.A.C.", "20999999027")
GUILD = ("private", "Asociación Ficticia de Vecinos", "20999999035")

LINES: tuple[Line, ...] = _lines(
    (
        "Ejemplo Quispe Ana", "DNI", "00000911", TOWN,
        "work", "Coordinación de un convenio", "",
    ),
    (
        "Muestra Rojas Luis", "DNI", "00000912", TOOLS,
        "services", "Entrega de útiles de escritorio", "",
    ),
    (
        "Ficticia Díaz Rosa", "DNI", "00000913", GUILD,
        "interests", "Pide cambiar una ordenanza", "",
    ),
    (
        "Inventado Flores Jorge", "DNI", "00000914", SELF,
        "work", "Revisión de un expediente técnico", "correct",
    ),
    (
        "Prueba Mamani Carmen", "CE", "000000915", TOOLS,
        "services", "Mantenimiento de equipos", "",
    ),
    (
        "Supuesto Ramos Miguel", "DNI", "00000916", TOWN,
        "work", "Comité de seguridad ciudadana", "",
    ),
    (
        "Imaginaria Soto Elena", "DNI", "00000917", GUILD,
        "interests", "Propone una concesión", "second",
    ),
    (
        "Simulado Vega Óscar", "PASAPORTE", "DEMO0918", SELF,
        "other", "Entrevista para una tesis", "",
    ),
    (
        "Modelo Castro Julia", "DNI", "00000919", SELF,
        "other", "Visita protocolar", "late",
    ),
    (
        "Ensayo Torres Raúl", "DNI", "00000920", TOWN,
        "work", "Seguimiento de una obra", "",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Tick:
    """The progress of a line, and its missing parts, in words."""

    line: Line
    visit: Visit | None
    missing: Sequence[str]

    @property
    def done(self) -> bool:
        """Whether no part is missing."""
        return not self.missing

    @property
    def task(self) -> str:
        """The extra task of the visit, in words."""
        return TASKS.get(self.line.task, "")


@dataclass(frozen=True)
class Progress:
    """The script compared with the content of a demo register."""

    ticks: Sequence[Tick]
    #: Tasks besides single visits: text, and whether it is done.
    extra_tasks: Sequence[tuple[str, bool]]

    @property
    def done(self) -> int:
        """The number of its lines that are done."""
        return sum(tick.done for tick in self.ticks) + sum(done for _, done in self.extra_tasks)

    @property
    def lines(self) -> int:
        """The number of its lines."""
        return len(self.ticks) + len(self.extra_tasks)


def progress(session: Session, register: Register) -> Progress:
    """Compare the script with the content of the register."""
    numbers = [line.visitor.document_number for line in LINES]
    rows = session.execute(
        select(Visit, corrected())
        .where(
            Visit.register_id == register.id,
            Visit.state == "standing",
            Visit.document_number.in_(numbers),
        )
        .order_by(Visit.id)
    )
    found = {visit.document_number: (visit, is_corrected) for visit, is_corrected in rows}
    ticks = [_tick(line, *found.get(line.visitor.document_number, (None, False))) for line in LINES]
    figures = demo_figures(session, register)
    extra_tasks = [
        ("Busca una de estas visitas en la consulta del ambiente demo", figures["searches"] > 0),
        ("Descarga el resultado de esa consulta", figures["downloads"] > 0),
    ]
    if _operators(session, register) > 1:
        extra_tasks.insert(0, ("Que registren visitas dos operadores", figures["operators"] > 1))
    return Progress(ticks, extra_tasks)


def _operators(session: Session, register: Register) -> int:
    """Return how many operators there are: with one operator, no other needs to record."""
    query = select(func.count(PostHolder.id)).where(
        PostHolder.register_id == register.id,
        PostHolder.profile == "operator",
        PostHolder.to_on.is_(None),
    )
    return session.scalar(query) or 0


def _tick(line: Line, visit: Visit | None, is_corrected: bool) -> Tick:
    if visit is None:
        return Tick(line, None, ("Falta registrarla",))
    missing = []
    if visit.exit_state == "inside":
        missing.append("Falta su salida")
    if visit.exit_state == "unknown":
        missing.append("Quedó sin hora de salida: corrígela")
    if line.task == "correct" and not is_corrected:
        missing.append("Falta corregirla")
    if line.task == "late" and visit.observation != "late":
        missing.append("Falta su observación: corrígela")
    return Tick(line, visit, tuple(missing))
