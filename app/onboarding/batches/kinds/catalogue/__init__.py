"""Batches that maintain the catalogue: entities by norm, and their RUCs.

`columns`: the file of entities; `changes`: its kind; `acts`: what a change does; `rucs`: RUCs.
"""

from __future__ import annotations

from app.onboarding.batches.kinds.catalogue.changes import ENTITY_CHANGES as ENTITY_CHANGES
from app.onboarding.batches.kinds.catalogue.rucs import RUCS as RUCS
