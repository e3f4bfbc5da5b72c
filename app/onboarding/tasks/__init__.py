"""Tasks: the inbox, and the pages on which a step is answered.

The way of a request for a page of a step:

1. `pages.show` (`dictating.show` for a coordinator who enters what the entity dictates) loads a
   `loading.TaskPage`: the task, the user's rights, the draft and, when first needed, the form that
   the draft fills. A user who may not answer gets 404.
2. GET: `receipts.note_opening` notes the opening where that starts a legal term, then
   `showing.show_page` renders the page.
3. POST: `taking.take_page` merges what was posted into the draft, saves it, and decides: the same
   page with its errors, another page, the review, or `processes.complete`. It commits once, and
   only then shows what it decided. If another user saved at the same moment, it rolls back, loads
   and decides again.
4. The review (`showing.show_review`) is answered by `taking.take_review` in the same way. A
   decision of the PCM is sent only from there: the review shows what follows (`consequences`),
   from a rehearsal of the real act that is rolled back (`app.cases.processes.rehearsal`).
"""

from flask import Flask

from app.base import request_limits
from app.onboarding.tasks import dividing, inbox, pages
from app.onboarding.tasks.blueprint import blueprint
from app.onboarding.tasks.exceptions import allowing, dictating, more_time

#: The modules that add their pages to the blueprint when they are imported.
PAGES = (*inbox.PAGES, pages, dividing, more_time, dictating, allowing)


def init_app(app: Flask) -> None:
    """Register the pages of tasks."""
    app.register_blueprint(blueprint)
    app.register_blueprint(dictating.blueprint)
    request_limits.allow_rosters(app, "tasks.show", "dictation.show")
    request_limits.allow_upload(app, "tasks.show", request_limits.PHOTOGRAPHS_BYTES)
