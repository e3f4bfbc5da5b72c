"""The personnel of an environment: the people loaded by the system, compared with the roster."""

from __future__ import annotations

from collections import Counter
from typing import Any, ClassVar

from forms import StepForm, case_documents
from forms.fields import LongTextField
from forms.fields.people import GIVEN, SURNAMES
from forms.shapes.reviews import check_explanation

PROFILES = {
    "administrator": "Administradores",
    "operator": "Operadores",
    "decision_maker": "Sujetos con capacidad de decisión pública",
    "visited_official": "Funcionarios que reciben visitas",
}


def altas(roster: Any) -> list[dict[str, Any]]:
    """Return the rows of a roster that are loaded: those that are no baja."""
    return [row for row in roster or [] if row["movement"] != "baja"]


class Load(StepForm):
    """The confirmation of the loaded personnel; a difference from the roster needs a reason."""

    #: The record that describes the environment's register.
    register: ClassVar[str]

    explanation = LongTextField(
        "¿Por qué no coincide con la relación?",
        hint="Por ejemplo: dos personas dejaron la entidad después de presentar la relación.",
        limit=1000,
    )

    def prepare(self) -> None:
        """Remove the explanation if both agree."""
        super().prepare()
        if self.given and not self.differs():
            del self.explanation

    def listed(self) -> dict[str, int]:
        """Return the number of people of each profile in the roster."""
        found = Counter(row["profile"] for row in altas(self.given.get("roster")))
        return {profile: found[profile] for profile in PROFILES}

    def loaded(self) -> dict[str, int]:
        """Return the number of people in the register, or before it opens, in the roster."""
        register = self.given.get(self.register)
        if register is None:
            return self.listed()
        return {profile: register["people"].get(profile, 0) for profile in PROFILES}

    def differs(self) -> bool:
        """Return whether the numbers of the register differ from the roster's."""
        return self.loaded() != self.listed()

    def rows(self) -> list[dict[str, Any]]:
        """Return both counts by profile, in words."""
        loaded, listed = self.loaded(), self.listed()
        return [
            {"label": words, "loaded": loaded[profile], "listed": listed[profile]}
            for profile, words in PROFILES.items()
        ]

    def check(self) -> None:
        """Check that a difference has a reason."""
        if self.differs():
            missing = "El registro no tiene a las mismas personas que la relación: explica por qué."
            check_explanation(self.explanation, missing)

    def load(self) -> case_documents.Load:
        """Return the counts of the register and of the roster."""
        loaded = self.loaded()
        return {
            "count": sum(loaded.values()),
            "expected": sum(self.listed().values()),
            "by_profile": loaded,
            "explanation": (self.explanation.data or "") if self.differs() else "",
        }


def invented_register(**people: int) -> case_documents.Register:
    """Return an environment with the people of `invented_roster`, changed by `people`."""
    loaded = Counter(row["profile"] for row in invented_roster())
    return {
        "opened_at": "2026-08-13T15:00:00+00:00",
        "source": "zaguan",
        "address": "",
        "people": {**loaded, **people},
        "sites": ["Sede central"],
    }


def invented_roster(operators: int = 2, others: int = 2) -> list[dict[str, Any]]:
    """Return a roster of plainly invented people.

    It holds an administrator, operators and, in turn, decision-makers and visited officials.
    """
    profiles = ["administrator"] + ["operator"] * operators
    profiles += ["decision_maker" if n % 2 == 0 else "visited_official" for n in range(others)]
    posts = {"decision_maker": "Gerente municipal", "visited_official": "Jefa de logística"}
    return [
        {
            "document_type": "DNI",
            "document_number": f"{n:08d}",
            "given_names": f"{GIVEN[n % len(GIVEN)]} Persona",
            "surnames": SURNAMES[n % len(SURNAMES)],
            "post": posts.get(profile, "Analista"),
            "unit": "Sede central",
            "site": "Sede central",
            "email": f"persona{n}@example.pe",
            "profile": profile,
            "movement": "alta",
        }
        for n, profile in enumerate(profiles, 201)
    ]
