"""The meaning of a cell of a past visit: days, hours, documents, officials, motives, in any form.

Each function returns the value for the register, and the code of a remark ("" for none; the
sentences are in `sentences`). Nothing is invented: what cannot be read is left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from datetime import UTC, date, datetime, time, timedelta

from app.base import calendar
from app.register.facts import open_texts
from app.register.facts.declared import LIMITS
from app.register.facts.values import CATEGORIES, OBSERVATIONS, VISITOR_KINDS
from forms.fields.identifiers import document_fault, plain, ruc_fault, tidy_document
from forms.fields.rules import INVISIBLE, REFUSED
from forms.fields.sheets import as_text
from forms.fields.tables import Cell

#: Texts that mean an empty cell, as `plain` writes them.
BLANK = frozenset(
    [
        "",
        ".",
        "-",
        "--",
        "---",
        "_",
        "s/n",
        "s/d",
        "n/a",
        "na",
        "null",
        "none",
        "ninguno",
        "ninguna",
    ]
)
#: Excel counts days from here; 38353 is the first of 2005.
EXCEL = date(1899, 12, 30)
MIDNIGHT = datetime(2000, 1, 1, tzinfo=UTC)
SERIALS = range(38_353, 80_000)

DAY_FIRST = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4}|\d{2})(?:\D.*)?")
YEAR_FIRST = re.compile(r"(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})(?:\D.*)?")
HOUR = re.compile(
    r"(?:\d{1,4}[/.\-]\d{1,2}[/.\-]\d{1,4}[ t,]+)?"  # the day, once more
    r"(\d{1,2})[:.h](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?"
    r"\s*(?:h|hs|hr|hrs|horas)?\.?\s*(?:([ap])\.?\s*m\.?)?"
)

ZONED = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}.*(?:[Zz]|[+-]\d{2}:?\d{2})")
DAY_AND_HOUR = re.compile(r"\d{1,4}[/.\-]\d{1,2}[/.\-]\d{1,4}[ Tt,]+\d")

#: Names of documents, in the order in which they are tried.
DOCUMENTS = (
    ("DNI", re.compile(r"(?:D\.?\s?N\.?\s?I\.?|L\.?\s?E\.?)(?:\s*/\s*L\.?E\.?)?(?![A-Z])")),
    ("CE", re.compile(r"(?:C\.?\s?E\.?|CARNET?(?: (?:DE )?EXT[A-Z]*\.?)?)(?![A-Z])")),
    ("PASAPORTE", re.compile(r"(?:PASAPORTE|PASS?|PPTE?)\.?(?![A-Z])")),
    ("OTROS", re.compile(r"(?:OTROS?|P\.?T\.?P|C\.?P\.?P|RUC|CEDULA)\.?(?![A-Z])")),
)
LONGEST_NUMBER = 20
#: The kind of an «OTROS», before its number: `OTROS: CARNET UNIVERSITARIO 20231234`.
WHICH_OTHER = re.compile(r"^[^\w*]*(?:(?:[A-Z.]{3,}|DE|LA|EL|N|NO)[^\w*]+)+(?=\S*[\d*])")
BEFORE_NUMBER = re.compile(r"^[^\w*]*(?:N(?:RO|UM)?[^\w*]+)?")

RUC = re.compile(
    r"\(?(?<![A-Z])(R\.?\s?U\.?\s?C\.?[^\w*]*(?:N(?:RO|UM)?[^0-9A-Z*]+)?)?"
    r"(?<![0-9])((?:10|15|16|17|20)[0-9]{9})(?![0-9])\)?",
    re.IGNORECASE,
)

#: A dash between two words, also where one of them is missing.
DASH = re.compile(r"(?<=\s)[-–—](?=\s|$)")
#: Starts of free motives that name a category.
MOTIVES = (
    ("work", ("reunion", "reunio")),
    ("interests", ("gestion de interes",)),
    ("services", ("provision de servicio", "proveedor", "prestacion de servicio")),
    ("other", ("otros", "otro")),
)
CATEGORY_OF = {plain(word): value for value, word in CATEGORIES.items()}
OTHER = dict.fromkeys(("otro", "otra", "otras"), "other")
KIND_OF = {plain(word): value for value, word in VISITOR_KINDS.items()}
#: Texts for a visitor who represents no entity.
OWN = frozenset(
    [
        *("persona natural", "particular", "personal", "a titulo personal", "titulo personal"),
        *("independiente", "ciudadano", "ciudadana"),
    ]
)


def text_of(cell: Cell) -> tuple[str, str]:
    """Return a text in one line; control characters are removed, with the remark "marks"."""
    text = cell if isinstance(cell, str) else as_text(cell)
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).translate(INVISIBLE)
    if text.isprintable():  # no character of REFUSED is
        return " ".join(text.split()), ""
    cleaned = "".join(
        sign for sign in text if sign.isspace() or unicodedata.category(sign) not in REFUSED
    )
    return " ".join(cleaned.split()), "" if len(cleaned) == len(text) else "marks"


def unguarded(text: str) -> str:
    """Return a text without the ' that keeps spreadsheets from taking it for a formula."""
    return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@") else text


