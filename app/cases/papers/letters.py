"""Letters with activation codes for entities, many in one PDF."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date

import pikepdf

from app.base import formatting
from app.cases.papers import issued, sheets, typesetting
from app.cases.papers.issued.marks import Marks

TITLE = "Códigos de activación"
#: This many are typeset at once, then joined: 2,072 in one go take 1.3 GB instead of 350 MB.
AT_ONCE = 500
#: What a PDF says of its standards: names of metadata in the namespaces of PDF/A and PDF/UA.
CLAIMS = ("{http://www.aiim.org/pdfa/ns/", "{http://www.aiim.org/pdfua/ns/")


def activation_letters(
    letters: Sequence[Mapping[str, str]],
    codes: Sequence[str],
    *,
    address: str,
    help_desk: str,
    made_on: date,
    shown: Marks,
    year_name: str = "",
) -> bytes:
    """Return the PDF of these letters, one page each.

    `shown`: the number and the date of them all; `year_name`: the official name of that year.

    A letter has the entity's code, name, place and authority ("" for none), its secret, and the
    last day on which it is valid (`until`). After a mandate it also has its first day (`from`) and
    the mandate's last one (`ended`); otherwise these are "". `codes` verify the letters, in their
    order, and have nothing to do with the secrets. `address` is where the secrets are typed.
    Raise what `typesetting.typeset` raises.
    """
    of = formatting.number(len(letters))
    numbered = [
        {**letter, "number": formatting.number(number), "of": of}
        for number, letter in enumerate(letters, 1)
    ]
    common = {"address": address, "help_desk": help_desk, "year_name": year_name, **asdict(shown)}
    made = []
    for start in range(0, len(numbered), AT_ONCE):
        values = {"letters": numbered[start : start + AT_ONCE], **common}
        sheet = sheets.sheet(issued.ACTIVATION_LETTER, values, made_on)
        # After the texts are tidied: a QR is no text.
        sheet["verifications"] = [
            asdict(issued.verification(code, 1)) for code in codes[start : start + AT_ONCE]
        ]
        made.append(
            typesetting.typeset(issued.ACTIVATION_LETTER, {"title": TITLE, **sheet}, made_on)
        )
    return made[0] if len(made) == 1 else _joined(made)


def _joined(papers: Sequence[bytes]) -> bytes:
    """Return several PDFs as one, with the title and language of the first.

    It has no tags, so it does not claim to be PDF/A or PDF/UA.
    """
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(papers[0])) as whole:
        for paper in papers[1:]:
            with pikepdf.open(io.BytesIO(paper)) as more:
                whole.pages.extend(more.pages)
        # Each PDF numbers its parts itself: in the joined PDF the same numbers would collide.
        for name in ("/StructTreeRoot", "/MarkInfo"):
            if name in whole.Root:
                del whole.Root[name]
        for page in whole.pages:
            if "/StructParents" in page.obj:
                del page.obj["/StructParents"]
        with whole.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
            for name in [name for name in metadata if name.startswith(CLAIMS)]:
                del metadata[name]
        whole.save(target)
    return target.getvalue()
