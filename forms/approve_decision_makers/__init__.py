"""Aprobar la relación de sujetos con capacidad de decisión pública, or return it.

A user who prepares for the authority may answer this step. To approve, they upload the signed
document by which the authority approves.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Any

from forms.examples import SAMPLE_FILE, Example, Refusal
from forms.fields import DocumentField, TextField, add_error
from forms.fields.people import key_of as document_of
from forms.shapes.compared_posts import PostChange, changes_of
from forms.shapes.decision_makers import GROUNDS, in_office, invented_posts
from forms.shapes.filing_examples import AUTHORITY
from forms.shapes.post_keys import key_of
from forms.shapes.review_anchors import Posts
from forms.shapes.reviews import ReviewForm, second_look
from forms.shapes.signing import as_is_field, file_of

NEEDS = ("decision_makers", "authority", "actor", "decision_review")
SHOWS = ("decision_makers_judged",)
GIVES = ("decision_review",)


class Form(ReviewForm):
    """The approval of the decision-makers."""

    anchored = (Posts,)
    heading = "Aprueba la relación de sujetos con capacidad de decisión pública"
    lead = (
        "Revisa los cargos que propuso el administrador del registro. Si la relación está "
        "completa, apruébala; si no, devuélvela y di qué cambiar."
    )
    sets_in_motion = True
    outcomes = ("approved", "returned")
    fresh = (*ReviewForm.fresh, "number", "document")
    decisions = (("approved", "Aprobar la relación"), ("returned", "Devolver"))
    returning = frozenset({"returned"})
    gives = "decision_review"

    number = TextField(
        "Documento con el que se aprueba (opcional)",
        hint="Por ejemplo, Memorando 120-2026.",
        when=("decision", "approved"),
        limit=100,
    )
    document = DocumentField(
        "Ese documento, firmado",
        hint="Hace falta si respondes por la máxima autoridad.",
        paper="decision_makers_approval",
        when=("decision", "approved"),
    )
    as_is_document = as_is_field("document")

    grounds = dict(GROUNDS)

    def prepare(self) -> None:
        """Use the words of an authority to its own administrator."""
        super().prepare()
        self.why.description = "El administrador lo lee tal cual."
        if self.given and not is_for_authority(self.given):
            self.document.label.text += " (opcional)"
            self.document.description = ""

    def check(self) -> None:
        """Check that who approves for the authority shows its signed document."""
        super().check()
        needed = self.outcome() == "approved" and is_for_authority(self.given)
        if needed and not self.document.data and not self.document.errors:
            add_error(self.document, "Sube el documento firmado por la máxima autoridad.")

    @staticmethod
    def post_code(post: Mapping[str, Any]) -> str:
        """Return the code of the anchor of a post."""
        return Posts.code_of(post)

    def changed_posts(self) -> list[PostChange] | None:
        """Return what changed since the authority judged the list; None at its first look."""
        posts = self.given.get("decision_makers") or []
        return changes_of(posts, self.given.get("decision_makers_judged"))

    def unusual(self) -> list[str]:
        """Return how many posts have no holder, where the list is approved."""
        posts = self.given.get("decision_makers") or []
        held = {key_of(post) for post in in_office(posts, self.today)}
        vacant = len({key_of(post) for post in posts} - held)
        if self.outcome() != "approved" or not vacant:
            return []
        return [
            "1 cargo no tiene titular." if vacant == 1 else f"{vacant} cargos no tienen titular."
        ]

    def answer(self) -> dict[str, Any]:
        """Return the decision, with the document that shows it."""
        return {
            "decision_review": {
                **self.review(),
                "number": self.number.data or "",
                "file": file_of(self.document),
            }
        }


def is_for_authority(given: Mapping[str, Any]) -> bool:
    """Return whether the person who answers is another one than the authority."""
    actor, authority = given.get("actor"), given.get("authority")
    return bool(actor and authority) and tuple(actor or ()) != document_of(authority or {})


def approval(given: Mapping[str, Any], _random: Random) -> dict[str, Any]:
    """Return an approval, with the signed document where it is needed."""
    paper = {"document": SAMPLE_FILE} if is_for_authority(given) else {}
    return {"decision": "approved", **paper}


GIVEN = {"today": date(2026, 10, 29), "decision_makers": invented_posts()}
PREPARED = {"authority": AUTHORITY, "actor": ["DNI", "00000299"]}
WHY = "Falta el gerente de desarrollo urbano, que también decide licencias."

ACCEPTS = (
    Example("approved", approval),
    Example("approved", approval, PREPARED, "por la máxima autoridad"),
    Example(
        "approved",
        {"decision": "approved", "number": "Memorando 120-2026", "document": SAMPLE_FILE},
        name="con su documento",
    ),
    Example("returned", {"decision": "returned", "why": WHY}),
    Example("approved", approval, second_look(Form, WHY), "segunda mirada"),
)
REFUSES = (
    Refusal(
        "por la autoridad, sin papel", {"decision": "approved"}, {"document": "firmado"}, PREPARED
    ),
    Refusal("sin decisión", {}, {"decision": "Elige una decisión"}),
    Refusal("devolver sin motivo", {"decision": "returned"}, {"why": "qué falta"}),
    Refusal("observar, que aquí no hay", {"decision": "observed"}, {"decision": "opciones"}),
)
