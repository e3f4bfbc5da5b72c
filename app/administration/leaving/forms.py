"""The form of *Dejo la función*."""

from __future__ import annotations

from collections.abc import Sequence

from app.base import formatting
from app.base.models import User
from app.people.access import ROLES
from forms.fields import ChoiceField, DateField, Part

#: The choice of `heir` when there is no successor yet.
NOBODY = "nobody"
#: The choices of `others`: the other functions in the entity end too, or go on.
ALL, FUNCTION_ALONE = "all", "function"


class LeavingForm(Part):
    """The first day without the function, the successor, and the person's other functions there.

    `for_person` sets the choices; a question without a choice is removed.
    """

    from_on = DateField(
        "¿Desde qué día ya no tienes la función?",
        hint="Día/mes/año. Ese día, al empezar, termina tu acceso. Si es hoy, termina ahora.",
        needed="Escribe desde qué día dejas la función.",
    )
    heir = ChoiceField(
        "¿Quién sigue con tus pasos?",
        (),
        needed="Elige quién sigue con tus pasos, o todavía nadie.",
    )
    others = ChoiceField(
        "¿Qué pasa con tus otras funciones en la entidad?",
        (),
        needed="Elige qué pasa con tus otras funciones.",
    )

    def for_person(self, colleagues: Sequence[User], other_roles: Sequence[str]) -> None:
        """Set the choices of a person."""
        nobody = (NOBODY, "Todavía nadie", {"hint": "Avisamos a tu coordinador."})
        self.heir.choices = [*((str(one.id), one.full_name) for one in colleagues), nobody]
        if not colleagues:
            del self.heir
        if not other_roles:
            del self.others
            return
        names = formatting.listed([ROLES[role].name for role in other_roles])
        self.others.choices = [
            (ALL, "También las dejo", {"hint": names}),
            (FUNCTION_ALONE, "Sigo con ellas", {"hint": names}),
        ]
