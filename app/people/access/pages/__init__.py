"""Access to pages: a row per endpoint, which `guard` enforces before any view runs.

A page is PUBLIC, for any user SIGNED_IN (the view checks the finer rule, as it knows the task or
file), or for users who may do an action. If its address names an entity (`<code>`), the user needs
the right in that entity; otherwise a right in any entity is enough. An endpoint that is not
listed is refused, and fails a test. Each room has a module.

A row of an endpoint that takes a POST has a second word, which says whether a user with a second
factor gives a recent code first (docs/adr/0107-each-post-says-fresh-or-plain.md):

- `fresh`: before the act. It cannot be taken back, gives access, changes who may do what or where
  codes go, or has legal effect.
- `late`: the view asks, at the POST that confirms or signs: acts of many pages or of many kinds.
- `plain`: never.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.people.access.pages import administration, mailroom, onboarding, register, shared
from app.people.access.pages.rights import PUBLIC as PUBLIC
from app.people.access.pages.rights import SIGNED_IN as SIGNED_IN

_ROWS: Mapping[str, str] = {
    **shared.PAGES,
    **onboarding.PAGES,
    **administration.PAGES,
    **mailroom.PAGES,
    **register.PAGES,
}
#: Endpoint → PUBLIC, SIGNED_IN or the action that its user needs.
PAGES: Mapping[str, str] = {endpoint: row.split()[0] for endpoint, row in _ROWS.items()}
#: Endpoint that takes a POST → fresh, late or plain.
POSTS: Mapping[str, str] = {
    endpoint: row.split()[1] for endpoint, row in _ROWS.items() if " " in row
}
