"""Acts on many entities: a stored dry run, a confirmation, a transaction per row.

`kind`: what a kind of batch is; `kinds`: the kinds; `table`: their files; `checking`: the dry run;
`doing`: confirmed batches; `pages`, `presenters`: how they are shown; `letter_pdfs`: letters.
"""

from __future__ import annotations

from flask import Flask

from app.onboarding.batches import pages
from app.onboarding.batches.checking import check_list, from_list, store
from app.onboarding.batches.doing import CountChanged, confirm, discard, run, work
from app.onboarding.batches.kinds import (
    AUTHORITIES,
    CONTACTS,
    LETTERS,
    MANDATES,
    START,
    VALIDATIONS,
)
from app.onboarding.batches.kinds.mandates import new_code
from app.onboarding.batches.kinds.starting import begin

__all__ = [
    "AUTHORITIES",
    "CONTACTS",
    "LETTERS",
    "MANDATES",
    "START",
    "VALIDATIONS",
    "CountChanged",
    "begin",
    "check_list",
    "confirm",
    "discard",
    "from_list",
    "init_app",
    "new_code",
    "run",
    "store",
    "work",
]


def init_app(app: Flask) -> None:
    """Register the pages."""
    app.register_blueprint(pages.blueprint)
