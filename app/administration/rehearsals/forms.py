"""The forms of a rehearsal: its decisions, and the filter of a batch."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from wtforms.validators import Length

from app.base import formatting
from app.cases.processes.migrating.rehearsals import words
from app.cases.processes.migrating.rehearsals.batches import TAKEN, Filter
from app.cases.processes.migrating.rehearsals.table import Question
from forms.fields import ChoiceField, LongTextField, Part, SelectOneField
from workflows.migration import STAY

#: The answer that leaves a question open.
OPEN = ("abierta", "Todavía sin decidir")


class Decisions:
    """A form with a field per question of a rehearsal."""

    def __init__(self, questions: Sequence[Question], posted: Any = None) -> None:
        """Make the fields; `posted`: the data of the request, or None."""
        form = type("DecisionsForm", (Part,), {name_of(one.id): _field(one) for one in questions})
        chosen = {name_of(one.id): one.chosen or OPEN[0] for one in questions}
        self.questions = questions
        self.form: Part = form(posted, data=chosen)

    def answers(self) -> dict[str, str]:
        """Return question → option, "" for none, of a valid form."""
        given = {one.id: self.form[name_of(one.id)].data for one in self.questions}
        return {key: "" if value == OPEN[0] else value for key, value in given.items()}


def name_of(question: str) -> str:
    """Return the name of a question's field: by its id, since answers change the order."""
    return f"pregunta_{hashlib.sha256(question.encode()).hexdigest()[:8]}"


def _field(question: Question) -> ChoiceField:
    count = formatting.plural(question.count, "caso", "casos")
    options = [
        (one.id, one.text + ("" if one.count == question.count else f" ({one.count})"))
        for one in question.options
    ]
    return ChoiceField(
        question.text,
        (*options, (STAY, words.STAYS), OPEN),
        hint=f"{count} sin decidir" if question.count else "Decidido",
        needed="Elige una de las opciones.",
    )


class BatchForm(Part):
    """Which cases a batch takes."""

    proceso = SelectOneField("Trámite")
    etapa = SelectOneField("Etapa")
    region = SelectOneField("Región")
    resultado = SelectOneField("Resultado del ensayo")

    def offer(
        self, processes: Mapping[str, str], stages: Mapping[str, str], regions: Mapping[str, str]
    ) -> None:
        """Set the options: value → label."""
        kinds = {words.VERDICTS[one].url: words.VERDICTS[one].label for one in TAKEN}
        for field, options, all_of_them in (
            (self.proceso, processes, "Todos"),
            (self.etapa, stages, "Todas"),
            (self.region, regions, "Todas"),
            (self.resultado, kinds, "Todos los que se pueden mover"),
        ):
            field.choices = [("", all_of_them), *options.items()]

    def chosen(self) -> Filter:
        """Return the filter of a valid form."""
        kinds = {words.VERDICTS[one].url: one for one in TAKEN}
        return Filter(
            process=self.proceso.data or "",
            stage=self.etapa.data or "",
            region=self.region.data or "",
            kind=kinds.get(self.resultado.data or "", ""),
        )


class BatchReason(Part):
    """Why a batch is moved, for the second person."""

    reason = LongTextField(
        "Motivo",
        hint="Lo lee quien confirma el lote, y queda en el historial.",
        needed="Escribe por qué se mueven.",
        limit=500,
        rules=(Length(10, message="Explica el motivo con al menos 10 caracteres."),),
        render_kw={"rows": 3},
    )
