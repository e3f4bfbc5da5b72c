"""What is stuck, or not as it should be: one list for commands, page, monitors and metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.ops.worker.jobs import JOBS

#: Kinds of findings, and their messages on the command line and in Spanish.
TEXTS: Mapping[str, tuple[str, str]] = {
    "worker_silent": (
        "no worker has shown life for a minute",
        "Hace más de un minuto que nada da señales: los plazos y los correos esperan. {warn}",
    ),
    "clock_ahead": (
        "a clock was ahead, or this one is behind: there are moments that have not come yet",
        "Hay datos con una hora que todavía no llega: un reloj estuvo o está mal. {warn}",
    ),
    "job_late": (
        "the job {job} shows no life: is a worker running?",
        "«{job}» no da señales desde hace rato. {warn}",
    ),
    "job_failed": (
        "the job {job} failed, and has not done its work since",
        "«{job}» falló la última vez que tuvo algo que hacer. Se intenta de nuevo en su próximo "
        "turno.",
    ),
    "timers_late": (
        "{count} timers should have fired by now",
        "Hay plazos vencidos que nadie ha atendido: {count}.",
    ),
    "mails_late": (
        "{count} mails should have gone out by now",
        "Hay correos que ya debieron salir: {count}.",
    ),
    "messages_unread": (
        "{count} incoming messages could not be read: see the worker's log",
        "Hay correos recibidos que no se pudieron leer: {count}. {warn}",
    ),
    "domains_rest": (
        "{count} mail domains rest until the superuser resumes them",
        "Hay dominios de correo en reposo, hasta que el Gestor los reanude: {count}.",
    ),
    "dead_ends": (
        "{count} instances that nothing will wake",
        "Hay procesos en curso sin tareas ni plazos: {count}. Avisa a la mesa de ayuda.",
    ),
    "files_damaged": (
        "{count} stored files are damaged",
        "Hay archivos guardados que están dañados: {count}. {warn}",
    ),
    "chain_broken": (
        "the chain of hashes does not fit in {count} places",
        "Hay datos que no coinciden con su cadena de hashes: {count}. {warn}",
    ),
    "chain_fell": (
        "the chain of hashes lacks a closing that this machine has noted: is the database an older "
        "one?",
        "A la cadena de hashes le falta un cierre que esta máquina anotó. {warn}",
    ),
    "rows_altered": (
        "{count} visits or roles are not as their newest protected row says",
        "Hay visitas o roles que no coinciden con lo último que consta de ellos: {count}. {warn}",
    ),
    "no_suppressions": (
        "the list of suppressions is missing, or cannot be read: the next start serves nothing",
        "Falta la lista de supresiones, o no se puede leer: al reiniciar, nada se mostraría. "
        "{warn}",
    ),
    "files": (
        "cannot be written: the data folder. Is the disk full?",
        "No se puede escribir en la carpeta de datos: ¿está lleno el disco? {warn}",
    ),
    "database": (
        "cannot be written: the database",
        "No se puede escribir en la base de datos. {warn}",
    ),
    "bucket": (
        "cannot be written: the bucket of the stored files. Does the storage answer?",
        "No se puede escribir donde están los archivos. {warn}",
    ),
    "deleted_files": (
        "processes write into deleted files of the database: all of it will be lost",
        "Hay procesos que escriben en archivos borrados de la base de datos. {warn}",
    ),
    "unprotected": (
        "protection of the log: {count} faults",
        "La protección del historial no está completa: {count}. {warn}",
    ),
    "trust_list": (
        "the State's list of trust is not used",
        "No se usa la lista de confianza del Estado: {reason}. Las firmas que dependen de ella "
        "salen como INDETERMINADO. {warn}",
    ),
}
WARN = "Avisa a quien opera la plataforma."


@dataclass(frozen=True)
class Finding:
    """Something stuck or wrong: its `kind` (see TEXTS), and the job, the count or the reason.

    `lines`: what the command lists below it.
    """

    kind: str
    job: str = ""
    count: int = 0
    reason: str = ""
    lines: Sequence[object] = ()

    def __str__(self) -> str:
        return TEXTS[self.kind][0].format(job=self.job, count=self.count)

    @property
    def in_spanish(self) -> str:
        """The sentence on the page."""
        job = JOBS[self.job].title if self.job else ""
        text = TEXTS[self.kind][1]
        return text.format(job=job, count=self.count, reason=self.reason, warn=WARN)
