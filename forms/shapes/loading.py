"""The personnel of an environment: whom the system loaded, beside whom the roster lists."""

from __future__ import annotations

from collections import Counter
from typing import Any, ClassVar

from forms import StepForm
from forms.fields import LongTextField
from forms.fields.people import GIVEN, SURNAMES
from forms.shapes.reviews import explained

PROFILES = {
    "administrator": "Administradores",
    "operator": "Operadores",
    "decision_maker": "Sujetos con capacidad de decisión pública",
    "visited_official": "Funcionarios que reciben visitas",
}


def altas(roster: Any) -> list[dict[str, Any]]:
    """The rows of a roster that are to be loaded: those that are no baja."""
    return [row for row in roster or [] if row["movement"] != "baja"]


class Load(StepForm):
    """The personnel that the system loaded, confirmed; where it is not the roster's, why."""

    #: The record that says what the environment holds.
    register: ClassVar[str]

    explanation = LongTextField(
        "¿Por qué no coincide con la relación?",
        hint="Por ejemplo: dos personas dejaron la entidad después de presentar la relación.",
        limit=1000,
    )

    def prepare(self) -> None:
        """Nobody explains what agrees."""
        super().prepare()
        if self.given and not self.differs():
            del self.explanation

    def listed(self) -> dict[str, int]:
        """How many people the roster has of each profile."""
        found = Counter(row["profile"] for row in altas(self.given.get("roster")))
        return {profile: found[profile] for profile in PROFILES}

    def there(self) -> dict[str, int]:
        """How many the register holds; it takes them from the roster when it is opened."""
        register = self.given.get(self.register)
        if register is None:
            return self.listed()
        return {profile: register["people"].get(profile, 0) for profile in PROFILES}

    def differs(self) -> bool:
        """Whether the register holds other numbers than the roster."""
        return self.there() != self.listed()

    def rows(self) -> list[dict[str, Any]]:
        """Both counts by profile, in words."""
        there, listed = self.there(), self.listed()
        return [
            {"label": words, "there": there[profile], "listed": listed[profile]}
            for profile, words in PROFILES.items()
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        """A difference has its reason."""
        good = bool(super().validate(extra_validators))
        if not self.differs():
            return good
        asked = "El registro no tiene a las mismas personas que la relación: explica por qué."
        return explained(self.explanation, asked) and good

    def load(self) -> dict[str, Any]:
        """What the register holds, beside what the roster has."""
        there = self.there()
        return {
            "count": sum(there.values()),
            "expected": sum(self.listed().values()),
            "by_profile": there,
            "explanation": (self.explanation.data or "") if self.differs() else "",
        }


def invented_register(**people: int) -> dict[str, Any]:
    """An environment that holds what `invented_roster` lists, but for `people`."""
    there = Counter(row["profile"] for row in invented_roster())
    return {
        "opened_at": "2026-08-13T15:00:00+00:00",
        "source": "zaguan",
        "address": "",
        "people": {**there, **people},
        "sites": ["Sede central"],
    }


def invented_roster(operators: int = 2, others: int = 2) -> list[dict[str, Any]]:
    """A roster of plainly invented people: an administrator, operators and, in turn,
    decision-makers and visited officials."""
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
