"""Sheets: the values of the records, as the plain strings that a template sets.

The labels and sentences of a paper are in its template; here are the texts for coded values.
Missing values are "", so a template never checks whether a name exists.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from app.base import assets, formatting
from app.cases.papers.wording import letters
from forms.fields.identifiers import DOCUMENT_TYPES, place_of
from forms.fields.personnel import MOVEMENTS, PROFILES
from forms.shapes.decision_makers import held_posts
from forms.shapes.demo_test import FIGURES, figure_rows, source_sentence
from forms.shapes.designation import LINKS

Value = Mapping[str, Any]

WEBSITE_KINDS = {"own_site": "Sitio web propio", "pte": "Portal de Transparencia Estándar"}

#: Longer runs of letters can be broken across lines: in running text, in a table's cell.
LONG_WORD = 34
LONG_WORD_IN_CELL = 24

ZERO_WIDTH_SPACE = "\N{ZERO WIDTH SPACE}"

#: Invisible characters: controls, direction marks, halves of characters, private ones.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def sheet(kind: str, values: Value, made_on: date) -> dict[str, Any]:
    """Return all that the template of a kind sets, without misleading characters."""
    made = _made(kind, values) | {"kind": kind, "made_on": formatting.day(made_on)}
    return {
        "mark": (assets.STATIC / "mark.svg").read_text("utf-8"),
        "terms": letters.TERMS,
        **_tidied(made),
    }


def written(kind: str, values: Value) -> dict[str, Any]:
    """Return the sheet of a letter to be set by other programs: no word of it has soft breaks.

    Raise KeyError for a kind that is not in `wording.letters.LETTERS`.
    """
    made = _made(kind, values)
    names = ("words", "entity", "authority", "number", "date", "year_name")
    return {name: _tidied(made[name], breaks=False) for name in names}


def _made(kind: str, values: Value) -> dict[str, Any]:
    made = SHEETS[kind](values)
    made |= {
        "entity": _entity(values),
        "purpose": values.get("purpose") or "",
        "number": values.get("number") or made.get("number") or "",
        "date": formatting.day(values.get("dated_on")),
        "year_name": values.get("year_name") or "",
    }
    if kind in letters.LETTERS:
        made["words"] = letters.LETTERS[kind](made)
    return made


def most_pages(values: Value) -> int:
    """Return how many pages a paper has at most: a roster has about thirty rows on each."""
    return len(values.get("roster") or ()) // 15 + 12


# The parts of each paper -------------------------------------------------------------------------


def _designation(values: Value) -> dict[str, Any]:
    administrator = values.get("administrator") or {}
    return {
        "authority": _person(values.get("authority")),
        "holder": _official(administrator.get("holder")),
        "alternate": _official(administrator.get("alternate")),
        "scope": administrator.get("scope") or "",
        "notices_by_email": _yes(administrator.get("notices_by_email")),
    }


def _personnel(values: Value) -> dict[str, Any]:
    roster = values.get("roster") or []
    return _designation(values) | {
        "rows": [_row(number, row) for number, row in enumerate(roster, 1)],
        **_counts(roster),
    }


def _presentation(values: Value) -> dict[str, Any]:
    return _designation(values) | _counts(values.get("roster") or [])


def _reminder(values: Value) -> dict[str, Any]:
    """Return the record `letter`, addressed to the authority unless it names another person."""
    letter = values.get("letter") or {}
    authority = _person(values.get("authority"))
    addressee = letter.get("addressee") or {}
    return {
        "to": {name: addressee.get(name) or authority[name] for name in ("name", "post")},
        "subject": letter.get("subject") or "",
        "number": letter.get("number") or "",
        "paragraphs": re.split(r"\n\s*\n", (letter.get("body") or "").strip()),
        "missing": list(letter.get("missing") or []),
    }


def _control_notice(values: Value) -> dict[str, Any]:
    """Return the record `control_notice`, addressed to the organ that the table named."""
    notice = values.get("control_notice") or {}
    organ = notice.get("organ") or {}
    return {
        "to": {"post": organ.get("addressee") or "", "organ": organ.get("organ") or ""},
        "stage": notice.get("stage_name") or "",
        "missing": list(notice.get("missing") or []),
        "letters": [
            [one["number"], formatting.day(one["signed_on"])] for one in notice.get("letters") or []
        ],
        "warned_on": formatting.day(notice.get("warned_on")) if notice.get("arrived") else "",
        "until_on": formatting.day(notice.get("until_on")),
    }


def _certificate(values: Value) -> dict[str, Any]:
    administrator = values.get("administrator") or {}
    production = values.get("production") or {}
    posts = values.get("decision_makers") or []
    return {
        "holder": _named(administrator.get("holder")),
        "alternate": _named(administrator.get("alternate")),
        "go_live_on": formatting.day(production.get("go_live_on")),
        "link": production.get("link") or "",
        "posts": formatting.number(held_posts(posts)) if posts else "",
    }


def _demo_report(values: Value) -> dict[str, Any]:
    """Return a demo test as it was submitted. Its visitors are not named."""
    evidence, judged = values.get("demo_evidence") or {}, values.get("demo_judged") or {}
    seen = values.get("demo_visits") or {}
    visits = seen.get("visits") or []
    administrator = values.get("administrator") or {}
    missing = judged.get("missing") or {}
    more = seen.get("total", 0) - len(visits)
    return {
        "holder": _named(administrator.get("holder")),
        "since": formatting.moment(evidence.get("since_at")),
        "counted": formatting.moment(evidence.get("counted_at")),
        "source": source_sentence(evidence),
        "operators": formatting.number(judged["operators"]) if judged else "",
        "figures": [
            [words, formatting.number(count), "; ".join(missing.get(name, ())) or "Alcanza"]
            for name, (words, count) in zip(FIGURES, figure_rows(evidence), strict=False)
        ],
        "sentences": list(judged.get("sentences") or []),
        "notes": evidence.get("notes") or "",
        "visits": [_visit(number, visit) for number, visit in enumerate(visits, 1)],
        "more_visits": f"Y {formatting.plural(more, 'visita', 'visitas')} más." if more > 0 else "",
    }


def _visit(number: int, visit: Value) -> list[str]:
    return [
        formatting.number(number),
        formatting.short_day(visit["on"]),
        formatting.hour(visit["entered_at"] or None),
        formatting.hour(visit["left_at"] or None),
        visit["official"],
        visit["motive"],
        ", ".join(visit["marks"]),
    ]


def _activation(values: Value) -> dict[str, Any]:
    return {name: values[name] for name in ("letters", "address", "help_desk")}


def _texts(values: Value) -> dict[str, Any]:
    """Return the contents of a sheet that holds texts alone, as its module made them."""
    return {name: value for name, value in values.items() if name != "entity"}


def _transfer(values: Value) -> dict[str, Any]:
    names = ("facts", "people", "more_people", "steps", "more_steps", "next")
    return {name: values[name] for name in names}


SHEETS: Mapping[str, Callable[[Value], dict[str, Any]]] = {
    "oficio_designacion": _designation,
    "sip_rvl_001": _designation,
    "sip_rvl_002": _personnel,
    "carta_presentacion": _presentation,
    "oficio_reiteracion": _reminder,
    "comunicacion_control": _control_notice,
    "constancia": _certificate,
    "demo_report": _demo_report,
    "carta_activacion": _activation,
    "ficha_entrega": _texts,
    "ficha_transferencia": _transfer,
    "lista_asistencia": _texts,
    "hoja_sustento": _texts,
    "aviso_recepcion": _texts,
}


# Values as text ----------------------------------------------------------------------------------


def _yes(value: Any) -> str:
    return "" if value is None else "Sí" if value else "No"


def _entity(values: Value) -> dict[str, str]:
    entity = values.get("entity") or {}
    names = "code name acronym level kind sector ruc address ubigeo website phone".split()
    place = place_of(entity.get("ubigeo") or "") or entity.get("place") or ""
    return {name: entity.get(name) or "" for name in names} | {
        "place": place,
        "city": place.partition(",")[0],
        "level": (entity.get("level") or "").capitalize(),
        "kind": formatting.entity_kind(entity.get("kind") or ""),
        "website_kind": WEBSITE_KINDS.get(entity.get("website_kind") or "", ""),
        "has_register": _yes(entity.get("has_register")),
    }


def _person(value: Value | None) -> dict[str, str]:
    person = value or {}
    names = "document_type document_number given_names surnames post email".split()
    found = {name: person.get(name) or "" for name in names}
    kind, number = found["document_type"], found["document_number"]
    return found | {
        "name": f"{found['given_names']} {found['surnames']}".strip(),
        "document": f"{kind} {number}" if number else "",
        "document_type": dict(DOCUMENT_TYPES).get(kind, kind) if number else "",
        "since_on": formatting.day(person.get("since_on")),
    }


def _official(value: Value | None) -> dict[str, str]:
    official = value or {}
    names = ("unit", "informatics_how", "phone", "annex")
    link = official.get("link") or ""
    other = official.get("link_other") or "Otro"
    until = official.get("link_until_on")
    details = {name: official.get(name) or "" for name in names} | {
        "link": (other if link == "other" else dict(LINKS).get(link, link))
        + (f", hasta el {formatting.day(until)}" if until else ""),
        "informatics": _yes(official.get("informatics")),
    }
    return _person(official) | details


def _named(value: Value | None) -> dict[str, str]:
    """Return the name and post of a person, without the document."""
    official = _official(value)
    return {name: official[name] for name in ("name", "post", "unit")}


def _row(number: int, row: Value) -> list[str]:
    person = _person(row)
    surnames, given = person["surnames"], person["given_names"]
    cells = (
        formatting.number(number),
        person["document"],
        f"{surnames}, {given}".strip(", "),
        person["post"],
        row.get("unit") or "",
        row.get("site") or "",
        person["email"],
        dict(PROFILES).get(row.get("profile") or "", ""),
        dict(MOVEMENTS).get(row.get("movement") or "", ""),
    )
    return [breakable(tidy(cell), LONG_WORD_IN_CELL) for cell in cells]


def _counts(roster: list[Value]) -> dict[str, Any]:
    """Return the number of people, in all and by profile, who join (altas) and leave (bajas)."""
    found = Counter((row.get("profile"), row.get("movement")) for row in roster)

    def amounts(*profiles: str) -> list[str]:
        altas, bajas = (
            sum(found[profile, movement] for profile in profiles) for movement, _ in MOVEMENTS
        )
        return [formatting.number(amount) for amount in (altas, bajas, altas + bajas)]

    return {
        "people": formatting.plural(len(roster), "persona", "personas"),
        "counts": [[name, *amounts(profile)] for profile, name in PROFILES],
        "total": ["Total", *amounts(*dict(PROFILES))],
    }


# Text -------------------------------------------------------------------------------------------


def _tidied(value: Any, *, breaks: bool = True) -> Any:
    if isinstance(value, str):
        return breakable(tidy(value), LONG_WORD) if breaks else tidy(value)
    if isinstance(value, dict):
        return {
            name: _tidied(inner, breaks=breaks) if name != "rows" else inner
            for name, inner in value.items()
        }
    return [_tidied(inner, breaks=breaks) for inner in value] if isinstance(value, list) else value


def tidy(text: str) -> str:
    """Return text without invisible characters; the lines of a paragraph stay separate."""
    text = unicodedata.normalize("NFC", text)
    if text.isprintable():  # one line, and nothing to leave out
        return text.strip()
    lines = text.splitlines()
    return "\n".join(" ".join(_seen(line).split(" ")).strip() for line in lines).strip()


def _seen(line: str) -> str:
    spaced = line.replace("\t", " ")
    return "".join(c for c in spaced if unicodedata.category(c) not in UNSEEN)


def breakable(text: str, limit: int) -> str:
    """Return text in which words longer than `limit` letters can break, best at punctuation."""

    def parts(found: re.Match[str]) -> str:
        pieces = re.findall(rf"[^@._/-]{{1,{limit // 2}}}[@._/-]*|[@._/-]+", found.group())
        return ZERO_WIDTH_SPACE.join(pieces)

    return re.sub(rf"\S{{{limit + 1},}}", parts, text)
