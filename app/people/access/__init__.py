"""Access rights, and how people get them.

`roles`: the roles and the lanes they answer. `rules`: one table of actions, and the questions
that it answers. `pages`: one row per page, which `guard` enforces. `grants`: roles given and
withdrawn. `invitations`, `tickets`: how people get in. `unsent`, `filling`: forms posted after a
sign-in had ended. `absences`: absent users and their substitutes. `duties`: people who must not
decide what they prepared; `barring`: its statements. `vacancies`: whether anyone can act.
`suspension`: accounts that were not used. `masking`: document numbers as others see them.
"""

from __future__ import annotations

from flask import Flask

from app.people.access import absences as absences
from app.people.access import duties as duties
from app.people.access import suspension as suspension
from app.people.access import unsent as unsent
from app.people.access import vacancies as vacancies
from app.people.access.barring import OF_ENTITIES as OF_ENTITIES
from app.people.access.duties import answerable as answerable
from app.people.access.grants import close_earlier as close_earlier
from app.people.access.grants import close_others as close_others
from app.people.access.grants import close_these as close_these
from app.people.access.grants import grant as grant
from app.people.access.grants import holders as holders
from app.people.access.grants import lane_titles as lane_titles
from app.people.access.grants import on_behalf_of as on_behalf_of
from app.people.access.grants import others_hold as others_hold
from app.people.access.grants import people_of_lane as people_of_lane
from app.people.access.grants import recipients as recipients
from app.people.access.grants import revoke as revoke
from app.people.access.guard import init_app as guard_pages
from app.people.access.guard import local_path as local_path
from app.people.access.guard import this_entity as this_entity
from app.people.access.guard import try_again as try_again
from app.people.access.invitations import call_in as call_in
from app.people.access.invitations import find_person as find_person
from app.people.access.invitations import hold_code as hold_code
from app.people.access.invitations import invite as invite
from app.people.access.invitations import issue_activation_code as issue_activation_code
from app.people.access.invitations import open_account as open_account
from app.people.access.invitations import void_authority_code as void_authority_code
from app.people.access.masking import document_for as document_for
from app.people.access.masking import masked_ruc as masked_ruc
from app.people.access.pages import PAGES as PAGES
from app.people.access.pages import PUBLIC as PUBLIC
from app.people.access.pages import SIGNED_IN as SIGNED_IN
from app.people.access.roles import ANSWERING as ANSWERING
from app.people.access.roles import ANSWERS as ANSWERS
from app.people.access.roles import ENTITY_ROLES as ENTITY_ROLES
from app.people.access.roles import LANES as LANES
from app.people.access.roles import PCM_ROLES as PCM_ROLES
from app.people.access.roles import ROLES as ROLES
from app.people.access.roles import lane_title as lane_title
from app.people.access.roles import reviewing_role as reviewing_role
from app.people.access.rules import ACTIONS as ACTIONS
from app.people.access.rules import IS_HELD as IS_HELD
from app.people.access.rules import entities_of as entities_of
from app.people.access.rules import lanes_of as lanes_of
from app.people.access.rules import may as may
from app.people.access.rules import may_answer as may_answer
from app.people.access.rules import may_answer_in as may_answer_in
from app.people.access.rules import may_enter_for as may_enter_for
from app.people.access.rules import may_prepare as may_prepare
from app.people.access.rules import may_somewhere as may_somewhere
from app.people.access.rules import me as me
from app.people.access.rules import require as require
from app.people.access.rules import roles_of as roles_of


def init_app(app: Flask) -> None:
    """Guard every page, and give templates the questions about access."""
    guard_pages(app)
    unsent.init_app(app)
    app.jinja_env.filters["masked_ruc"] = masked_ruc
    app.jinja_env.globals.update(
        me=me, may=may, document_for=document_for, role_name=lambda role: ROLES[role].name
    )
