"""The doubt whether a table of people is another entity's; its sender must then confirm it."""

from __future__ import annotations

from collections.abc import Collection, Set

from forms.shapes.personnel_change import Key

#: The number of new people on rosters of other entities from which a doubt arises.
FEW = 3
#: The number of new people from which a table that names nobody of the roster raises a doubt.
MANY = 5
#: The most people whose presence elsewhere is looked up.
LOOKED_UP = 200


def doubt(new: Collection[Key], there: Set[Key], named: Set[Key], elsewhere: Set[Key]) -> str:
    """Return why a table may be another entity's; "" if nothing suggests it.

    `new` are the people that it adds, `there` the people on the roster, `named` the people on the
    roster that the change names, `elsewhere` people on the rosters of other entities.
    """
    known = [key for key in new if key in elsewhere]
    looked_up = min(len(new), LOOKED_UP)
    if len(known) >= FEW and 2 * len(known) >= looked_up:
        return (
            f"{len(known)} de {looked_up} personas nuevas figuran en la relación de otra entidad."
        )
    if len(new) >= MANY and len(there) >= MANY and 2 * len(new) >= len(there) and not named:
        return (
            f"Agregas a {len(new)} personas nuevas y ninguna de las {len(there)} de tu relación "
            "está en la tabla."
        )
    return ""