def is_blank(text: str) -> bool:
    """Return whether a text is blank."""
    return not text or (len(text) < 8 and plain(text) in BLANK)


def day_of(cell: Cell) -> date | None:
    """Return the day of a cell; None if it is not a day."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return EXCEL + timedelta(days=int(cell)) if int(cell) in SERIALS else None
    text = str(cell or "").strip()
    if found := DAY_FIRST.fullmatch(text):
        day, month, year = map(int, found.groups())
    elif found := YEAR_FIRST.fullmatch(text):
        year, month, day = map(int, found.groups())
    elif text.isdigit() and len(text) == 5 and int(text) in SERIALS:
        return EXCEL + timedelta(days=int(text))
    else:
        return None
    try:
        return date(year if year > 99 else 2000 + year, month, day)
    except ValueError:
        return None


def hour_of(cell: Cell) -> time | None:
    """Return the hour of the day of a cell; None if it is not an hour."""
    if isinstance(cell, datetime):
        return cell.time()
    if isinstance(cell, time):
        return cell
    if isinstance(cell, float) and 0 <= cell < 1:
        return (MIDNIGHT + timedelta(seconds=round(cell * 86_400))).time()
    found = HOUR.fullmatch(str(cell or "").strip().lower().replace("\N{NO-BREAK SPACE}", " "))
    if found is None:
        return None
    hour, half = int(found[1]), found[4]
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return time(hour, int(found[2]), int(found[3] or 0))
    except ValueError:
        return None


def in_lima(cell: Cell) -> Cell:
    """Return a cell; a moment with its zone (`2026-03-02T08:00:00-05:00`) as the one in Lima."""
    if not isinstance(cell, str) or not ZONED.fullmatch(cell.strip()):
        return cell
    try:
        moment = datetime.fromisoformat(cell.strip())
    except ValueError:
        return cell
    return moment.astimezone(calendar.LIMA).replace(tzinfo=None)


def day_in(cell: Cell) -> date | None:
    """Return the day in a cell with an hour; None if the cell has only the hour."""
    if isinstance(cell, float) and cell >= 1:
        return day_of(cell)
    if isinstance(cell, datetime):
        return cell.date()
    return day_of(cell) if isinstance(cell, str) and DAY_AND_HOUR.match(cell.strip()) else None


def hour_in(cell: Cell) -> time | None:
    """Return the hour in a cell with a day; None if the cell has only the day."""
    if isinstance(cell, float) and cell >= 1:  # days of Excel without their format
        return hour_of(cell % 1)
    return hour_of(cell) if isinstance(cell, datetime | str) else None


def document_of(text: str) -> tuple[tuple[str, str], str]:
    """Return the kind and number of a document."""
    upper = unicodedata.normalize("NFD", text.upper())
    upper = "".join(sign for sign in upper if not unicodedata.combining(sign))
    kind, number = "", upper
    for name, pattern in DOCUMENTS:
        if found := pattern.match(upper):
            kind, number = name, upper[found.end() :]
            break
    if kind == "OTROS":
        number = WHICH_OTHER.sub("", number)
    number = re.sub(r"[^A-Z0-9*]", "", tidy_document(kind, BEFORE_NUMBER.sub("", number)))
    if not re.search(r"\d", number) or not number.strip("0"):
        return ("", ""), "no_document"
    if "*" in number:
        return (kind or "OTROS", number[-LONGEST_NUMBER:]), "document_masked"
    said = ""
    if not kind:
        kind = "DNI" if number.isdigit() and len(number) <= 8 else "OTROS"
        said = "document_untyped"
    if kind == "DNI" and number.isdigit() and len(number) < 8:  # a spreadsheet took the zeros
        return ("DNI", number.zfill(8)), "document_padded"
    if kind != "OTROS" and document_fault(kind, number):
        kind, said = "OTROS", "document_other"
    if len(number) > LONGEST_NUMBER:
        return ("", ""), "document_long"
    return (kind, number), said


def official_of(text: str) -> tuple[str, str, str]:
    """Return name, unit and post from one text: the post is last, and a unit may contain dashes."""
    parts = [part.strip() for part in DASH.split(f"{text} ")]
    if len(parts) < 3:
        return parts[0], parts[1] if len(parts) == 2 else "", ""
    return parts[0], " - ".join(part for part in parts[1:-1] if part), parts[-1]


def represented(text: str, public_names: Container[str]) -> tuple[tuple[str, str], str]:
    """Return on whose behalf the visitor came: the kind, and the entity's name."""
    if is_blank(text):
        return ("self", ""), "own_unsaid"
    first, *rest = (part.strip() for part in DASH.split(f"{text} "))
    kind = KIND_OF.get(plain(first))
    if kind == "self" or (kind is None and plain(text) in OWN):
        return ("self", ""), ""
    if kind is not None:
        return (kind, " - ".join(rest)), ""
    if plain(text) in public_names:
        return ("public", text), "kind_found"
    return ("private", text), "kind_unsaid"


