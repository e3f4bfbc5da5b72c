"""Who may do what, and how they come to.

`roles`: the roles and the lanes they answer. `rules`: one table of actions, and the questions
asked of it. `pages`: one row per page. `grants`: roles given and taken. `invitations`,
`tickets`: how people get in. `unsent`, `filling`: what was posted when a sign-in had ended.
`absences`: who is away, and their substitutes. `duties`: who must not decide what they prepared.
`vacancies`: whether anyone can act. `masking`: document numbers as others see them.
"""

from __future__ import annotations

from flask import Flask

from app.people.access import absences, duties, unsent, vacancies
from app.people.access.duties import answerable
from app.people.access.grants import (
    close_earlier,
    close_others,
    grant,
    holders,
    lane_titles,
    on_behalf_of,
    people_of_lane,
    recipients,
    revoke,
)
from app.people.access.invitations import (
    call_in,
    find_person,
    invite,
    issue_activation_code,
    open_account,
)
from app.people.access.masking import document_for, masked_ruc, sees_documents
from app.people.access.pages import PAGES, PUBLIC, SIGNED_IN, local_path, this_entity, try_again
from app.people.access.pages import init_app as guard_pages
from app.people.access.roles import (
    ANSWERING,
    ANSWERS,
    ENTITY_ROLES,
    LANES,
    PCM_ROLES,
    ROLES,
    Role,
    lane_title,
    reviewing_role,
)
from app.people.access.rules import (
    ACTIONS,
    entities_of,
    lanes_of,
    may,
    may_answer,
    may_enter_for,
    may_prepare,
    may_somewhere,
    me,
    require,
    roles_of,
)

__all__ = [
    "ACTIONS",
    "ANSWERING",
    "ANSWERS",
    "ENTITY_ROLES",
    "LANES",
    "PAGES",
    "PCM_ROLES",
    "PUBLIC",
    "ROLES",
    "SIGNED_IN",
    "Role",
    "absences",
    "answerable",
    "call_in",
    "close_earlier",
    "close_others",
    "document_for",
    "duties",
    "entities_of",
    "find_person",
    "grant",
    "holders",
    "init_app",
    "invite",
    "issue_activation_code",
    "lane_title",
    "lane_titles",
    "lanes_of",
    "local_path",
    "masked_ruc",
    "may",
    "may_answer",
    "may_enter_for",
    "may_prepare",
    "may_somewhere",
    "me",
    "on_behalf_of",
    "open_account",
    "people_of_lane",
    "recipients",
    "require",
    "reviewing_role",
    "revoke",
    "roles_of",
    "sees_documents",
    "this_entity",
    "try_again",
    "unsent",
    "vacancies",
]


def init_app(app: Flask) -> None:
    """Guard every page, and give templates the questions about access."""
    guard_pages(app)
    unsent.init_app(app)
    app.jinja_env.filters["masked_ruc"] = masked_ruc
    app.jinja_env.globals.update(me=me, may=may, document_for=document_for, role_name=role_name)


def role_name(role: str) -> str:
    """Return a role as people read it."""
    return ROLES[role].name
