"""The blueprint of entities: their list, and the page of each (`app.onboarding.entities`)."""

from flask import Blueprint

blueprint = Blueprint("entities", __name__)
