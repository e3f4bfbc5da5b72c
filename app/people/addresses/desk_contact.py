"""The contact of an entity's mesa de partes, in forms and in files."""

from __future__ import annotations

from collections.abc import Mapping

#: The contact data of an entity, by the name in files and forms: column of Entity, label.
FIELDS: Mapping[str, tuple[str, str]] = {
    "email": ("contact_email", "Correo"),
    "phone": ("phone", "Teléfono"),
    "authority": ("contact_authority", "Autoridad"),
}
#: Most characters of these texts.
LIMITS = {"authority": 150, "source": 200}
