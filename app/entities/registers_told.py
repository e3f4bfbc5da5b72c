"""What happened in an entity's registers, as sentences of its history."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.visits.values import ENVIRONMENTS

SENTENCES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "register.opened": lambda data: (
        f"Se abrió el registro de visitas: {ENVIRONMENTS[data['environment']]}"
    ),
}
