"""*Mis pendientes*, and who has each task.

`pages`: the list; `assigning`: take a task, return it, give it to a colleague.
"""

from app.onboarding.tasks.inbox import assigning as assigning
from app.onboarding.tasks.inbox import pages as pages
