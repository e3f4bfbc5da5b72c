"""Examples for receptions and reviews of a presentation, the same in both stages."""

from __future__ import annotations

from random import Random
from typing import Any

from forms import Given
from forms.examples import Example, Examples, Refusal
from forms.shapes.filing_examples import (
    ADMINISTRATOR,
    AUTHORITY,
    ENTITY_KNOWN,
    OBSERVATIONS,
    ROSTER,
    TODAY,
    filing,
    observing_values,
    papers,
    persisting_values,
    received_values,
)


def given_of(kinds: tuple[str, ...], **more: Any) -> dict[str, Any]:
    """Return a presentation of papers of those kinds."""
    kind = "designation" if "sip_rvl_001" in kinds else "personnel"
    return {"filing": filing(kind, **more), "papers": papers(*kinds), "today": TODAY}


def _replacing(kinds: tuple[str, ...]) -> dict[str, Any]:
    """Return a presentation that replaces two: its data differ from those of the older one."""
    now: dict[str, Any] = {
        "entity": ENTITY_KNOWN,
        "authority": AUTHORITY,
        "administrator": ADMINISTRATOR,
        "roster": ROSTER,
    }
    first, second, *others = ROSTER
    gone = second | {"document_number": "00000177", "given_names": "Nora"}
    before = [first | {"post": "Asistente"}, *others, gone]
    older = now | {"entity": ENTITY_KNOWN | {"address": "Jirón Anterior 1"}, "roster": before}
    replaced = [
        {"number": number, "presented_at": "2026-11-19T16:30:00+00:00", "signed": papers(*kinds)}
        for number in ("2026-000122", "2026-000121")
    ]
    same = {"then": now | {"roster": None}, "now": now}
    records = [same, {"then": older, "now": now}]
    return given_of(kinds, replaces=replaced) | {"replaced_records": records}


def reception(kinds: tuple[str, ...]) -> Examples:
    """Return the three decisions of the mesa de partes, and answers that state none of them."""
    given = given_of(kinds)
    again = given_of(kinds, desk_observed=True)
    received = received_values(given, Random(21))
    accepts = (
        Example("received", received_values),
        Example("received", received_values, again, name="recibida tras la subsanación"),
        Example("observed", lambda given, random: observing_values(given, kinds)),
        Example(
            "not_filed",
            {"result": "not_filed", "text": "El número de la constancia es de otro expediente."},
        ),
        Example("received", received_values, _replacing(kinds), name="una versión corregida"),
    )
    refuses = (
        Refusal("nada", {}, {"result": "qué pasó"}),
        Refusal(
            "recibida sin CUT ni fecha",
            {"result": "received"},
            {"cut": "CUT", "received_at-date": "cargo"},
        ),
        Refusal(
            "recibida antes de presentarse",
            received | {"received_at": {"date": "20/11/2026", "time": "11:00"}},
            {"received_at-time": "constancia"},
        ),
        Refusal(
            "recibida en una fecha futura",
            received | {"received_at": {"date": "01/12/2026", "time": "11:00"}},
            {"received_at-date": "hasta hoy"},
        ),
        Refusal(
            "observada sin decir qué", {"result": "observed"}, {"observations": "al menos una"}
        ),
        Refusal(
            "observada por segunda vez",
            observing_values(given, kinds),
            {"result": "opciones"},
            again,
        ),
        Refusal("no consta, sin explicación", {"result": "not_filed"}, {"text": "por qué"}),
    )
    return given, accepts, refuses


def review(kinds: tuple[str, ...], out_of_scope: bool) -> Examples:
    """Return every result of a review, on each of its looks."""
    first = given_of(kinds)
    answered = [one | {"answer": "Se corrigió.", "target": kinds[-1]} for one in OBSERVATIONS]
    second = given_of(kinds, rounds=1, observations=answered)
    third = given_of(kinds, rounds=2, observations=[answered[0] | {"persists": True}])
    accepts, refuses = _accepted(kinds, second, third), _refused(kinds, first, second, third)
    without = {"result": "out_of_scope", "text": "La entidad se fusionó con otra."}
    if out_of_scope:
        accepts.append(Example("out_of_scope", without | {"ground": "extinct_or_merged"}))
        refuses += [
            Refusal("no corresponde, sin causal", without, {"ground": "causal"}),
            Refusal(
                "una causal que no está en la lista",
                without | {"ground": "no_budget"},
                {"ground": "opciones"},
            ),
        ]
    else:
        refuses.append(Refusal("una causal de la designación", without, {"result": "opciones"}))
    return first, tuple(accepts), tuple(refuses)


def _accepted(kinds: tuple[str, ...], second: Given, third: Given) -> list[Example]:
    lapsed = {"result": "not_presented", "text": "No se subsanó dentro del plazo."}
    return [
        Example("accepted", {"result": "accepted"}),
        Example("observed", lambda given, random: observing_values(given, kinds)),
        Example(
            "observed",
            lambda given, random: persisting_values(given),
            second,
            "persiste una observación",
        ),
        Example("accepted", {"result": "accepted"}, third, name="conforme al tercer examen"),
        Example("not_presented", lapsed, third),
    ]


def _refused(kinds: tuple[str, ...], first: Given, second: Given, third: Given) -> list[Refusal]:
    bare = {"result": "observed", "observations": [{"paper": "", "page": "uno", "text": ""}]}
    return [
        Refusal("nada", {}, {"result": "resultado"}),
        Refusal("observar sin decir qué", {"result": "observed"}, {"observations": "una"}),
        Refusal(
            "una observación que no dice de qué ni qué",
            bare,
            {
                "observations-0-paper": "documento",
                "observations-0-page": "número entero",
                "observations-0-text": "observación",
            },
        ),
        Refusal(
            "puntos nuevos al segundo examen",
            observing_values(first, kinds),
            {"result": "opciones"},
            second,
        ),
        Refusal("persiste ninguna", {"result": "persists"}, {"persisting": "al menos"}, second),
        Refusal(
            "persiste una que no se hizo",
            {"result": "persists", "persisting": ["9"]},
            {"persisting": "lista"},
            second,
        ),
        Refusal(
            "persiste por segunda vez",
            {"result": "persists", "persisting": ["1"]},
            {"result": "opciones"},
            third,
        ),
        Refusal(
            "no presentado, sin decir por qué", {"result": "not_presented"}, {"text": "Explica"}
        ),
    ]
