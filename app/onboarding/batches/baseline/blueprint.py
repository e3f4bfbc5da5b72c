"""The blueprint of the baseline."""

from flask import Blueprint, abort

from app.base import db
from app.base.models import Baseline

blueprint = Blueprint("baselines", __name__)

ROOT = "/linea-base"


def this_baseline(number: int) -> Baseline:
    """Return the export of an address; 404 for an unknown one."""
    return db.session().get(Baseline, number) or abort(404)
