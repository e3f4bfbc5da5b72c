"""An application that is nothing but its look: no database, no people."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, render_template_string
from flask_wtf import CSRFProtect

from app.base import assets
from app.web import manual, security_headers, templating


def make(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Return the application; files in `folder` stand in for those that `make assets` builds."""
    for name in ("build/zaguan.css", "build/inter-latin.woff2", "mark.svg"):
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("body{color:red}" * 100)
    monkeypatch.setattr(assets, "STATIC", folder)
    made = Flask("app", static_folder=None, template_folder=None)
    made.config.update(SECRET_KEY="for this test", TESTING=True, HELP_DESK="ayuda@example.pe")
    CSRFProtect(made)
    templating.init_app(made)
    manual.init_app(made)
    security_headers.init_app(made)
    made.add_url_rule("/", "home", lambda: render_template_string('{% extends "base.html" %}'))
    return made
