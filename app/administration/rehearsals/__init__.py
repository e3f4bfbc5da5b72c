"""The pages of migrations of cases: the rehearsal, its decisions, its batches.

`forms`: the decisions, and the filter of a batch; `presenters`: what the pages show; `pages`: the
rehearsal and its cases; `batch_pages`: its batches.
"""

from __future__ import annotations

from flask import Flask

from app.administration.rehearsals import batch_pages as batch_pages
from app.administration.rehearsals import pages as pages
from app.administration.rehearsals.blueprint import blueprint


def init_app(app: Flask) -> None:
    """Register the pages; those of batches belong to the same blueprint."""
    app.register_blueprint(blueprint)
