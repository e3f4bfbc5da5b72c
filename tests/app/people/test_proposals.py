"""The second person: who may confirm what another one proposed, over every kind of act."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.administration.users import changes
from app.base import audit_log, calendar
from app.base.models import Grant, Passkey, Proposal, SecondFactor, User
from app.people import access, proposals
from app.people.accounts.factor import gestores
from tests.app.cast import entity_of
from tests.app.walk import CODE, Walk
from tests.conftest import Clock

#: Action → the role of the two people in these tests.
ROLES = {
    "manage_process": "superuser",
    "manage_people": "superuser",
    "cancel": "sip",
    "validate_stage": "sip",
    "decide_personal_data": "administrator",
}
EVERY_KIND = pytest.mark.parametrize("kind", sorted(proposals.RIGHTS))


class Two:
    """Two people who may propose and confirm a kind of act, and the old case of an entity."""

    def __init__(self, walk: Walk, kind: str) -> None:
        self.walk, self.kind = walk, kind
        walk.begin()
        role = ROLES[proposals.RIGHTS[kind]]
        place = CODE if role == "administrator" else ""
        self.author, self.second = (walk.person(f"4000006{n}", role, place) for n in (1, 2))
        self.role = role

    def propose(self) -> int:
        with self.walk.writing() as session:
            return self.made(session).id

    def made(self, session: Session, by_id: int = 0) -> Proposal:
        entity = entity_of(session) if self.role in ("sip", "administrator") else None
        return proposals.propose(
            session,
            self.kind,
            "1",
            actor_id=by_id or self.author,
            what="hacer algo de las pruebas",
            reason="Porque hace falta.",
            entity_id=entity.id if entity else None,
        )

    def confirm(self, number: int, by_id: int = 0) -> str:
        """Confirm a proposal. Return "", or the reason why not."""
        with self.walk.writing() as session:
            try:
                proposals.confirm(session, number, by_id or self.second)
            except proposals.Refused as why:
                session.rollback()
                return str(why)
        return ""


def given_role(session: Session, user: User, role: str) -> None:
    held = next(one for one in user.grants if one.role == role)
    access.revoke(session, user, role, held.entity, None)
    other = session.scalars(select(User.id).where(User.id != user.id)).first()
    access.grant(session, user, role, held.entity, other)


def other_address(kind: str) -> Callable[[Session, User, str], None]:
    def change(session: Session, user: User, _: str) -> None:
        other = session.scalars(select(User.id).where(User.id != user.id)).first()
        audit_log.of_person(session, kind, user, other, old="a@example.pe", new="b@example.pe")

    return change


def own_address(session: Session, user: User, _: str) -> None:
    audit_log.write(
        session, "person.contact_changed", actor_id=user.id, person_id=user.id,
        changed={"email": ["a@example.pe", "b@example.pe"]},
    )  # fmt: skip


def own_telephone(session: Session, user: User) -> None:
    audit_log.write(
        session, "person.contact_changed", actor_id=user.id, person_id=user.id,
        changed={"own_phone": ["…11", "…22"]},
    )  # fmt: skip


def new_secret(session: Session, user: User, _: str) -> None:
    session.add(SecondFactor(user_id=user.id, sealed_secret="x", set_at=calendar.now()))


def new_passkey(session: Session, user: User, _: str) -> None:
    key = {"credential_id": f"of {user.id}", "public_key": "x", "name": "Llave", "transports": []}
    session.add(Passkey(user_id=user.id, made_at=calendar.now(), **key))


#: What makes an account new.
CHANGES: Mapping[str, Callable[[Session, User, str], None]] = {
    "role": given_role,
    "address": other_address("person.email_changed"),
    "corrected": other_address("person.email_corrected"),
    "own address": own_address,
    "secret": new_secret,
    "passkey": new_passkey,
}


@EVERY_KIND
@pytest.mark.guard("a second person confirms what another one proposed")
def test_a_new_account_confirms_nothing_and_is_no_author_of_its_own(
    walk: Walk, clock: Clock, kind: str
):
    two = Two(walk, kind)
    clock.forward(days=10)
    for who, words in ((two.second, proposals.IS_NEW), (two.author, proposals.AUTHOR_IS_NEW)):
        for change in CHANGES.values():
            with walk.reading() as session:
                proposal = two.made(session)
                user = session.get_one(User, who)
                change(session, user, two.role)
                session.flush()
                session.expire_all()
                second = session.get_one(User, two.second)
                assert proposals.hindrance(session, proposal, second) == words, (who, change)
    number = two.propose()
    with walk.writing() as session:
        own_telephone(session, session.get_one(User, two.second))
    assert two.confirm(number, two.author) == proposals.ONESELF
    assert two.confirm(number, walk.person("40000069", "auditor")) != ""
    assert two.confirm(number) == ""
    assert two.confirm(number) == proposals.ANSWERED
    row = walk.get(Proposal, number)
    assert (row.state, row.closed_by_id) == ("confirmed", two.second)


def test_an_account_is_new_for_seven_days_and_a_command_makes_an_old_one(walk: Walk, clock: Clock):
    two = Two(walk, "version")
    clock.forward(days=10)
    number = two.propose()
    with walk.writing() as session:
        given_role(session, session.get_one(User, two.second), two.role)
    assert two.confirm(number) == proposals.IS_NEW
    clock.forward(days=6, hours=23)
    assert two.confirm(number) == proposals.IS_NEW
    by_command = walk.person("40000063", "superuser")
    with walk.writing() as session:
        new_secret(session, session.get_one(User, by_command), "")
    assert two.confirm(number, by_command) == ""
    again = two.propose()
    clock.forward(hours=1)
    assert two.confirm(again) == ""


def test_what_was_there_before_the_first_process_is_old(walk: Walk):
    author, second = (walk.person(f"4000006{n}", "superuser") for n in (1, 2))
    with walk.writing() as session:
        given_role(session, session.get_one(User, second), "superuser")
        user = session.get_one(User, second)
        assert not proposals.is_new(session, user, "manage_people")
    walk.begin()
    with walk.reading() as session:
        assert not proposals.is_new(session, session.get_one(User, author), "manage_people")


def test_who_is_invited_during_the_proposal_does_not_confirm_it(walk: Walk, clock: Clock):
    two = Two(walk, "version")
    clock.forward(days=10)
    number = two.propose()
    with walk.writing() as session:
        invited = walk.person("40000064", "auditor")
        access.grant(session, session.get_one(User, invited), "superuser", None, two.author)
    assert two.confirm(number, invited) == proposals.IS_NEW


def test_a_proposer_who_loses_the_role_proposed_nothing(walk: Walk):
    two = Two(walk, "version")
    number = two.propose()
    with walk.writing() as session:
        access.revoke(session, session.get_one(User, two.author), two.role, None, None)
    assert two.confirm(number) == proposals.NO_AUTHOR


def test_of_two_proposals_about_one_thing_one_waits_until_it_lapses(walk: Walk, clock: Clock):
    two = Two(walk, "version")
    number = two.propose()
    with walk.reading() as session, pytest.raises(proposals.Refused, match="Ya hay una"):
        two.made(session, two.second)
    clock.forward(days=30)
    assert two.confirm(number) == proposals.ANSWERED
    assert two.confirm(two.propose()) == ""
    assert walk.get(Proposal, number).state == "void"


@pytest.mark.postgresql
def test_a_new_gestor_is_confirmed_by_another_where_there_is_one(walk: Walk, clock: Clock):
    first, new = walk.person("40000061", "superuser"), walk.person("40000062", "auditor")
    walk.begin()
    clock.forward(days=10)
    browser, form = walk.browser_of(first), {"role": "superuser", "entity_code": ""}
    assert browser.post(f"/personas/{new}/funciones", data=form).status_code == 422
    form["reason"] = "Reemplaza a quien se jubila."
    browser.post(f"/personas/{new}/funciones", data=form)
    assert walk.has_role("40000062", "superuser")  # there was no other to confirm it
    third = {
        "document_type": "DNI",
        "document_number": "40000065",
        "given_names": "Persona",
        "surnames": "Ejemplo Prueba",
        "email": "persona.065@example.pe",
        **form,
    }
    assert browser.post("/personas/nueva", data=third).status_code == 303
    assert not walk.has_role("40000065", "superuser")
    with walk.reading() as session:
        user = session.scalars(select(User).where(User.document_number == "40000065")).one()
        proposal = gestores.waiting(session, user)
        assert proposal is not None
        place = f"/propuestas/{proposal.id}"
    second = walk.browser_of(new)
    second.post(place, data={"answer": "confirm"})
    assert not walk.has_role("40000065", "superuser")  # the second one is new, too
    assert proposals.IS_NEW in second.get(place).text
    clock.forward(days=8)
    second = walk.browser_of(new)
    assert second.post(place, data={"answer": "confirm"}).status_code == 303
    assert walk.has_role("40000065", "superuser")
    assert walk.mails("invitation")[-1].to == "persona.065@example.pe"
    assert timedelta(days=8) < calendar.now() - walk.all(select(Grant.since_at))[0]


@pytest.mark.postgresql
@pytest.mark.parametrize("aside", ["deactivated", "revoked"])
def test_a_gestor_put_aside_for_a_moment_still_counts(walk: Walk, clock: Clock, aside: str):
    first, second = (walk.person(f"4000006{n}", "superuser") for n in (1, 2))
    walk.begin()
    clock.forward(days=10)
    with walk.writing() as session:
        user = session.get_one(User, second)
        if aside == "revoked":
            access.revoke(session, user, "superuser", None, first)
        else:
            changes.deactivate(session, user, first)
    with walk.reading() as session:
        assert gestores.needs_two(session, "superuser", first)
    clock.forward(days=8)
    with walk.reading() as session:
        assert not gestores.needs_two(session, "superuser", first)
