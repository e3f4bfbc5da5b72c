"""Signed papers and other PDFs that a step takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

import pikepdf
from wtforms import Field
from wtforms.validators import StopValidation
from wtforms.widgets import FileInput

from forms import drafts
from forms.fields.rules import Asked

MEGABYTE = 1024 * 1024
#: Bytes that one document may have, and from which we say that the mesa de partes may refuse it.
LIMIT = 10 * MEGABYTE
HEAVY = 5 * MEGABYTE


def size_of(stream: BinaryIO) -> int:
    """The bytes in a stream, which is left at its start."""
    size = stream.seek(0, 2)
    stream.seek(0)
    return size


def pdf_fault(stream: BinaryIO) -> str:
    """Why a file cannot be taken as a document, "" when it can; the stream ends at its start."""
    size = size_of(stream)
    if size == 0:
        return "El archivo está vacío. Elige otro."
    if size > LIMIT:
        return "El archivo pesa más de 10 MB. Escanéalo con menor resolución o divídelo."
    head = stream.read(1024)
    stream.seek(0)
    if b"%PDF-" not in head:
        return "El archivo no es un PDF. Guarda o escanea el documento como PDF."
    try:
        with pikepdf.open(stream) as pdf:
            encrypted, pages = pdf.is_encrypted, len(pdf.pages)
    except pikepdf.PasswordError:
        encrypted, pages = True, 0
    except (pikepdf.PdfError, ValueError, RecursionError):
        return "El PDF está dañado y no se puede abrir. Vuelve a guardarlo o a escanearlo."
    finally:
        stream.seek(0)
    if encrypted:
        return "El PDF está protegido con contraseña. Quítale la protección y súbelo otra vez."
    return "" if pages else "El PDF no tiene páginas. Elige otro."


class DocumentField(Field):
    """A PDF that this very task holds: `data` is its id in `form.files`, or "".

    `paper` is the id of the official paper that it is (`forms.papers.OFFICIAL`), by which pages
    call the file.
    """

    kind = "document"
    widget = FileInput()

    def __init__(
        self,
        label: str | None = None,
        *,
        hint: str = "Un PDF de 10 MB como máximo.",
        paper: str = "",
        needed: str = "",
        when: tuple[str, Any] | None = None,
        rules: tuple[Any, ...] = (),
        **kwargs: Any,
    ) -> None:
        self.paper = paper
        chain = [Asked(needed, when), self.held, *rules]
        super().__init__(label, chain, description=hint, **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """The id that the draft keeps."""
        self.data = str(valuelist[0]) if valuelist else ""

    def as_pairs(self, value: Any) -> list[tuple[str, str]]:
        """A file's id, or a record's file (a mapping with `id`)."""
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
        """The file just uploaded, else the one the draft has, unless it is dropped.

        Raises `forms.drafts.Unusable` for a file that cannot be taken.
        """
        if posted.get("action") == f"drop:{self.name}":
            return []
        storage = uploads.get(self.name)
        if storage is None or not storage.filename:
            kept = draft.get(self.name)
            return [(self.name, kept)] if kept else []
        fault = pdf_fault(storage.stream)
        if fault:
            raise drafts.Unusable(self.name, f"{self.label.text}: {fault}")
        return [(self.name, str(keep(storage, self.paper).id))]

    @property
    def files(self) -> Mapping[str, Any]:
        """The files of the step's form, also when this field stands in a group or list."""
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
    def warning(self) -> str:
        """What to say of a file that is taken though it is heavy."""
        if self.info is None or self.info.size <= HEAVY:
            return ""
        return "El archivo pesa más de 5 MB: la mesa de partes podría rechazarlo."

    def held(self, form: Any, field: Any) -> None:
        """Refuses an id that is no file of this task."""
        if self.data not in self.files:
            raise StopValidation(f"{self.label.text}: sube el documento otra vez.")
