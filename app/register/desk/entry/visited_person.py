"""Whom a form's visit is for: part of a name, a post or a unit is typed, and somebody is meant."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.base.models import Register
from app.register.desk.entry.namesakes import MOST, NamesakeField, meant
from app.register.visits import officials
from forms.fields import TextField


def official_field(label: str, **kwargs: Any) -> Any:
    """Whom somebody visits, as it is typed."""
    kwargs.setdefault("hint", "Letras de su nombre, su cargo o su unidad.")
    return TextField(label, limit=600, render_kw={"autocomplete": "off"}, **kwargs)


def which_official() -> Any:
    """Which of those whom the words fit; it has choices only where they are several."""
    return NamesakeField("Elige a la persona")


def find_official(form: Any, session: Session, register: Register, day: date) -> int | None:
    """The id of whom `official` means on a day, by `official_id` where several fit.

    None, and an error at the field, where nobody or several are meant.
    """
    typed = form["official"].data or ""
    found = officials.matching(session, register, typed, day, MOST + 1)
    one = officials.the_one(found, typed)
    offered = [(str(each.id), officials.label(each)) for each in ([one] if one else found)]
    nobody = "" if offered else officials.nobody(session, register, typed, day).sentence
    chosen = meant(form["official"], form["official_id"], offered, nobody)
    return int(chosen) if chosen else None
