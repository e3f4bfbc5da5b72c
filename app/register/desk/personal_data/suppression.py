"""Personal data that must not be published: a visit is hidden at once, and then decided about."""

from __future__ import annotations

from flask import render_template, request
from werkzeug.wrappers import Response

from app.base import db
from app.base.models import Suppression, Visit
from app.people import proposals
from app.register.desk.forms import Invalid, accepting
from app.register.desk.frame import require_decider
from app.register.desk.visit_pages import ROOT, address, as_it_is, blueprint, facts, this_visit
from app.register.suppression import reviews, terms
from app.register.suppression.fields import GROUNDS, GROUPS
from app.register.visits import reserved
from forms.fields import ChecksField, ChoiceField, Part, add_error

SUPPRESS, SHOW = "suppress", "show"
FOR_GOOD = (
    "Se borran para siempre, y no se puede deshacer: lo confirma otra persona de la entidad o de "
    "la SIP."
)


class GroundForm(Part):
    """The ground for which a visit is hidden."""

    ground = ChoiceField(
        "Por qué",
        tuple(GROUNDS.items()),
        needed="Elige por qué.",
    )


class DecisionForm(Part):
    """What is decided about a hidden visit, and which fields are suppressed."""

    decision = ChoiceField(
        "Qué decides",
        (
            (SUPPRESS, "Suprimir", {"hint": FOR_GOOD}),
            (SHOW, "Volver a mostrar", {"hint": "La visita se publica otra vez, como estaba."}),
        ),
        needed="Elige qué decides.",
    )
    fields = ChecksField(
        "Qué se suprime",
        tuple((name, group.label) for name, group in GROUPS.items()),
        hint="Si decides suprimir, marca todo lo que nombra a la persona o es ilícito.",
    )

    def validate(self, extra_validators: object = None) -> bool:
        """Validate the fields: who suppresses says what."""
        super().validate(extra_validators)
        if self.decision.data == SUPPRESS and not self.fields.data and not self.fields.errors:
            add_error(self.fields, "Marca qué se suprime.")
        return not self.errors


@blueprint.route(f"{ROOT}/<visit>/ocultar", methods=["GET", "POST"])
def hide(code: str, env: str, visit: str) -> Response | str | tuple[str, int]:
    """Require the ground, and hide a visit at once, until the entity decides."""
    user = require_decider()
    session, row = db.session(), this_visit(visit)
    if row.state == "suppressed":
        return as_it_is(row, reviews.GONE, "message")
    if reserved.open_review(session, row) is not None:
        return as_it_is(row, reviews.ALREADY_HIDDEN, "message")
    if request.method != "POST":
        return _hiding(row, GroundForm(), {})
    form = GroundForm(request.form)
    try:
        with accepting(form):
            reviews.hide(session, row, ground=form.ground.data, actor_id=user.id)
    except Invalid as fault:
        return _hiding(row, form, fault.errors), 422
    return as_it_is(row, "Ocultamos la visita. Ahora decide sobre sus datos.", "success")


def _hiding(row: Visit, form: GroundForm, errors: dict[str, str]) -> str:
    return render_template(
        "register/hide.html",
        form=form,
        errors=errors,
        visit=row,
        facts=facts(row),
        term=terms.days(db.session(), "review"),
        back=address("kept.show", row),
    )


@blueprint.route(f"{ROOT}/<visit>/decidir", methods=["GET", "POST"])
def decide(code: str, env: str, visit: str) -> Response | str | tuple[str, int]:
    """Propose to suppress personal data of a hidden visit, or show the visit again."""
    user = require_decider()
    session, row = db.session(), this_visit(visit)
    review = reserved.open_review(session, row)
    if review is None:
        return as_it_is(row, reviews.NOT_HIDDEN, "message")
    if request.method != "POST":
        return _deciding(row, DecisionForm(), {}, review)
    form = DecisionForm(request.form)
    try:
        with accepting(form):
            if form.decision.data == SHOW:
                reviews.show_again(session, row, actor_id=user.id)
            else:
                reviews.propose(session, row, form.fields.data, user.id)
    except Invalid as fault:
        return _deciding(row, form, fault.errors, review), 422
    if form.decision.data == SHOW:
        return as_it_is(row, "La visita se muestra otra vez.", "success")
    done = "Propusiste la supresión: la confirma otra persona. Mientras tanto sigue oculta."
    return as_it_is(row, done, "success")


def _deciding(row: Visit, form: DecisionForm, errors: dict[str, str], review: Suppression) -> str:
    return render_template(
        "register/decide.html",
        form=form,
        errors=errors,
        visit=row,
        facts=facts(row),
        review=review,
        proposal=proposals.waiting(db.session(), reviews.PROPOSAL, row.code),
        ground=GROUNDS[review.ground],
        is_late=reviews.is_late(review),
        back=address("kept.show", row),
    )
