"""What follows from a service task, said by it and carried out by `app.cases.processes`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.people.mail import Letter


@dataclass(frozen=True)
class Start:
    """A process begins for the entity; at a moment ahead, or (None) at once."""

    process: str
    at: datetime | None = None


@dataclass(frozen=True)
class Reschedule:
    """A waiting timer of the instance is to fire at a moment."""

    element: str
    at: datetime


@dataclass(frozen=True)
class Effects:
    """The outcome that gateways read, and what follows."""

    outcome: str = "done"
    letters: tuple[Letter, ...] = ()
    starts: tuple[Start, ...] = ()
    reschedules: tuple[Reschedule, ...] = ()
