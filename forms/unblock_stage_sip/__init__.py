"""Destrabar una etapa que está en manos de la SIP."""

from forms.shapes.follow_up import Unblock, unblocking

NEEDS = ("progress",)
GIVES = ("unblocking",)


class Form(Unblock):
    """The measures taken for the stage."""

    decides = "nothing"
    lead = (
        "Esta etapa dura más de lo previsto y lo que falta está en manos de "
        "la Secretaría de Integridad Pública o del Despacho. "
        "Haz que avance y cuenta qué hiciste."
    )


GIVEN, ACCEPTS, REFUSES = unblocking()
