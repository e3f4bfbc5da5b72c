"""Review a presentation: conformity, observations all at once, and whether they persist."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, cast

from forms.fields import (
    ChecksField,
    ChoiceField,
    GroupField,
    ListField,
    LongTextField,
    SelectOneField,
)
from forms.records import Observation
from forms.shapes.anchors import Papers, Places, Rows
from forms.shapes.compared_roster import ComparedRoster
from forms.shapes.designation_anchors import Since
from forms.shapes.filing import ObservedStep, kinds_of
from forms.shapes.observations import (
    ObservationPart,
    offer_papers,
    read_observations,
    reasons_of,
    target_of,
    tie,
)

#: The only grounds on which an entity needs no separate register.
GROUNDS = (
    ("outside_scope", "La entidad está fuera del ámbito de la norma"),
    ("already_implemented", "La entidad ya tiene implementado su registro"),
    ("duplicate", "La entidad está duplicada en el catálogo"),
    ("extinct_or_merged", "La entidad se extinguió o se fusionó con otra"),
)
RESULTS = {
    "accepted": "Dar conformidad",
    "observed": "Observar",
    "persists": "Persiste la observación",
    "not_presented": "No presentado",
    "out_of_scope": "No corresponde",
}


class ReviewStep(ObservedStep):
    """A review of a presentation; `looks` counts how often it was observed before.

    The first look observes everything that is wrong at once. On the second, what was not corrected
    can persist, without new points. After that it is accepted, or counts as not presented.
    """

    fresh = ("result", "observations", "persisting", "text", "ground")
    button = "Registrar la revisión"
    anchored: ClassVar[tuple[type[Places], ...]] = (Papers, Rows)
    outcomes: ClassVar[tuple[str, ...]] = ("accepted", "observed", "not_presented")

    result = ChoiceField("Resultado de la revisión", needed="Elige el resultado de la revisión.")
    observations = ListField(
        GroupField(ObservationPart, "Observación"),
        "Observaciones",
        hint="Todas de una vez, pues después no podrás agregar otras.",
        needed="Agrega al menos una observación.",
        when=("result", "observed"),
        most=40,
        add_label="Agregar otra observación",
    )
    persisting = ChecksField(
        "¿Cuáles no se corrigieron?",
        hint="No puedes agregar puntos nuevos.",
        needed="Marca al menos una observación que no se corrigió.",
        when=("result", "persists"),
    )
    ground = SelectOneField(
        "Causal por la que no corresponde",
        [("", "Elige una causal"), *GROUNDS],
        needed="Elige la causal por la que no corresponde.",
        when=("result", "out_of_scope"),
    )
    text = LongTextField(
        "Explicación",
        hint="La entidad la leerá.",
        needed="Explica tu decisión; la entidad la leerá.",
        when=("result", ("not_presented", "out_of_scope")),
        limit=2000,
    )

    @property
    def looks(self) -> int:
        """How often the review has observed this presentation."""
        return int(self.filing.get("rounds", 0))

    @cached_property
    def since(self) -> Since | None:
        """All that changed since the presentation was observed; None if it was not."""
        observed = self.given.get("observed_records")
        return Since.of(self.given, observed) if observed else None

    @cached_property
    def compared_with_observed(self) -> ComparedRoster | None:
        """The roster under review, held against the observed one; None if none was observed."""
        observed = self.given.get("observed_records") or {}
        if observed.get("roster") is None:
            return None
        return ComparedRoster.of(self.given.get("roster"), observed["roster"])

    def may_be_out_of_scope(self) -> bool:
        """Return whether this review can decide that the entity needs no register."""
        return "out_of_scope" in self.outcomes

    def prepare(self) -> None:
        """Offer the possible results of this look."""
        offered = ["accepted", "not_presented"]
        if self.looks == 0:
            offered.insert(1, "observed")
            offer_papers(self["observations"], kinds_of(self.given, self.kinds))
            tie(self["observations"], self.places)
        elif self.looks == 1:
            offered.insert(1, "persists")
            self["persisting"].choices = [_choice(one) for one in self.filing["observations"]]
        if self.may_be_out_of_scope():
            offered.append("out_of_scope")
        self["result"].choices = [(one, RESULTS[one]) for one in offered]
        if not self.given:
            return
        for name, is_offered in (
            ("observations", self.looks == 0),
            ("persisting", self.looks == 1),
            ("ground", self.may_be_out_of_scope()),
        ):
            if not is_offered:
                del self[name]

    def outcome(self) -> str:
        """Return the outcome for gateways: a persisting observation is an observation."""
        result = str(self["result"].data)
        return "observed" if result == "persists" else result

    def observed(self) -> list[Observation]:
        """Return the observations that this answer makes."""
        if self["result"].data == "persists":
            marked = set(self["persisting"].data)
            return [
                cast("Observation", one | {"persists": True})
                for one in self.filing["observations"]
                if str(one["number"]) in marked
            ]
        return read_observations(self["observations"])

    def answer(self) -> dict[str, Any]:
        """Return the act of the review."""
        act: dict[str, Any] = {"act": self.outcome()}
        if act["act"] == "observed":
            act["observations"] = self.observed()
        else:
            act["text"] = self["text"].data or ""
        if act["act"] == "out_of_scope":
            act["ground"] = self["ground"].data
        return {"filing": act}

    def unusual(self) -> list[str]:
        """Return how many of the presented people have no e-mail."""
        rows = (self.given.get("roster") or []) if self.has_roster() else []
        blank = sum(not row["email"] for row in rows)
        if not blank:
            return []
        return [f"La relación tiene {blank} {'fila' if blank == 1 else 'filas'} sin correo."]

    def reason(self) -> str:
        """Return why the presentation comes back to the entity."""
        if self.outcome() == "observed":
            persists = self["result"].data == "persists"
            start = "Persisten observaciones:" if persists else "Se observó la presentación:"
            return f"{start}\n{reasons_of(self.observed())}"
        return str(self["text"].data or "") if self.outcome() == "not_presented" else ""


def _choice(observation: Mapping[str, Any]) -> tuple[str, str, dict[str, str]]:
    label = f"{observation['number']}. {target_of(observation)}: {observation['text']}"
    answer = observation.get("answer") or "sin respuesta"
    return str(observation["number"]), label, {"hint": f"Respuesta de la entidad: {answer}"}
