"""Acts on many entities: a stored dry run, a confirmation, a transaction per row.

`kind`: what a kind of batch is; `kinds`: the kinds; `table`: their files; `checking`: the dry run;
`doing`: confirmed batches; `pages`, `presenters`: how they are shown; `letter_pdfs`: letters;
`baseline`: the official platform's export of many entities, whose visits a batch imports.
"""

from __future__ import annotations

from flask import Flask

from app.onboarding.batches import baseline, pages
from app.onboarding.batches.checking import check_rows as check_rows
from app.onboarding.batches.checking import from_list as from_list
from app.onboarding.batches.checking import store as store
from app.onboarding.batches.doing import confirm as confirm
from app.onboarding.batches.doing import discard as discard
from app.onboarding.batches.doing import run as run
from app.onboarding.batches.kind import Selection as Selection
from app.onboarding.batches.kinds import ATTENDANCE as ATTENDANCE
from app.onboarding.batches.kinds import ATTENDANCE_FIX as ATTENDANCE_FIX
from app.onboarding.batches.kinds import BASELINE as BASELINE
from app.onboarding.batches.kinds import LETTERS as LETTERS
from app.onboarding.batches.kinds import MANDATES as MANDATES
from app.onboarding.batches.kinds import PROCLAIMED as PROCLAIMED
from app.onboarding.batches.kinds import START as START
from app.onboarding.batches.kinds import VALIDATIONS as VALIDATIONS
from app.onboarding.batches.kinds import offered as offered
from app.onboarding.batches.kinds.mandates import new_code as new_code
from app.onboarding.batches.kinds.mandates import open_ends as open_ends
from app.onboarding.batches.kinds.mandates import take_up as take_up
from app.onboarding.batches.kinds.starting import begin as begin


def init_app(app: Flask) -> None:
    """Register the pages."""
    app.register_blueprint(pages.blueprint)
    baseline.init_app(app)
