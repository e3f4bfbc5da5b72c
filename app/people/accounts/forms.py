"""The forms of signing in, activating, choosing a password, and the user's own account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wtforms import Field, Form, PasswordField

from app.people.accounts import passwords
from forms.drafts import walk
from forms.fields import (
    DateField,
    EmailField,
    LongTextField,
    Part,
    PhoneField,
    SelectOneField,
    TextField,
    add_error,
)
from forms.fields.people import Document, Name
from forms.fields.rules import NO_NUMBERS, Required, has_document_number

CHOOSING_HINT = (
    "Diez caracteres o más, sin tu número de documento. Una frase que solo tú conozcas sirve bien."
)


class Secret(PasswordField):
    """A password; its page never gets it back."""

    kind = "password"
    warning = ""

    def __init__(
        self, label: str | None = None, *, needed: str, new: bool = False, **kwargs: Any
    ) -> None:
        autocomplete = "new-password" if new else "current-password"
        kwargs.setdefault("description", CHOOSING_HINT if new else "")
        super().__init__(
            label, [Required(needed)], render_kw={"autocomplete": autocomplete}, **kwargs
        )


def errors_of(form: Form) -> dict[str, str]:
    """Return field id → first message, in the order of the page, for the error summary."""
    found: dict[str, str] = {}
    for field in walk(form):
        errors = field.errors
        if isinstance(errors, dict):  # of a group: its fields come after it
            errors = errors.get(None) or ()
        if message := next((error for error in errors if error and isinstance(error, str)), ""):
            found[field.id] = message
    return found


class SignIn(Document):
    """The fields of signing in."""

    password = Secret("Contraseña", needed="Escribe tu contraseña.")


class FactorCode(Part):
    """A code of the second factor."""

    factor_code = TextField(
        "Código",
        hint="Los seis dígitos que tu aplicación muestra ahora, o uno de tus códigos de "
        "recuperación.",
        needed="Escribe el código.",
        limit=40,
        render_kw={
            "autocomplete": "one-time-code",
            "spellcheck": "false",
            "class": "govuk-input--width-10",
        },
    )


class FirstFactor(Part):
    """The first code of a new second factor."""

    factor_code = TextField(
        "Código",
        hint="Los seis dígitos que tu aplicación muestra para Zaguán.",
        needed="Escribe el código que muestra tu aplicación.",
        limit=10,
        render_kw={
            "autocomplete": "one-time-code",
            "inputmode": "numeric",
            "class": "govuk-input--width-5",
        },
    )


class SetUpFactor(FirstFactor):
    """The first code, and the password of a user who signed in before."""

    proof = Secret("Tu contraseña", needed="Escribe tu contraseña para guardar el cambio.")


class PasskeyName(Part):
    """What the person calls a passkey."""

    name = TextField(
        "Nombre",
        hint="Para reconocerla en tu lista, por ejemplo «Mi portátil» o «Llave USB azul».",
        needed="Escribe un nombre para esta llave de acceso.",
        limit=60,
        render_kw={"autocomplete": "off", "class": "govuk-input--width-20"},
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Require a name without a document number: the log has it."""
        good: bool = super().validate(extra_validators)
        if good and has_document_number(self.name.data):
            add_error(self.name, NO_NUMBERS)
            return False
        return good


class AddPasskey(PasskeyName):
    """The name, and the password of a user who signed in before."""

    proof = Secret("Tu contraseña", needed="Escribe tu contraseña para guardar el cambio.")


class Codes(Part):
    """The codes by which an entity comes in."""

    entity_code = TextField(
        "Código de la entidad",
        hint="Está en el correo o la carta que recibió tu entidad, por ejemplo E00275.",
        needed="Escribe el código de la entidad.",
        limit=20,
        render_kw={"autocomplete": "off", "spellcheck": "false", "class": "govuk-input--width-10"},
    )
    activation_code = TextField(
        "Código de activación",
        hint="Doce letras y números, por ejemplo 7K2M-9QXT-04BD. Los guiones no importan.",
        needed="Escribe el código de activación.",
        limit=40,
        render_kw={"autocomplete": "off", "spellcheck": "false", "class": "govuk-input--width-20"},
    )


class Activation(Codes, Name):
    """The codes, and who brings them."""

    email = EmailField("Correo electrónico", needed="Escribe tu correo electrónico.")
    password = Secret(
        "Contraseña",
        needed="Escribe una contraseña.",
        new=True,
        description=f"{CHOOSING_HINT} Si ya tienes cuenta, escribe la que usas para ingresar.",
    )

    def __iter__(self) -> Iterator[Field]:
        """Return the fields in the order of the page: the codes, then the person."""
        codes = [self.entity_code, self.activation_code]
        return iter([*codes, *(field for field in super().__iter__() if field not in codes)])


class NewPassword(Part):
    """A password that is being chosen."""

    new_password = Secret("Contraseña nueva", needed="Escribe una contraseña.", new=True)

    def __init__(self, formdata: Any = None, *, document_number: str) -> None:
        super().__init__(formdata)
        self.document_number = document_number

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate the fields, then reject a password that is easy to guess."""
        good: bool = super().validate(extra_validators)
        fault = passwords.fault(self.new_password.data or "", self.document_number) if good else ""
        if fault:
            add_error(self.new_password, fault)
        return good and not fault


class ChangePassword(NewPassword):
    """The password in use, and the next one."""

    current_password = Secret("Contraseña actual", needed="Escribe tu contraseña actual.")


class Contact(Part):
    """The user's own e-mail and telephone, and the password that confirms a change."""

    email = EmailField("Correo electrónico", needed="Escribe tu correo electrónico.")
    phone = PhoneField("Teléfono (opcional)")
    proof = Secret("Tu contraseña", needed="Escribe tu contraseña para guardar el cambio.")


class AbsenceForm(Part):
    """The days of an absence, and the substitute; the page sets the choices."""

    from_on = DateField(
        "Primer día", hint="Día/mes/año", needed="Escribe el primer día de la ausencia."
    )
    until_on = DateField(
        "Último día", hint="Día/mes/año", needed="Escribe el último día de la ausencia."
    )
    substitute = SelectOneField(
        "Quién reemplaza",
        (),
        hint="Personas que ya pueden responder los mismos pasos.",
        needed="Elige quién reemplaza.",
    )


class Purpose(Part):
    """Why the user needs to see a document number."""

    purpose = LongTextField(
        "Para qué necesitas ver el documento",
        hint="Queda en el historial con tu nombre. Por ejemplo: verificar la resolución de "
        "designación.",
        needed="Escribe para qué necesitas ver el documento.",
        limit=300,
        render_kw={"rows": 3},
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Require a purpose of some length."""
        good: bool = super().validate(extra_validators)
        if good and len(self.purpose.data) < 10:
            add_error(self.purpose, "Explica el motivo con al menos 10 caracteres.")
            return False
        if good and has_document_number(self.purpose.data):
            add_error(self.purpose, NO_NUMBERS)
            return False
        return good


class PurposeInEntity(Purpose):
    """The purpose, and the surname of the documents to show."""

    surnames = TextField(
        "Apellidos (opcional)", hint="Déjalo vacío para ver a todas las personas.", limit=100
    )
