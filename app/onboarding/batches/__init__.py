"""Acts on many entities: a dry run that is frozen, a confirmation, a transaction per row.

`kinds`: what a kind of batch is, and which there are; `table`: its file; `checking`: the dry run;
`doing`: what was confirmed; `told`, `pages`: how it is shown. Kinds: `contacts`, `starting`,
`letters`, `authorities`, `validations`.

A kind is one object:

    class Start(Kind):
        id, slug, name, action, verb = "start", "inicio", …
        def look(self, session, batch, rows): …      # a Plan per row, changes nothing
        def do(self, session, batch, entity, data): …  # one row, in its own transaction

    START = known(Start())
"""

from __future__ import annotations

from flask import Flask

from app.onboarding.batches import pages
from app.onboarding.batches.authorities import AUTHORITIES
from app.onboarding.batches.checking import Upload, from_list, keep, look_at_list
from app.onboarding.batches.contacts import CONTACTS
from app.onboarding.batches.doing import CountChanged, confirm, discard, run, work
from app.onboarding.batches.kinds import Column, Data, Kind, Plan, Refused, known
from app.onboarding.batches.letters import LETTERS
from app.onboarding.batches.starting import START, begin
from app.onboarding.batches.table import Unreadable
from app.onboarding.batches.validations import VALIDATIONS

__all__ = [
    "AUTHORITIES",
    "CONTACTS",
    "LETTERS",
    "START",
    "VALIDATIONS",
    "Column",
    "CountChanged",
    "Data",
    "Kind",
    "Plan",
    "Refused",
    "Unreadable",
    "Upload",
    "begin",
    "confirm",
    "discard",
    "from_list",
    "init_app",
    "keep",
    "known",
    "look_at_list",
    "run",
    "work",
]


def init_app(app: Flask) -> None:
    """Adds the pages of batches."""
    app.register_blueprint(pages.blueprint)
