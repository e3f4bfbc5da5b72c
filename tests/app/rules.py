"""Who may reach what, written from the rules of the house and not from the code that enforces them.

A page that is not in the table fails `tests/app/test_access.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.app import rules_of_registers

ANYBODY = frozenset(
    "anonymous preparer foreign authority administrator alternate operator "
    "sip sgtd secretary auditor superuser".split()
)
SIGNED_IN = ANYBODY - {"anonymous"}
#: Those who prepare and answer for the entity; "foreign" is the preparer of another one.
STAFF = frozenset({"preparer", "authority", "administrator", "alternate"})
COORDINATORS = frozenset({"sip", "sgtd"})
PCM = COORDINATORS | {"secretary", "auditor", "superuser"}
SUPERUSER = frozenset({"superuser"})

RULES: Mapping[str, frozenset[str]] = {
    # For the public
    "GET /static/mark.svg": ANYBODY,
    "GET /": ANYBODY,
    "GET /que-es-zaguan": ANYBODY,
    "GET /ayuda": ANYBODY,
    "GET /inicia": ANYBODY,
    "GET /ingresar": ANYBODY,
    "POST /ingresar": ANYBODY,
    "GET /activar": ANYBODY,
    "POST /activar": ANYBODY,
    "GET /clave": ANYBODY,
    "POST /clave": ANYBODY,
    "GET /clave/{reset}": ANYBODY,
    "POST /clave/{reset}": ANYBODY,
    "GET /invitacion/{invitation}": ANYBODY,
    "POST /invitacion/{invitation}": ANYBODY,
    "POST /invitacion/{invitation}/nueva": ANYBODY,
    # For everybody who is signed in
    "GET /cuenta": SIGNED_IN,
    "POST /cuenta/clave": SIGNED_IN,
    "POST /cuenta/contacto": SIGNED_IN,
    "POST /cuenta/avisos": SIGNED_IN,
    "POST /cuenta/sesiones/{sign_in_of_another}": frozenset(),
    "POST /cuenta/sesiones/{own_sign_in}": SIGNED_IN,
    "POST /cuenta/sesiones": SIGNED_IN,
    "GET /plantillas/personal.xlsx": SIGNED_IN,
    # Absences: one's own, those of an entity's people, everybody's
    "GET /cuenta/ausencias": SIGNED_IN,
    "POST /cuenta/ausencias": SIGNED_IN,
    "POST /cuenta/ausencias/{absence_of_staff}/terminar": frozenset({"alternate"}),
    "POST /cuenta/ausencias/{own_absence}/terminar": SIGNED_IN,
    "GET /entidades/E90001/personas/{staff}/ausencias": COORDINATORS,
    "POST /entidades/E90001/personas/{staff}/ausencias": COORDINATORS,
    "GET /entidades/E90002/personas/{staff}/ausencias": frozenset(),
    "GET /entidades/E90001/personas/{secretary}/ausencias": frozenset(),
    "POST /entidades/E90001/personas/{staff}/ausencias/{own_absence}/terminar": frozenset(),
    "POST /entidades/E90001/personas/{staff}/ausencias/{absence_of_staff}/terminar": COORDINATORS,
    "GET /personas/{staff}/ausencias": SUPERUSER,
    "POST /personas/{staff}/ausencias": SUPERUSER,
    "POST /personas/{staff}/ausencias/{absence_of_staff}/terminar": SUPERUSER,
    # Steps: the people of the lane, in the entity
    "GET /pendientes": STAFF | COORDINATORS | {"foreign", "secretary"},
    "GET /tareas/{authority_task}": frozenset({"authority", "preparer"}),
    "GET /tareas/{administrator_task}": frozenset({"administrator", "alternate"}),
    "GET /tareas/{sip_task}": frozenset({"sip"}),
    "GET /tareas/{sgtd_task}": frozenset({"sgtd"}),
    "GET /tareas/{secretary_task}": frozenset({"secretary"}),
    "GET /tareas/{authority_task}/{page}": frozenset({"authority", "preparer"}),
    "POST /tareas/{authority_task}/{page}": frozenset({"authority", "preparer"}),
    "GET /tareas/{authority_task}/revisar": frozenset({"authority", "preparer"}),
    "POST /tareas/{authority_task}/revisar": frozenset({"authority", "preparer"}),
    "GET /tareas/{authority_task}/listo": frozenset({"authority", "preparer"}),
    "POST /tareas/{authority_task}/asignar": frozenset({"authority", "preparer"}),
    "GET /tareas/{paper_task}/papel/sip_rvl_001": frozenset({"authority", "preparer"}),
    "GET /tareas/{change_task}/documentos.zip": frozenset({"authority", "preparer"}),
    "GET /tareas/{authority_task}/documentos.zip": frozenset(),
    "POST /tareas/{sip_task}/asignar": frozenset({"sip"}),
    "GET /tareas/{authority_task}/mas-plazo": frozenset({"authority", "preparer"}),
    "POST /tareas/{authority_task}/mas-plazo": frozenset({"authority", "preparer"}),
    # Notices: only whom they are for
    "POST /avisos/{notice_of_sgtd}/atendido": frozenset({"sgtd"}),
    "POST /avisos/999999/atendido": frozenset(),
    "GET /tareas/999999": frozenset(),
    # An entity
    "GET /entidades": PCM,
    "GET /coordinadores/dias": PCM,
    "POST /entidades/iniciar": COORDINATORS | SUPERUSER,
    # Acts on many entities
    "GET /entidades/lotes": COORDINATORS | SUPERUSER | {"auditor"},
    "GET /entidades/lotes/nuevo/contactos": COORDINATORS | SUPERUSER,
    "POST /entidades/lotes/nuevo/contactos": COORDINATORS | SUPERUSER,
    "GET /entidades/lotes/nuevo/contactos/plantilla.xlsx": COORDINATORS | SUPERUSER,
    "GET /entidades/lotes/nuevo/nada": frozenset(),
    "GET /entidades/lotes/{batch}": COORDINATORS | SUPERUSER | {"auditor"},
    "POST /entidades/lotes/{batch}/confirmar": COORDINATORS | SUPERUSER,
    "POST /entidades/lotes/{batch}/seguir": COORDINATORS | SUPERUSER,
    "POST /entidades/lotes/{batch}/descartar": COORDINATORS | SUPERUSER,
    "GET /entidades/lotes/{batch}/informe.csv": COORDINATORS | SUPERUSER | {"auditor"},
    "GET /entidades/lotes/999999": frozenset(),
    "GET /entidades/E90001": STAFF | PCM | {"operator"},
    "GET /entidades/E90002": PCM | {"foreign"},
    "GET /entidades/E99999": frozenset(),
    "GET /entidades/E90001/historial": STAFF | PCM,
    "GET /archivos/{file}": STAFF | COORDINATORS | {"secretary"},
    "GET /archivos/nada": frozenset(),
    "POST /entidades/E90001/iniciar/implementacion": COORDINATORS | SUPERUSER,
    "POST /entidades/E90001/iniciar/nueva-designacion": (COORDINATORS | {"preparer", "alternate"}),
    "POST /entidades/E90001/iniciar/cambio-de-autoridad": (
        COORDINATORS | {"preparer", "alternate"}
    ),
    "POST /entidades/E90001/iniciar/nada": frozenset(),
    "POST /entidades/E90001/codigo": COORDINATORS | SUPERUSER,
    # What coordinators do to a process
    "GET /entidades/E90001/procesos/{instance}/suspender": COORDINATORS,
    "POST /entidades/E90001/procesos/{instance}/suspender": COORDINATORS,
    "GET /entidades/E90001/procesos/{instance}/reanudar": COORDINATORS,
    "POST /entidades/E90001/procesos/{instance}/reanudar": COORDINATORS,
    "GET /entidades/E90001/procesos/{instance}/anular": COORDINATORS,
    "POST /entidades/E90001/procesos/{instance}/anular": COORDINATORS,
    "GET /entidades/E90001/procesos/{instance}/devolver": COORDINATORS,
    "POST /entidades/E90001/procesos/{instance}/devolver": COORDINATORS,
    "POST /entidades/E90001/procesos/{instance}/reintentar": COORDINATORS | SUPERUSER,
    "GET /entidades/E90001/tareas/{authority_task}/ampliar": COORDINATORS,
    "POST /entidades/E90001/tareas/{authority_task}/ampliar": COORDINATORS,
    "GET /entidades/E90001/convalidar": COORDINATORS,
    "GET /entidades/E90001/convalidar/designation/motivo": COORDINATORS,
    "POST /entidades/E90001/convalidar/designation/motivo": COORDINATORS,
    "GET /incidentes": COORDINATORS | SUPERUSER,
    # The id of one entity in the address of another
    "GET /entidades/E90002/procesos/{instance}/anular": frozenset(),
    "POST /entidades/E90002/procesos/{instance}/reintentar": frozenset(),
    "GET /entidades/E90002/tareas/{authority_task}/ampliar": frozenset(),
    "GET /entidades/E90001/tareas/{authority_task}/notificar": COORDINATORS,
    "POST /entidades/E90001/tareas/{authority_task}/notificar": COORDINATORS,
    "GET /entidades/E90002/tareas/{authority_task}/notificar": frozenset(),
    "GET /entidades/E90001/pedidos/{asked}": COORDINATORS,
    "POST /entidades/E90001/pedidos/{asked}": COORDINATORS,
    "GET /entidades/E90002/pedidos/{asked}": frozenset(),
    # Sessions and mails
    "GET /sesiones": PCM,
    "GET /sesiones/nueva": COORDINATORS,
    "POST /sesiones/nueva": COORDINATORS,
    "GET /sesiones/{session}": COORDINATORS,
    "POST /sesiones/{session}": COORDINATORS,
    "POST /sesiones/{session}/cancelar": COORDINATORS,
    "GET /recordatorios": COORDINATORS | SUPERUSER | {"secretary"},
    "GET /recordatorios/previstos": COORDINATORS | SUPERUSER | {"secretary"},
    "GET /recordatorios/retenidos": COORDINATORS | SUPERUSER | {"secretary"},
    "POST /recordatorios/retenidos": COORDINATORS,
    "POST /recordatorios/retenidos/{hold}/soltar": COORDINATORS,
    "GET /recordatorios/{reminder}/silenciar": COORDINATORS,
    "POST /recordatorios/{reminder}/silenciar": COORDINATORS,
    "POST /recordatorios/tareas/{authority_task}/enviar": COORDINATORS,
    "GET /correos": COORDINATORS | SUPERUSER | {"secretary"},
    "POST /correos/direcciones": COORDINATORS | SUPERUSER,
    "POST /incidentes/correos/{mail}/reintentar": COORDINATORS | SUPERUSER,
    "POST /incidentes/correos/{mail}/descartar": COORDINATORS | SUPERUSER,
    "GET /avisos/baja/{unsubscribing}": ANYBODY,
    "POST /avisos/baja/{unsubscribing}": ANYBODY,
    "GET /correos/{mail}": COORDINATORS | SUPERUSER | {"secretary"},
    # The calendar
    "GET /calendario": PCM,
    "GET /calendario/nuevo": SUPERUSER,
    "POST /calendario/nuevo": SUPERUSER,
    "GET /calendario/{decreed}/quitar": SUPERUSER,
    "POST /calendario/{decreed}/quitar": SUPERUSER,
    "GET /correos/recibidos": COORDINATORS | SUPERUSER | {"secretary"},
    "GET /correos/recibidos/{incoming}": COORDINATORS | SUPERUSER | {"secretary"},
    "POST /correos/recibidos/{incoming}/leido": COORDINATORS,
    "GET /entidades/E90001/contactos": COORDINATORS | SUPERUSER,
    "GET /entidades/E90001/contactos/mesa-de-partes": COORDINATORS | SUPERUSER,
    "POST /entidades/E90001/contactos/mesa-de-partes": COORDINATORS | SUPERUSER,
    "GET /entidades/E90001/contactos/{newcomer}": COORDINATORS | SUPERUSER,
    "POST /entidades/E90001/contactos/{newcomer}": COORDINATORS | SUPERUSER,
    "GET /entidades/E90002/contactos/{newcomer}": frozenset(),
    # Document numbers
    "GET /personas/{somebody}/documento": COORDINATORS | {"auditor"},
    "POST /personas/{somebody}/documento": COORDINATORS | {"auditor"},
    "GET /entidades/E90001/documentos": COORDINATORS | {"auditor"},
    "POST /entidades/E90001/documentos": COORDINATORS | {"auditor"},
    # How the installation is
    "GET /salud": ANYBODY,
    "GET /metricas": frozenset(),
    "GET /estado": COORDINATORS | SUPERUSER,
    # The platform
    "GET /personas": SUPERUSER,
    "GET /personas/nueva": SUPERUSER,
    "POST /personas/nueva": SUPERUSER,
    "GET /personas/{somebody}": SUPERUSER,
    "POST /personas/{somebody}/correo": SUPERUSER,
    "POST /personas/{somebody}/invitacion": SUPERUSER,
    "POST /personas/{somebody}/funciones": SUPERUSER,
    "POST /personas/{somebody}/funciones/{grant}/quitar": SUPERUSER,
    "POST /personas/{somebody}/desactivar": SUPERUSER,
    "POST /personas/{somebody}/reactivar": SUPERUSER,
    "GET /coordinadores": SUPERUSER,
    "POST /coordinadores": SUPERUSER,
    "GET /catalogo": SUPERUSER,
    "GET /catalogo/E90001": SUPERUSER,
    "POST /catalogo/E90001": SUPERUSER,
    "GET /catalogo/E90001/unir": SUPERUSER,
    "POST /catalogo/E90001/unir": SUPERUSER,
    **rules_of_registers.RULES,
    # Last, since it ends the session
    "POST /salir": ANYBODY,
}
