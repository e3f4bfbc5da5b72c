"""The ZIP of the papers to sign: the files as they were issued, and an index."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from typing import IO

from app.base.files import packing
from app.base.formatting import plain
from app.onboarding.review.signing.waiting import Waiting
from app.register.facts.sql_texts import safe_cell
from forms.papers import stem_of

INDEX = "indice.csv"
HEAD = ("Código del documento", "Documento", "Código", "Entidad", "Archivo", "SHA-256")
#: Longest name of an entity in the name of a file.
NAME = 40


def pack(papers: Sequence[Waiting]) -> IO[bytes]:
    """Return the papers in one ZIP. The same papers give the same bytes. Raise Damaged."""
    in_order = sorted(papers, key=lambda one: one.paper.code)
    named = [(name_of(one), one.paper.file) for one in in_order if one.paper.file is not None]
    return packing.packed(named, {INDEX: index(in_order)})


def name_of(one: Waiting) -> str:
    """Return the name of a paper: its code, the entity's code and name, and what it is."""
    entity = one.task.entity
    words = re.sub(r"[^a-z0-9]+", "-", plain(entity.name)).strip("-")[:NAME].rstrip("-")
    return f"{one.code}_{entity.code}_{words}_{stem_of(one.paper.kind, is_signed=False)}.pdf"


def index(papers: Sequence[Waiting]) -> str:
    """Return a line per paper, with the hash of its file."""
    target = io.StringIO()
    table = csv.writer(target, lineterminator="\r\n")
    table.writerow(HEAD)
    for one in papers:
        entity = one.task.entity
        cells = (one.code, one.title, entity.code, entity.name, name_of(one), one.paper.sha256)
        table.writerow([safe_cell(cell) for cell in cells])
    return "\ufeff" + target.getvalue()
