"""*Mis pendientes*, and who has each task.

`pages`: the list; `coordinating`: a coordinator's; `views`, `view_pages`: saved views of that;
`assigning`: take a task, return it, give it to a colleague.
"""

from app.onboarding.tasks.inbox import assigning, pages, view_pages

#: The modules that add pages to the blueprint when they are imported.
PAGES = (pages, view_pages, assigning)
