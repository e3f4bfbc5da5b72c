"""Access to pages: a row per endpoint, which `guard` enforces before any view runs.

A page is PUBLIC, for any user SIGNED_IN (the view checks the finer rule, as it knows the task or
file), or for users who may do an action. If its address names an entity (`<code>`), the user needs
the right in that entity; otherwise a right in any entity is enough. An endpoint that is not
listed is refused, and fails a test. Each room has a module.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.people.access.pages import administration, mailroom, onboarding, register, shared
from app.people.access.pages.rights import PUBLIC as PUBLIC
from app.people.access.pages.rights import SIGNED_IN as SIGNED_IN

#: Endpoint → PUBLIC, SIGNED_IN or the action that its user needs.
PAGES: Mapping[str, str] = {
    **shared.PAGES,
    **onboarding.PAGES,
    **administration.PAGES,
    **mailroom.PAGES,
    **register.PAGES,
}
