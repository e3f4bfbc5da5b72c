"""Invented entities, designations, rosters and presentations for the examples of the steps.

Functions `(given, random)` make an answer for any case, so that the demo can use them too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from forms.examples import SAMPLE_FILE
from forms.fields.dates import LIMA, moment_of
from forms.fields.identifiers import ruc_check_digit, ruc_fault
from forms.fields.people import invented, key_of
from forms.papers import OFFICIAL
from forms.shapes.days import lima_day
from forms.shapes.filing import DESIGNATION, kinds_of

Given = Mapping[str, Any]

TODAY = date(2026, 11, 24)
RUC = f"2099999999{ruc_check_digit('2099999999')}"
ENTITY = {
    "code": "E90001",
    "name": "Municipalidad Distrital de Ejemplo",
    "acronym": "MDE",
    "level": "local",
    "kind": "municipalidad_distrital",
    "sector": "",
    "ruc": "",
    "address": "",
    "ubigeo": "150122",
    "place": "Miraflores, Lima, Lima",
    "website": "",
    "website_kind": "",
    "phone": "",
    "has_register": False,
}
AUTHORITY: dict[str, Any] = {
    **invented(Random(1), "Gerente municipal", email=False),
    "since_on": "2023-01-02",
}


def official(random: Random, post: str = "Analista de sistemas") -> dict[str, Any]:
    """Return an invented administrator or alternate."""
    return invented(random, post) | {
        "unit": "Oficina de Tecnologías de la Información",
        "link": random.choice(("276", "728", "cas", "servir")),
        "link_other": "",
        "informatics": True,
        "informatics_how": "Estudios de computación e informática",
        "phone": "01 6150000",
        "annex": str(random.randint(100, 999)),
    }


ADMINISTRATOR: dict[str, Any] = {
    "holder": official(Random(2)),
    "alternate": official(Random(3), "Especialista en informática"),
    "scope": "rvl",
    "notices_by_email": True,
}


def entity_values(given: Given, random: Random) -> dict[str, Any]:
    """Return the group of the entity, on top of its known data."""
    known = dict(given.get("entity") or ENTITY)
    if ruc_fault(known.get("ruc") or ""):
        # Each entity gets its own number, even if several use the same random seed.
        number = random.randint(0, 99_999_999) + int(f"0{str(known.get('code', ''))[1:]}") * 7919
        first = f"20{number % 100_000_000:08d}"
        known["ruc"] = first + ruc_check_digit(first)
    named = {
        "address": "Calle Ejemplo 123",
        "ubigeo": "150101",
        "phone": "01 6150000",
        "website_kind": "pte",
        "website": f"https://www.example.org/{str(known.get('code', 'entidad')).lower()}",
    }
    if known.get("level") not in ("nacional", "regional", "local"):
        known["level"] = "local"
    return known | {name: known.get(name) or value for name, value in named.items()}


def designation_values(given: Given, random: Random, alternate: bool = True) -> dict[str, Any]:
    """Return the fields of a designation, with invented persons."""
    authority = given.get("authority") or invented(random, "Gerente general", email=False)
    return {
        "entity": entity_values(given, random),
        "authority": dict(authority),
        "administrator": official(random),
        "has_alternate": alternate,
        "alternate": official(random, "Especialista en informática") if alternate else {},
        "scope": "rvl",
        "notices_by_email": True,
    }


def row_of(person: Mapping[str, Any], profile: str, movement: str = "alta") -> dict[str, str]:
    """Return a person as a row of a roster."""
    names = ("document_type", "document_number", "given_names", "surnames", "post", "email")
    return {name: person[name] for name in names} | {
        "unit": person.get("unit") or "Oficina de Administración",
        "site": "Sede central",
        "profile": profile,
        "movement": movement,
    }


def roster(given: Given, random: Random, operators: int = 3) -> list[dict[str, str]]:
    """Return a roster: the administrator, operators, a decision-maker and a visited official."""
    known = given.get("administrator") or ADMINISTRATOR
    authority = given.get("authority") or invented(random, "Gerente general", email=False)
    desk = [invented(random, "Recepcionista") for _ in range(operators)]
    official_seen = invented(random, "Subgerente de logística", email=False)
    rows = [
        row_of(known["holder"], "administrator"),
        *(row_of(person, "operator") for person in desk),
        row_of(authority, "decision_maker"),
        row_of(official_seen, "visited_official"),
    ]
    return list({key_of(row): row for row in rows}.values())


ROSTER = roster({"administrator": ADMINISTRATOR, "authority": AUTHORITY}, Random(4))
ENTITY_KNOWN = entity_values({"entity": ENTITY}, Random(5)) | {"ruc": RUC}


def papers(*kinds: str) -> list[dict[str, Any]]:
    """Return papers that the application made on the 20th of November of 2026."""
    return [
        {
            "kind": kind,
            "title": OFFICIAL[kind].title,
            "made_at": "2026-11-20T15:00:00+00:00",
            "file": {
                "id": f"made-{kind}",
                "name": f"{kind}.pdf",
                "size": 40_000,
                "media_type": "application/pdf",
                "pages": 2,
            },
        }
        for kind in kinds
    ]


def observation(number: int, target: str, text: str, answer: str = "") -> dict[str, Any]:
    """Return an observation about a paper, or a page of it."""
    return {
        "number": number,
        "target_kind": "page" if " p. " in target else "paper",
        "target": target,
        "text": text,
        "answer": answer,
        "persists": False,
    }


OBSERVATIONS = [
    observation(1, "sip_rvl_001 p. 1", "Falta la firma de la máxima autoridad."),
    observation(2, "sip_rvl_002", "Falta el correo de un operador."),
]


def filing(kind: str = "designation", **more: Any) -> dict[str, Any]:
    """Return a presentation of the 20th of November of 2026."""
    return {
        "kind": kind,
        "number": "2026-000123",
        "presented_at": "2026-11-20T16:30:00+00:00",
        "cut": "",
        "received_at": "",
        "desk_observed": False,
        "rounds": 0,
        "signed": [],
        "observations": [],
    } | more


def presented_values(given: Given, random: Random) -> dict[str, Any]:
    """Return a constancia of today, after the papers and any earlier constancia."""
    used = given.get("used_receipts") or ()
    while (number := f"{given['today'].year}-{random.randint(1, 999_999):06d}") in used:
        pass
    return {
        "number": number,
        "presented_at": presented_at(given),
    }


def presented_at(given: Given) -> datetime:
    """Return a moment of today: half past eight, or just after the previous moment."""
    before = [paper["made_at"] for paper in given.get("papers") or () if paper.get("made_at")]
    before += [moment for moment in [(given.get("filing") or {}).get("presented_at")] if moment]
    return later_today(given["today"], max(map(datetime.fromisoformat, before), default=None))


def later_today(today: date, moment: datetime | None) -> datetime:
    """Return some minutes after a moment of today, otherwise half past eight in Lima."""
    if moment is None or lima_day(moment.isoformat()) < today:
        return moment_of(today, time(8, 30))
    last = datetime.combine(today, time(23, 59), LIMA).astimezone(UTC)
    return min(moment + timedelta(minutes=5), last)


def signed_values(given: Given, kinds: tuple[str, ...] = DESIGNATION) -> dict[str, str]:
    """Return a signed copy of each paper that was made."""
    return {f"signed_{kind}": SAMPLE_FILE for kind in kinds_of(given, kinds)}


def received_values(given: Given, random: Random) -> dict[str, Any]:
    """Return a reception by the mesa de partes."""
    presented = (given.get("filing") or {}).get("presented_at")
    moment = datetime.fromisoformat(presented) if presented else None
    return {
        "result": "received",
        "cut": f"{given['today'].year}-{random.randint(1, 999_999):06d}",
        "received_at": later_today(given["today"], moment),
    }


def observing_values(given: Given, kinds: tuple[str, ...] = DESIGNATION) -> dict[str, Any]:
    """Return two observations, about the first and the last of the papers."""
    made = kinds_of(given, kinds)
    return {
        "result": "observed",
        "observations": [
            {"paper": made[0], "page": "1", "text": "Falta la firma en la primera página."},
            {"paper": made[-1], "field": "Cargo", "text": "El cargo no es el de la resolución."},
        ],
    }


def persisting_values(given: Given) -> dict[str, Any]:
    """Return an answer in which the first observation persists."""
    return {"result": "persists", "persisting": [str(given["filing"]["observations"][0]["number"])]}


def answers_values(given: Given) -> list[dict[str, str]]:
    """Return an answer to each observation."""
    observed = (given.get("filing") or {}).get("observations", [])
    return [
        {"answer": f"Se corrigió lo observado en el punto {one['number']}."} for one in observed
    ]


def changed(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return values with some of them changed, also inside groups."""
    result = dict(values)
    for name, value in changes.items():
        old = result.get(name)
        nested = isinstance(value, Mapping) and isinstance(old, Mapping)
        result[name] = changed(old, value) if nested and isinstance(old, Mapping) else value
    return result
