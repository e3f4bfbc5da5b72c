"""Loading the roster into an environment: how many people there are, by profile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from forms import StepForm
from forms.fields import CountField, LongTextField
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
    """How many people were loaded; another count than the roster's is explained."""

    count = CountField(
        "¿Cuántas personas cargaste en total?",
        least=1,
        most=10_000,
        needed="Escribe cuántas personas cargaste.",
    )
    explanation = LongTextField(
        "Si la cantidad no coincide con la relación, ¿por qué?",
        hint="Por ejemplo: dos personas dejaron la entidad después de presentar la relación.",
        limit=1000,
    )

    def expected(self) -> int:
        """How many people the roster has."""
        return len(altas(self.given.get("roster")))

    def by_profile(self) -> dict[str, int]:
        """How many people the roster has of each profile."""
        found = Counter(row["profile"] for row in altas(self.given.get("roster")))
        return {profile: found[profile] for profile in PROFILES}

    def profile_rows(self) -> list[tuple[str, int]]:
        """The counts by profile, in words."""
        return [(PROFILES[profile], number) for profile, number in self.by_profile().items()]

    def validate(self, extra_validators: Any = None) -> bool:
        """The count is the roster's, or the difference has its reason."""
        good = bool(super().validate(extra_validators))
        count, expected = self.count.number, self.expected()
        if count is None or count == expected or not expected:
            return good
        asked = (
            f"Cargaste {count} y la relación tiene {expected}. Corrige la cantidad o explica "
            "la diferencia."
        )
        return explained(self.explanation, asked) and good

    def load(self) -> dict[str, Any]:
        """What was loaded, beside what the roster has."""
        differs = self.count.number != self.expected()
        return {
            "count": self.count.number,
            "expected": self.expected(),
            "by_profile": self.by_profile(),
            "explanation": (self.explanation.data or "") if differs else "",
        }


def full_load(given: Mapping[str, Any]) -> str:
    """The count that a load of the whole roster has."""
    return str(len(altas(given.get("roster"))) or 1)


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
