"""The forms of people and their roles."""

from __future__ import annotations

from typing import Any

from wtforms.validators import Length

from app.people.access import ENTITY_ROLES, ROLES
from forms.fields import EmailField, LongTextField, Part, SelectOneField, TextField, add_error
from forms.fields.people import Name

ROLE_CHOICES = tuple((role.id, role.name) for role in ROLES.values())


class RoleForm(Part):
    """A role, and its entity if it is a role of an entity."""

    role = SelectOneField("Función", (("", "Elige"), *ROLE_CHOICES), needed="Elige la función.")
    entity_code = TextField(
        "Código de la entidad",
        hint="Por ejemplo E00275. Déjalo vacío si la función es de la PCM.",
        when=("role", tuple(sorted(ENTITY_ROLES))),
        needed="Escribe el código de la entidad: esa función es de una entidad.",
        limit=20,
        render_kw={"autocomplete": "off", "class": "govuk-input--width-10"},
    )
    reason = LongTextField(
        "Motivo",
        hint="Solo para quien gestionará la plataforma: puede dar funciones y cambiar el proceso. "
        "Si ya hay otra persona con esa función, ella lo confirma.",
        when=("role", ("superuser",)),
        needed="Escribe por qué se da esa función.",
        limit=300,
        rules=(Length(10, message="Explica el motivo con al menos 10 caracteres."),),
        render_kw={"rows": 3},
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Return the fields, then whether they go together."""
        good: bool = super().validate(extra_validators)
        if good and self.role.data not in ENTITY_ROLES and self.entity_code.data:
            add_error(self.entity_code, "Esa función es de la PCM: deja vacío el código.")
            return False
        return good


class Invitation(RoleForm, Name):
    """The person to invite, and the role."""

    email = EmailField("Correo electrónico", needed="Escribe el correo: ahí llega la invitación.")


class FactorReason(Part):
    """Why a second factor is reset."""

    reason = LongTextField(
        "Motivo",
        hint="Queda en el historial. Por ejemplo: perdió el teléfono y confirmé su identidad en "
        "persona.",
        needed="Escribe por qué se restablece.",
        limit=300,
        rules=(Length(10, message="Explica el motivo con al menos 10 caracteres."),),
        render_kw={"rows": 3},
    )


class Address(Part):
    """Another address for a user's mails."""

    email = EmailField("Correo electrónico", needed="Escribe el correo electrónico.")
