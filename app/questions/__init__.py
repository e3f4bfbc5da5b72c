"""Questions of entities to the PCM, internal notes of coordinators, and answers as help.

`threads`: the acts on a question; `marks`: when a step waits for its answer; `terms`: its days;
`listing`: who has to answer it; `letters`, `by_mail`, `quoting`: its mails out and in; `notes`:
internal notes; `help_texts`: answers as texts of the help; the rest are their pages.
"""

from __future__ import annotations

from flask import Flask

from app.questions import help_pages, note_pages, pages


def init_app(app: Flask) -> None:
    """Register the pages."""
    for part in (pages, note_pages, help_pages):
        app.register_blueprint(part.blueprint)
