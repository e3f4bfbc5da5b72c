"""What waits for a second person: the section of *Hoy*, and the page on which it is answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, g, request, url_for
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms.validators import Length

from app.base import db, formatting
from app.base.models import ProcessInstance, Proposal
from app.cases.processes import versions
from app.cases.processes.migrating.rehearsals import batches
from app.cases.processes.returns import cancellations
from app.onboarding.batches import doing
from app.onboarding.case_admin import validation
from app.onboarding.case_admin.acts import carry_out
from app.onboarding.today.parts import Line, Reader, Section
from app.people import access, proposals
from app.people.accounts.factor import gestores, resets
from app.register.facts import open_texts
from app.register.suppression import listed, reviews
from forms.fields import ChoiceField, LongTextField
from workflows.contract import InvalidDiagram

blueprint = Blueprint("proposals", __name__)


@dataclass(frozen=True)
class Kind:
    """How a kind of proposal is carried out (session, proposal's id, second person's id).

    `about`: the page that shows what it is about. `withdrawn`: what else ends with a proposal that
    is withdrawn, by a person.
    """

    act: Callable[[Session, int, int], Any]
    about: Callable[[Proposal], str]
    withdrawn: Callable[[Session, Proposal, int], Any] = lambda *_: None
    #: What follows once the act was committed.
    after: Callable[[Session], Any] = lambda _: None


def _version(proposal: Proposal) -> str:
    return url_for("process.show", hash_=proposal.data["version"][:12])


def _entity(proposal: Proposal) -> str:
    return proposal.entity.url if proposal.entity else ""


def _stage(proposal: Proposal) -> str:
    assert proposal.entity is not None  # noqa: S101 - its kind is about one
    code, stage = proposal.entity.code, proposal.data["stage"]
    return url_for("validation.show", code=code, stage=stage, key="motivo")


def _visit(proposal: Proposal) -> str:
    """Return the page of the visit to those who manage the register, otherwise the entity's."""
    entity = proposal.entity
    if entity is None or not access.may(access.me(), "manage_register", entity):
        return _entity(proposal)
    env = proposal.data["register"]
    return url_for("kept.decide", code=entity.code, env=env, visit=proposal.key)


def _batch(proposal: Proposal) -> str:
    return url_for("batches.show", batch=int(proposal.key))


KINDS: Mapping[str, Kind] = {
    "version": Kind(versions.confirm, _version),
    "migration": Kind(
        batches.confirm,
        lambda proposal: url_for(
            "rehearsals.of_version",
            hash_=proposal.data["version"][:12],
            ensayo=proposal.data["migration"],
        ),
        lambda session, proposal, actor_id: batches.drop(
            session, proposal.data["migration"], proposal.data["batch"], actor_id
        ),
    ),
    "validation": Kind(validation.confirm, _stage),
    "validation_batch": Kind(doing.confirm_proposed, _batch),
    "suppression": Kind(reviews.confirm, _visit, after=listed.try_to_write),
    "cancellation": Kind(cancellations.confirm, _entity),
    "factor_reset": Kind(
        resets.confirm,
        lambda proposal: url_for("people.second_factor", number=int(proposal.key)),
    ),
    "gestor": Kind(
        gestores.confirm, lambda proposal: url_for("people.show", number=int(proposal.key))
    ),
}
#: What an act raises where something changed since it was proposed.
OUTDATED = (batches.NotInForce, batches.NotRehearsed, doing.CountChanged, InvalidDiagram)
CHANGED = "Lo propuesto ya no se puede hacer: algo de lo que necesita cambió entretanto."


class Answer(FlaskForm):
    """The answer to a proposal: confirm it, or withdraw it and why."""

    answer = ChoiceField(
        "¿Qué respondes?",
        (("confirm", "Confirmar"), ("withdraw", "No confirmar, y retirar la propuesta")),
        needed="Elige qué respondes.",
    )
    comment = LongTextField(
        "Por qué no se confirma",
        hint="Solo si la retiras. Queda en el historial.",
        needed="Escribe por qué se retira.",
        when=("answer", "withdraw"),
        limit=500,
        rules=(Length(10, message="Explica el motivo con al menos 10 caracteres."),),
    )


def section(reader: Reader) -> Section | None:
    """Return the proposals that the reader may confirm, and the versions that touch their steps."""
    user, roles = reader.user, access.roles_of(reader.user)
    found = [
        one
        for one in proposals.of_others(reader.session, user)
        if proposals.may_answer(user, one)
        or roles & {access.LANES.get(lane) for lane in one.data.get("lanes", ())}
    ]
    if not found:
        return None
    lines = [
        Line(
            f"{one.what[:1].upper()}{one.what[1:]}",
            url_for("proposals.show", number=one.id),
            f"Lo propuso {one.by.full_name}, {formatting.moment(one.at)}"
            + (f" · {one.entity.name}" if one.entity else ""),
        )
        for one in found
    ]
    title = formatting.plural(len(lines), "propuesta espera", "propuestas esperan")
    way = "Ver la propuesta" if len(lines) == 1 else "Ver la primera"
    return Section(
        "propuestas", f"{title} a una segunda persona", lines, lines[0].url, way, work=True
    )


@blueprint.route("/propuestas/<int:number>", methods=["GET", "POST"])
def show(number: int) -> Any:
    """Show a proposal to those who may confirm or read it, and take the answer of the former."""
    session, user = db.session(), access.me()
    proposal = session.get(Proposal, number) or abort(404)
    may_answer = proposals.may_answer(user, proposal)
    reads = proposal.kind == "version" and access.may(user, "see_process")
    if user is None or not (may_answer or reads):
        abort(404)
    if request.method == "POST" and not may_answer:
        abort(404)
    kind, why = KINDS[proposal.kind], proposals.hindrance(session, proposal, user)
    g.entity, form = proposal.entity, Answer()
    if why:
        form.answer.choices = [("withdraw", "Retirar la propuesta")]
    actor_id = user.id

    def answer(session: Session) -> None:
        if form.answer.data == "confirm":
            try:
                kind.act(session, number, actor_id)
            except OUTDATED:
                raise proposals.Refused(CHANGED) from None
        else:
            closed = proposals.withdraw(session, number, form.comment.data or "", actor_id)
            kind.withdrawn(session, closed, actor_id)

    def go_on(_: Any) -> str:
        kind.after(session)
        return _entity(proposal) or kind.about(proposal)

    confirms, waits = form.answer.data == "confirm", proposal.state == "waiting"
    of_case = proposal.kind in proposals.OF_PROCESSES and confirms and waits
    return carry_out(
        form,
        f"Propuesta: {proposal.what}",
        "",
        "Confirmar" if confirms else "Responder",
        answer,
        "Confirmaste la propuesta." if confirms else "Retiraste la propuesta.",
        on=session.get(ProcessInstance, int(proposal.key)) if of_case else None,
        template="today/proposal.html",
        then=go_on,
        back=kind.about(proposal),
        proposal=proposal,
        reason=open_texts.masked(proposal.reason),
        why=why,
        may_answer=may_answer and waits,
    )
