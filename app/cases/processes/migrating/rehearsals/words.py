"""What a rehearsal found, in words (Spanish): verdicts, changes, questions, results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from app.cases.processes.migrating.rehearsals.verdicts import ChangeFacts
from workflows.migration import LEAVE, STAY


class Word(NamedTuple):
    """A kind of verdict or a result: its value in a URL, its label, the shape of its label."""

    url: str
    label: str
    shape: str


#: Kind of a verdict → its words, in the order of the table.
VERDICTS: Mapping[str, Word] = {
    "passes": Word("pasa", "Pasa", "accepted"),
    "changes": Word("con-cambios", "Pasa con cambios", "pending"),
    "undecided": Word("decision", "Necesita decisión", "awaiting_date"),
    "stays": Word("se-queda", "Se queda en su versión", "out_of_scope"),
    "not_yet": Word("todavia-no", "Todavía no", "suspended"),
    "cannot": Word("no-puede", "No puede", "not_presented"),
}
#: A case that the rehearsal has not come to.
UNJUDGED = Word("falta", "Falta ensayar", "awaiting_date")
#: What a verdict means for its cases.
MEANINGS: Mapping[str, str] = {
    "passes": "Siguen donde están. No cambia nada más.",
    "changes": "Siguen donde están y cambia lo que se dice aquí. Un caso puede estar en varias "
    "líneas.",
    "undecided": "Están en un lugar que la versión nueva no tiene así. Elige dónde siguen, o deja "
    "que terminen en su versión.",
    "stays": "Terminan en la versión en que están, porque así se decidió.",
    "not_yet": "No se pueden mover por ahora. Si los incluyes en un lote, se intenta otra vez "
    "cuando avancen.",
    "cannot": "Terminan en la versión en que están.",
}
#: Result of a case → its words.
RESULTS: Mapping[str, Word] = {
    "": Word("faltan", "Falta", "awaiting_date"),
    "moved": Word("movidos", "Pasó a la versión", "accepted"),
    "skipped": Word("omitidos", "No se movió", "out_of_scope"),
    "failed": Word("fallidos", "Falló", "not_presented"),
    "returning": Word("por-volver", "Por volver atrás", "awaiting_date"),
    "returned": Word("vueltos", "Volvió atrás", "out_of_scope"),
}
#: Kind of a change → its sentence. `name`: the element; `before`, `after`: as the change has them.
CHANGES: Mapping[str, str] = {
    "renamed": "«{before}» se llamará «{after}»",
    "lane": "«{name}» pasa de {before} a {after}",
    "timer": "Se mueve la fecha de «{name}»",
    "term": "Se mueve el plazo de «{name}»",
    "timer_added": "Empieza a correr «{name}»",
    "timer_removed": "Deja de correr «{name}»",
    "ends": "«{name}» terminará el paso cuando llegue",
    "ends_no_more": "«{name}» ya no terminará el paso cuando llegue",
    "follow_up_added": "Se agrega el seguimiento «{name}»",
    "follow_up_removed": "Se quita el seguimiento «{name}»",
    "condition": "Más adelante, «{name}» se decidirá con otra condición",
    "passed_by": "No pasará por «{name}», que es nuevo y queda atrás",
    "asks": "Más adelante se pregunta por «{name}», que no tuvo",
    "continues": "Sigue en «{name}», como se decidió",
    "left": "Deja «{name}», como se decidió",
}
NO_REASON = "Sin más detalle"
STAYS = "Se quedan en su versión"
LEAVES = "Dejan lo que la versión no tiene y siguen en lo demás"


def change(facts: ChangeFacts) -> str:
    """Return the sentence of a change."""
    name = facts["name"] or facts["element"]
    template = CHANGES.get(facts["kind"], "Cambia «{name}»")
    return template.format(name=name, before=facts["before"], after=facts["after"])


def question(element: str, names: Mapping[str, str]) -> str:
    """Return a question: where its cases stand, which the version lacks."""
    return f"Están en «{names.get(element, element)}», que la versión no tiene allí"


def option(element: str, names: Mapping[str, str]) -> str:
    """Return an option of a question: where the cases continue."""
    return LEAVES if element == LEAVE else f"Siguen en «{names.get(element, element)}»"


def answer(chosen: str, names: Mapping[str, str]) -> str:
    """Return the answer that was chosen; "" for none."""
    if chosen == STAY:
        return STAYS
    return option(chosen, names) if chosen else ""
