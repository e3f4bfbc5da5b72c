"""Fields for signed papers and other PDFs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from wtforms import Field
from wtforms.validators import StopValidation
from wtforms.widgets import FileInput

from forms import drafts
from forms.fields import isolated
from forms.fields.foreign.bounds import MEGABYTE, TooLarge
from forms.fields.photographs import ACCEPT, ACCEPTED
from forms.fields.rules import STOPPED, StepField

#: Greatest size of a document in bytes, and the size from which a warning says that the mesa de
#: partes may refuse it.
LIMIT = 10 * MEGABYTE
HEAVY = 5 * MEGABYTE

BOUNDS = isolated.Bounds(output=MEGABYTE, seconds=20)

#: Result of `foreign.pdf` → the sentence for it.
FAULTS: Mapping[str, str] = {
    "no_pdf": "El archivo no es un PDF. Guarda o escanea el documento como PDF.",
    "not_first": "El archivo trae algo antes del PDF. Ábrelo y guárdalo otra vez como PDF.",
    "archive": "El archivo es un PDF y a la vez un ZIP. Ábrelo y guárdalo otra vez como PDF.",
    "damaged": "El PDF está dañado y no se puede abrir. Vuelve a guardarlo o a escanearlo.",
    "encrypted": "El PDF está protegido con contraseña. Quítale la protección y súbelo otra vez.",
    "no_pages": "El PDF no tiene páginas. Elige otro.",
    "script": (
        "El PDF trae instrucciones que se ejecutan al abrirlo o llenarlo (JavaScript u otras). "
        "Imprímelo como PDF y sube esa copia."
    ),
    "attachment": (
        "El PDF trae otros archivos adjuntos. Quítalos, o imprímelo como PDF y sube esa copia."
    ),
    "too_large": "El PDF es demasiado grande al abrirlo. Escanéalo con menor resolución.",
}


@dataclass(frozen=True)
class Verdict:
    """The result of examining a document: why it is refused ("" if accepted), and its pages.

    `facts`: all that its reader found, if it looked for more.
    """

    fault: str
    pages: int | None = None
    facts: Mapping[str, Any] | None = field(default=None, compare=False)


#: Reads a PDF: `fault` (a key of `FAULTS`, or "") and `pages`, perhaps with more.
Reader = Callable[[bytes], Mapping[str, Any]]


def read_apart(content: bytes) -> Mapping[str, Any]:
    """Return what `foreign.pdf.examine` finds, in a separate process."""
    try:
        return isolated.pdf(content, BOUNDS)
    except TooLarge:
        return {"fault": "too_large", "pages": 0}


def size_of(stream: IO[bytes]) -> int:
    """Return the bytes in a stream, and rewind it."""
    size = stream.seek(0, 2)
    stream.seek(0)
    return size


def examine(stream: IO[bytes], read: Reader = read_apart) -> Verdict:
    """Examine a file by a reader, which must be a separate process, and rewind the stream."""
    size = size_of(stream)
    if size == 0:
        return Verdict("El archivo está vacío. Elige otro.")
    if size > LIMIT:
        return Verdict("El archivo pesa más de 10 MB. Escanéalo con menor resolución o divídelo.")
    content = stream.read()
    stream.seek(0)
    if b"%PDF-" not in content[:1024]:
        return Verdict(FAULTS["no_pdf"])
    found = read(content)
    return Verdict(FAULTS.get(found["fault"], ""), found["pages"] or None, found)


def verdict_of(upload: Any) -> Verdict:
    """Return the verdict on an upload: the earlier one (`uploads.Examined`), or a new one."""
    known = getattr(upload, "verdict", None)
    return known if isinstance(known, Verdict) else examine(upload.stream)


class DocumentField(StepField, Field):
    """A PDF of this task, or photographs that become one: `data` is its id in `form.files`, or "".

    `paper` is the id of its official paper (`forms.papers.OFFICIAL`), by which pages name the file.
    """

    kind = "document"
    widget = FileInput()
    #: The types that its input offers.
    accept = ACCEPT

    def __init__(
        self,
        label: str | None = None,
        *,
        hint: str = "",
        paper: str = "",
        **kwargs: Any,
    ) -> None:
        self.paper = paper
        super().__init__(label, hint=f"{hint} {ACCEPTED}".strip(), **kwargs)

    def _own_rules(self) -> list[Any]:
        return [self.held]

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Store the id from the draft."""
        self.data = str(valuelist[0]) if valuelist else ""

    def as_pairs(self, value: Any) -> list[tuple[str, str]]:
        """Return the pairs of a file's id, or of a record's file (a mapping with `id`)."""
        if isinstance(value, Mapping):
            value = value.get("id")
        return [(self.name, str(value))] if value else []

    def absorb(
        self,
        posted: Any,
        uploads: Any,
        draft: Any,
        keep: Callable[[Any, str], Any],
    ) -> list[tuple[str, str]]:
        """Return the uploaded file, otherwise the one in the draft, unless it is dropped.

        Raises `forms.drafts.Unusable` for a file that cannot be accepted.
        """
        if posted.get("action") == f"drop:{self.name}":
            return []
        storage = uploads.get(self.name)
        if storage is None or not storage.filename:
            stored = draft.get(self.name)
            return [(self.name, stored)] if stored else []
        fault = verdict_of(storage).fault
        if fault:
            raise drafts.Unusable(self.name, f"{self.label.text}: {fault}")
        return [(self.name, str(keep(storage, self.paper).id))]

    @property
    def files(self) -> Mapping[str, Any]:
        """The files of the step's form, also when this field is inside a group or list."""
        form = self._form
        while getattr(form, "_parent_form", None) is not None:
            form = form._parent_form
        found: Mapping[str, Any] = getattr(form, "files", {})
        return found

    @property
    def info(self) -> Any:
        """The FileInfo of the document, None while there is none."""
        return self.files.get(self.data or "")

    @property
    def condition(self) -> str:
        """What other fields' conditions read: STOPPED, or ""."""
        return STOPPED if self.info is not None and self.info.is_stopped else ""

    @property
    def warning(self) -> str:
        """A sentence about a file that is accepted although it is large."""
        if self.info is None or self.info.size <= HEAVY:
            return ""
        return "El archivo pesa más de 5 MB: la mesa de partes podría rechazarlo."

    def held(self, form: Any, field: Any) -> None:
        """Reject an id that is no file of this task."""
        if self.data not in self.files:
            raise StopValidation(f"{self.label.text}: sube el documento otra vez.")
