"""Destrabar una etapa que está en manos de la SGTD."""

from forms.shapes.follow_up import Unblock, unblocking

NEEDS = ("progress",)
GIVES = ("unblocking",)


class Form(Unblock):
    """The measures taken for the stage."""

    decides = "nothing"
    lead = (
        "Esta etapa dura más de lo previsto y lo que falta está en manos de "
        "la Secretaría de Gobierno y Transformación Digital. "
        "Haz que avance y cuenta qué hiciste."
    )


GIVEN, ACCEPTS, REFUSES = unblocking()
