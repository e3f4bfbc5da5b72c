"""Papers to which something was added behind their bytes (incremental updates of a PDF).

Every builder takes and returns the bytes of a PDF. Pages are counted from 0, -1 is the last one.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name as name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import PageObject
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

BOX = (100, 400, 300, 440)
TEXT = "BT /Later 24 Tf 10 10 Td (Otro texto) Tj ET"
WHITE = "1 1 1 rg 60 300 400 200 re f"
FONT = {"/Type": name("/Font"), "/Subtype": name("/Type1"), "/BaseFont": name("/Helvetica")}


def overlaid(content: bytes, drawn: str = f"1 0 0 1 90 390 cm {TEXT}", *, page: int = 0) -> bytes:
    """Return a paper on which something was drawn later."""
    writer = _writer(content)
    stream = writer.add_object(_stream(f"q {drawn} Q"))
    writer.add_stream_to_page(page, stream, resources=_resources(writer))
    return _written(writer)


def redrawn(content: bytes, old: bytes, new: bytes) -> bytes:
    """Return a paper on whose first page a part of the drawing was replaced."""
    writer = _writer(content)
    leaf = writer.find_page_for_modification(0)[0].get_object()
    assert old in leaf["/Contents"].data
    drawn = leaf["/Contents"].data.replace(old, new, 1)
    writer.objects[_key(leaf.raw_get("/Contents"))] = generic.StreamObject(stream_data=drawn)
    return _written(writer)


def with_other_font(content: bytes) -> bytes:
    """Return a paper one of whose fonts was replaced, without a change of any page."""
    writer = _writer(content)
    fonts = writer.find_page_for_modification(0)[0].get_object()["/Resources"]["/Font"]
    writer.objects[_key(next(iter(fonts.values())))] = _dictionary(FONT)
    return _written(writer)


def with_entry(content: bytes, key: str, value: Any, page_number: int = 0) -> bytes:
    """Return a paper one of whose pages has another entry."""
    writer = _writer(content)
    page, _ = writer.find_page_for_modification(page_number)
    page.get_object()[name(key)] = value
    writer.mark_update(page)
    return _written(writer)


def turned(content: bytes) -> bytes:
    """Return a paper whose first page is shown turned."""
    return with_entry(content, "/Rotate", generic.NumberObject(90))


def cropped(content: bytes) -> bytes:
    """Return a paper of whose first page only a part is shown."""
    sides = (0, 400, 595, 842)
    box = generic.ArrayObject(generic.NumberObject(side) for side in sides)
    return with_entry(content, "/CropBox", box)


def rearranged(content: bytes, pages: Sequence[int]) -> bytes:
    """Return a paper with these of its pages, in this order. It has one list of pages."""
    writer = _writer(content)
    tree = writer.root["/Pages"]
    leaves = [writer.find_page_for_modification(number)[0] for number in pages]
    tree[name("/Kids")] = generic.ArrayObject(
        generic.IndirectObject(one.idnum, one.generation, writer) for one in leaves
    )
    tree[name("/Count")] = generic.NumberObject(len(pages))
    writer.update_container(tree)
    return _written(writer)


def with_page(content: bytes) -> bytes:
    """Return a paper with a blank page behind its own."""
    writer = _writer(content)
    blank = writer.add_object(_stream(""))
    writer.insert_page(PageObject(contents=blank, media_box=(0, 0, 595, 842)))
    return _written(writer)


def with_note(content: bytes) -> bytes:
    """Return a paper with a note on its first page."""
    note = {"/Subtype": name("/FreeText"), "/Contents": generic.pdf_string("Otro texto")}
    writer = _writer(content)
    _annotate(writer, note | {"/DA": generic.pdf_string("/Helv 12 Tf")})
    return _written(writer)


def without_notes(content: bytes) -> bytes:
    """Return a paper whose last page has lost its notes and fields."""
    return with_entry(content, "/Annots", generic.ArrayObject(), -1)


def with_field(content: bytes, *, drawn: str = "", kind: str = "/Tx") -> bytes:
    """Return a paper with one more field over its first page: an empty one, or one that shows."""
    writer = _writer(content)
    field: dict[str, Any] = {
        "/Subtype": name("/Widget"),
        "/FT": name(kind),
        "/T": generic.pdf_string("otro"),
    }
    if drawn:
        field["/AP"] = _look(writer, drawn)
    reference = _annotate(writer, field)
    form = writer.root["/AcroForm"]
    form["/Fields"].append(reference)
    writer.update_container(form["/Fields"])
    return _written(writer)


def pretended(content: bytes) -> bytes:
    """Return a paper with a box over its first page like that of a signature, of no field."""
    writer = _writer(content)
    value = {"/ByteRange": generic.ArrayObject(), "/Contents": generic.ByteStringObject(b"")}
    box = {"/Subtype": name("/Widget"), "/FT": name("/Sig"), "/T": generic.pdf_string("otro")}
    look = {"/V": writer.add_object(_dictionary(value)), "/AP": _look(writer, WHITE)}
    _annotate(writer, box | look)
    return _written(writer)


def filled(content: bytes) -> bytes:
    """Return a paper whose field of `with_field` was filled in, and shows something."""
    return _showing(content, "otro", {"/V": generic.pdf_string("Otro texto")})


def repainted(content: bytes, signed: str = "Firma1") -> bytes:
    """Return a paper whose box of a signature has another appearance."""
    return _showing(content, signed, {})


def _showing(content: bytes, title: str, entries: dict[str, Any]) -> bytes:
    writer = _writer(content)
    fields = (one.get_object() for one in writer.root["/AcroForm"]["/Fields"])
    field = next(one for one in fields if one["/T"] == title)
    look = {"/AP": _look(writer, f"{WHITE} 0 0 0 rg {TEXT}")}
    field.update(_dictionary(entries | look))
    writer.update_container(field)
    return _written(writer)


def prepared(content: bytes, field: str = "Firma2", **more: Any) -> bytes:
    """Return a paper with an empty field for one more signature, which shows nothing.

    `more`: of the field, as pyHanko takes it.
    """
    writer = _writer(content)
    append_signature_field(writer, SigFieldSpec(field, box=(300, 200, 500, 260), **more))
    return _written(writer)


def with_metadata(content: bytes) -> bytes:
    """Return a paper that says that another program was at work."""
    writer = _writer(content)
    writer.set_info(
        writer.add_object(_dictionary({"/Producer": generic.pdf_string("Otro programa")}))
    )
    return _written(writer)


def _writer(content: bytes) -> IncrementalPdfFileWriter:
    return IncrementalPdfFileWriter(io.BytesIO(content), strict=False)


def _written(writer: IncrementalPdfFileWriter) -> bytes:
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def _key(reference: Any) -> tuple[int, int]:
    return reference.generation, reference.idnum


def _dictionary(entries: dict[str, Any]) -> generic.DictionaryObject:
    return generic.DictionaryObject({name(key): value for key, value in entries.items()})


def _stream(drawn: str, entries: dict[str, Any] | None = None) -> generic.StreamObject:
    return generic.StreamObject(_dictionary(entries or {}), stream_data=drawn.encode("latin-1"))


def _resources(writer: Any) -> generic.DictionaryObject:
    font = writer.add_object(_dictionary(FONT))
    return _dictionary({"/Font": _dictionary({"/Later": font})})


def _look(writer: Any, drawn: str) -> generic.DictionaryObject:
    box = generic.ArrayObject(generic.NumberObject(side) for side in (0, 0, 200, 40))
    form: dict[str, Any] = {"/Type": name("/XObject"), "/Subtype": name("/Form"), "/BBox": box}
    form["/Resources"] = _resources(writer)
    return _dictionary({"/N": writer.add_object(_stream(drawn, form))})


def _annotate(writer: Any, entries: dict[str, Any]) -> Any:
    box = generic.ArrayObject(generic.NumberObject(side) for side in BOX)
    note = _dictionary({"/Type": name("/Annot"), "/Rect": box, "/F": generic.NumberObject(4)})
    note.update(_dictionary(entries))
    reference = writer.add_object(note)
    page, _ = writer.find_page_for_modification(0)
    writer.register_annotation(page, reference)
    return reference
