"""The blueprint of steps' pages."""

from flask import Blueprint

blueprint = Blueprint("tasks", __name__)
