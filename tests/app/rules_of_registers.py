"""Who may reach what of the registers (see `rules`), written from the rules of the house."""

from __future__ import annotations

from collections.abc import Mapping

ANYBODY = frozenset(
    "anonymous preparer foreign authority administrator alternate operator "
    "sip sgtd secretary auditor superuser".split()
)
#: Those who record visits in the entity.
DESK = frozenset({"operator", "administrator", "alternate"})
MANAGERS = frozenset({"administrator", "alternate"})
#: Who sees an entity's demo: its own people, and those who review it.
INSIDE = frozenset(
    {"preparer", "authority", "administrator", "alternate", "operator", "sip", "sgtd", "auditor"}
)
COORDINATORS = frozenset({"sip", "sgtd"})
SUPERUSER = frozenset({"superuser"})

#: `things_of_registers` says what stands in braces.
RULES: Mapping[str, frozenset[str]] = {}
