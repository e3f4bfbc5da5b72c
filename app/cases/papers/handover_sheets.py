"""The *Ficha de entrega*: the handover of an administrator who leaves, on paper."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from app.base import assets
from app.cases.papers import sheets, typesetting

logger = logging.getLogger(__name__)

KIND, TITLE = "ficha_entrega", "Ficha de entrega"


@dataclass(frozen=True)
class Account:
    """A role in the entity: its name, who holds it, their address, and a remark ("" for none)."""

    role: str
    name: str
    email: str
    remark: str


@dataclass(frozen=True)
class OpenStep:
    """An open step: its name, who answers it, and by when ("" without a date)."""

    name: str
    who: str
    due: str


@dataclass(frozen=True)
class Handover:
    """The contents of the sheet; days and dates are texts in Spanish.

    `undeclared` are the days without visits and without a declaration; None if the register keeps
    no visits here. `heir` is "" if there is no successor yet.
    """

    entity: Mapping[str, Any]
    person: str
    roles: str
    from_on: str
    heir: str
    accounts: Sequence[Account]
    steps: Sequence[OpenStep]
    undeclared: Sequence[str] | None
    undeclared_since: str
    address: str


def file_name(code: str) -> str:
    """Return the name of the file for an entity's code."""
    return f"ficha-de-entrega-{code}.pdf"


def render(handover: Handover, made_on: date) -> bytes:
    """Return the PDF. Raise what `typesetting.typeset` raises."""
    sheet = sheets.sheet(KIND, asdict(handover), made_on)
    return typesetting.typeset(KIND, {"title": TITLE, **sheet}, made_on)


def render_or_none(handover: Handover, made_on: date) -> bytes | None:
    """Return the PDF; None, and the fault in the log, if it cannot be made.

    A person leaves on the day, with or without a paper.
    """
    try:
        return render(handover, made_on)
    except (typesetting.CannotTypeset, assets.NotBuilt, OSError):
        logger.exception("no handover sheet for %s", handover.entity.get("code"))
        return None
