"""The two rights of pages that are no action of `app.people.access.rules`."""

from __future__ import annotations

#: For everyone.
PUBLIC = "public"
#: For any user who is signed in: the view checks the finer rule.
SIGNED_IN = "signed_in"
