"""Revisar la designación: conformity, observations, or that the entity is out of scope."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from forms.examples import Refusal
from forms.fields import add_error
from forms.fields.dates import in_words
from forms.shapes import presentation_examples
from forms.shapes.anchors import Papers, Rows
from forms.shapes.designation_anchors import Designation
from forms.shapes.designation_items import ItemGroup, groups_of
from forms.shapes.filing import DESIGNATION, without_roster
from forms.shapes.filing_examples import ADMINISTRATOR, AUTHORITY, ENTITY
from forms.shapes.filing_review import ReviewStep

NEEDS = (
    "entity",
    "unconfirmed_ruc",
    "authority",
    "administrator",
    "roster",
    "filing",
    "papers",
)
SHOWS = ("accepted_roster", "observed_records", "replaced_records")
GIVES = ("filing",)

#: An end of the link within this time is named.
SOON = timedelta(days=90)


class Form(ReviewStep):
    """The review of the designation; a redesignation is never out of scope."""

    decides = "stage"
    kinds = DESIGNATION
    anchored = (Papers, Rows, Designation)
    heading = "Revisa la designación"
    lead = (
        "Contrasta los documentos presentados con los datos. Si algo está mal, obsérvalo todo de "
        "una vez."
    )
    outcomes = ("accepted", "observed", "not_presented", "out_of_scope")

    def shares_ruc_with(self) -> str:
        """Return the entities that share a RUC not yet confirmed by a coordinator, or ""."""
        return " y ".join(self.given.get("unconfirmed_ruc") or ())

    def item_groups(self) -> list[ItemGroup]:
        """Return every item of the designation, by person."""
        return groups_of(Designation(self.given))

    def check(self) -> None:
        """Check that no RUC waits for confirmation where there is conformity."""
        others = self.shares_ruc_with()
        if others and self["result"].data == "accepted":
            add_error(
                self["result"],
                f"El RUC de la entidad es también de {others}. Antes de dar conformidad, confirma "
                "que lo comparten, u observa el RUC.",
            )

    def unusual(self) -> list[str]:
        """Return that another entity has the RUC, too, and what every review looks at."""
        others = self.shares_ruc_with()
        found = [f"El RUC de la entidad es también de {others}."] if others else []
        if self.outcome() == "accepted":
            found += self._of_the_link()
        return [*found, *super().unusual()]

    def _of_the_link(self) -> list[str]:
        """Return what is unusual about the link of the designated person with the entity."""
        holder: Mapping[str, Any] = (self.given.get("administrator") or {}).get("holder") or {}
        until, found = holder.get("link_until_on", ""), []
        if until and until <= (self.today + SOON).isoformat():
            day = in_words(date.fromisoformat(until))
            ends = "terminó" if until < self.today.isoformat() else "termina"
            found.append(f"El vínculo del administrador con la entidad {ends} el {day}.")
        if holder and not holder.get("informatics"):
            found.append("El administrador no declara conocimientos de informática.")
        return found

    def may_be_out_of_scope(self) -> bool:
        """Return whether out of scope is offered: not for a redesignation, which has a register."""
        return not self.is_redesignation()

    def is_redesignation(self) -> bool:
        """Return whether the entity designates again, without a SIP-RVL-002."""
        return without_roster(self.given)


_GIVEN, ACCEPTS, _REFUSES = presentation_examples.review(DESIGNATION, out_of_scope=True)
GIVEN = {**_GIVEN, "entity": ENTITY, "authority": AUTHORITY, "administrator": ADMINISTRATOR}
REFUSES = (
    *_REFUSES,
    Refusal(
        "no corresponde en una redesignación",
        {"result": "out_of_scope", "ground": "duplicate", "text": "Está dos veces."},
        {"result": "opciones"},
        presentation_examples.given_of(("oficio_designacion", "sip_rvl_001")),
    ),
    Refusal(
        "conforme, con un RUC que también es de otra entidad",
        {"result": "accepted"},
        {"result": "confirma que lo comparten"},
        {"unconfirmed_ruc": ["Municipalidad Distrital de Muestra"]},
    ),
)
