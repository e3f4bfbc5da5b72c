"""The *Aviso para la mesa de ingreso*: a poster that says that visits are published, with a QR."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from app.cases.papers import issued, sheets, typesetting

KIND, TITLE = "aviso_recepcion", "Las visitas a esta entidad se publican"


@dataclass(frozen=True)
class Notice:
    """The contents. `address`: where everyone consults the visits; `masked`: whether documents are
    published without most of their digits; `privacy_notice`: its address, "" for none."""

    entity: Mapping[str, Any]
    address: str
    masked: bool
    norm: str
    privacy_notice: str


def file_name(code: str) -> str:
    """Return the name of the file for an entity's code."""
    return f"aviso-para-la-mesa-de-ingreso-{code}.pdf"


def render(notice: Notice, made_on: date) -> bytes:
    """Return the PDF. Raise what `typesetting.typeset` raises."""
    values = asdict(notice) | {"typed": typed(notice.address), "masked": notice.masked}
    made = sheets.sheet(KIND, values, made_on)
    # After the texts are tidied: a QR is no text.
    made["code"] = issued.drawn(notice.address)
    return typesetting.typeset(f"printed/{KIND}", {"title": TITLE, **made}, made_on)


def typed(address: str) -> str:
    """Return an address as people type it: without the scheme."""
    parts = urlsplit(address)
    rest = f"?{parts.query}" if parts.query else ""
    return f"{parts.netloc}{parts.path.rstrip('/')}{rest}"
