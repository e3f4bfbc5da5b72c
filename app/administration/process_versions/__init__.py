"""The page Proceso: the versions of the diagrams and tables, and what differs between them.

`reading`: versions, when each was put into force, live cases on each; `comparing`: the table of
differences, and marks on the drawings; `faults`: the check's sentences in Spanish; `pages`:
the pages that show; `acts`: those of the Gestor.
"""

from __future__ import annotations

from flask import Flask

from app.administration.process_versions import acts, pages

__all__ = ["acts", "init_app", "pages"]


def init_app(app: Flask) -> None:
    """Add the pages to the application."""
    app.register_blueprint(pages.blueprint)
