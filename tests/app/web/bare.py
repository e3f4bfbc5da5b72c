"""The application without a database and people: the look of its pages, and every address."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.base import assets, config
from tests import shortcuts


def make(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Return the application; files in `folder` stand in for those that `make assets` builds.

    Its database is never opened.
    """
    for name in (
        "build/zaguan.css",
        "build/inter-latin.woff2",
        "js/once.js",
        "js/photographs.js",
        "js/find.js",
        "js/steps.js",
        "js/autosave.js",
        "js/observe.js",
        "mark.svg",
    ):
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("body{color:red}" * 100)
    monkeypatch.setattr(assets, "STATIC", folder)
    environment = {
        "ZAGUAN_DATA": str(folder / "data"),
        "ZAGUAN_SECRET_KEY": "a secret that only the tests know",
        "ZAGUAN_PUBLIC_URL": "http://localhost",
        "ZAGUAN_HELP_DESK": "ayuda@example.pe",
    }
    made = create_app(config.load(environment) | {"TESTING": True})
    shortcuts.templates(made)
    return made
