"""Recurring observations: texts that a reviewer, or a party of the PCM, uses again in reviews.

`texts`: which there are, and who may change them. `buttons`: inserting one into an observation of
a draft, and saving an observation as one. `pages`: the list, and changing one.
"""

from __future__ import annotations

from flask import Flask

from app.onboarding.observation_texts import pages


def init_app(app: Flask) -> None:
    """Add the pages of recurring observations."""
    app.register_blueprint(pages.blueprint)