def without_numbers(text: str) -> tuple[str, str]:
    """Return a public text with only the last three digits of each person's number."""
    hidden = open_texts.masked(text)
    return hidden, "number_masked" if hidden != text else ""


def ruc_apart(text: str) -> tuple[tuple[str, str], str]:
    """Return the text of an entity without the RUC that it contains, and that RUC."""
    for found in RUC.finditer(text):
        if found[1] or not ruc_fault(found[2], entity=False):
            before = text[: found.start()].rstrip(" ,;-–—")
            rest = f"{before} {text[found.end() :]}".strip(" ,;-–—")
            return (" ".join(rest.split()), found[2]), "ruc_apart"
    return (text, ""), ""


def motive_of(text: str) -> tuple[tuple[str, str], str]:
    """Return the category and the detail of a motive."""
    if is_blank(text):
        return ("other", ""), "no_motive"
    first, *rest = (part.strip() for part in DASH.split(f"{text} "))
    if category := CATEGORY_OF.get(plain(first)):
        return (category, " - ".join(part for part in rest if part)), ""
    before, colon, after = (part.strip() for part in text.partition(":"))
    if colon and (category := CATEGORY_OF.get(plain(before)) or OTHER.get(plain(before))):
        return (category, after), ""
    begins = plain(text)
    for category, beginnings in MOTIVES:
        if begins.startswith(beginnings):
            return (category, text), ""
    return ("other", text), "category_unsaid"


def observation_of(text: str) -> tuple[str, str]:
    """Return an observation of the closed list."""
    if is_blank(text):
        return "", ""
    said = plain(text)
    for value, sentence in OBSERVATIONS.items():
        if said == plain(sentence):
            return value, ""
    for value, words in (
        ("outage_external", ("retroactivo", "externo")),
        ("outage_internal", ("retroactivo", "interno")),
        ("late", ("extemporane",)),
    ):
        if all(word in said for word in words):
            return value, ""
    return "", "observation_unknown"


def fitting(name: str, text: str) -> tuple[str, str]:
    """Return a text cut to the limit of the register, with a remark if it was cut."""
    limit = LIMITS[name]
    if len(text) <= limit:
        return text, ""
    return f"{text[: limit - 1].rstrip()}…", f"cut_{name}"
