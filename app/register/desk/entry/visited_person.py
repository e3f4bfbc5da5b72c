"""The official of a form: a part of a name, post or unit is typed."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.base.models import Register
from app.register.desk.entry.namesakes import MOST, NamesakeField, meant
from app.register.visits import officials
from forms.fields import TextField


def official_field(label: str, **kwargs: Any) -> Any:
    """Return the field for the text."""
    kwargs.setdefault("hint", "Letras de su nombre, su cargo o su unidad.")
    return TextField(label, limit=600, render_kw={"autocomplete": "off"}, **kwargs)


def which_official() -> Any:
    """Return the field to choose among matches; it has options only if there are several."""
    return NamesakeField("Elige a la persona")


def find_official(form: Any, session: Session, register: Register, day: date) -> int | None:
    """Return the id of the official that `official` means on a day; `official_id` chooses.

    Return None, with an error at the field, if no official or several match.
    """
    typed = form["official"].data or ""
    found = officials.matching(session, register, typed, day, MOST + 1)
    one = officials.only_match(found, typed)
    offered = [(str(each.id), officials.label(each)) for each in ([one] if one else found)]
    nobody = "" if offered else officials.nobody(session, register, typed, day).sentence
    chosen = meant(form["official"], form["official_id"], offered, nobody)
    return int(chosen) if chosen else None
