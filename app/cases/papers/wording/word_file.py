"""A letter as a DOCX, for entities that finish and sign it in another document system.

It has neither a code nor a QR, since the entity changes it. Its properties name no person. The same
letter gives the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from docx import Document
from docx.document import Document as Written
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import _Row
from docx.text.paragraph import Paragraph

from app.cases.papers.wording import plain_text
from app.cases.papers.wording.letters import SGTD, SIP, TERMS, Letter, Table

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
LANGUAGE = "es-PE"
FONT = "Arial"
INK = RGBColor(0, 0, 0)
#: The moment of each file in the ZIP, and of the document: the same bytes for the same letter.
EPOCH = (1980, 1, 1, 0, 0, 0)
SIDE, EDGE = Mm(25), Mm(22)


def docx_of(sheet: Mapping[str, Any], title: str) -> bytes:
    """Return a letter (`sheets.written`) as a DOCX with this title."""
    words: Letter = sheet["words"]
    document = Document()
    _prepare(document, f"{title} · {sheet['entity']['name']}".removesuffix(" · "))
    _open(document, sheet)
    for paragraph in words["before"]:
        document.add_paragraph(paragraph)
    _add_table(document, words["table"])
    for paragraph in filter(None, (*words["after"], words["last"])):
        document.add_paragraph(paragraph)
    for one in words["enclosed"]:
        document.add_paragraph(one, style="List Number")
    _close(document, sheet)
    target = io.BytesIO()
    document.save(target)
    return _dated(target)


def _prepare(document: Written, title: str) -> None:
    """Set the page, the language and the properties."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = SIDE
    section.top_margin = section.bottom_margin = EDGE
    for name, size in (("Normal", 11), ("Heading 1", 12)):
        style = document.styles[name]
        style.font.name, style.font.size, style.font.color.rgb = FONT, Pt(size), INK
        fonts = style.element.rPr.rFonts
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
    for language in document.styles.element.iter(qn("w:lang")):
        for name in ("val", "eastAsia"):
            language.set(qn(f"w:{name}"), LANGUAGE)
    about = document.core_properties
    about.title, about.language = title, LANGUAGE
    about.author = about.last_modified_by = about.comments = about.keywords = ""
    about.created = about.modified = datetime(*EPOCH, tzinfo=UTC)
    about.revision = 1


def _open(document: Written, sheet: Mapping[str, Any]) -> None:
    """Write the head of the letter, up to its greeting."""
    words, entity = sheet["words"], sheet["entity"]
    if sheet["year_name"]:
        _aligned(document.add_paragraph(sheet["year_name"]), WD_ALIGN_PARAGRAPH.CENTER)
    document.add_paragraph().add_run(entity["name"] or "—").bold = True
    if place := plain_text.place_line(entity):
        document.add_paragraph(place)
    _aligned(document.add_paragraph(plain_text.date_line(sheet)), WD_ALIGN_PARAGRAPH.RIGHT)
    document.add_heading(plain_text.title(sheet), level=1)
    _add_lines(document.add_paragraph(), [*words["to"], TERMS["present"]], bold=(SIP, SGTD))
    for label in ("subject", "reference"):
        paragraph = document.add_paragraph()
        paragraph.add_run(f"{TERMS[label]}: ").bold = True
        paragraph.add_run(words[label])
    document.add_paragraph(TERMS["greeting"])


def _close(document: Written, sheet: Mapping[str, Any]) -> None:
    """Write the farewell and the space for a signature, which stay together."""
    farewell = document.add_paragraph(TERMS["farewell"])
    signature = _aligned(document.add_paragraph(), WD_ALIGN_PARAGRAPH.CENTER)
    signature.paragraph_format.space_before = Mm(24)
    _add_lines(signature, plain_text.signature(sheet), bold=(sheet["authority"]["name"],))
    _aligned(document.add_paragraph(plain_text.delegation()), WD_ALIGN_PARAGRAPH.CENTER)
    for paragraph in (farewell, signature):
        paragraph.paragraph_format.keep_with_next = True
    signature.paragraph_format.keep_together = True


def _aligned(paragraph: Paragraph, where: WD_ALIGN_PARAGRAPH) -> Paragraph:
    paragraph.alignment = where
    return paragraph


def _add_lines(paragraph: Paragraph, lines: Iterable[str], bold: Sequence[str]) -> None:
    """Add the lines of one paragraph; those in `bold` are bold."""
    for number, line in enumerate(lines):
        run = paragraph.add_run()
        if number:
            run.add_break()
        run.add_text(line)
        run.bold = line in bold


def _add_table(document: Written, table: Table) -> None:
    """Add a table whose header is repeated on each page; numbers are aligned right."""
    rows = [table["head"], *table["body"], *([table["total"]] if table["total"] else [])]
    made = document.add_table(len(rows), len(table["head"]), style="Table Grid")
    for row, cells in zip(made.rows, rows, strict=True):
        is_bold = cells is table["head"] or cells is table["total"]
        for place, (cell, text) in enumerate(zip(row.cells, cells, strict=True)):
            cell.paragraphs[0].add_run(text).bold = is_bold
            if table["total"] and place:
                _aligned(cell.paragraphs[0], WD_ALIGN_PARAGRAPH.RIGHT)
        _set_whole(row, repeats=cells is table["head"])
    document.add_paragraph().paragraph_format.space_after = Pt(0)


def _set_whole(row: _Row, *, repeats: bool) -> None:
    """Keep a row on one page; `repeats`: it is the header."""
    properties = row._tr.get_or_add_trPr()  # noqa: SLF001 - python-docx has no other way
    for name in ("cantSplit", *(("tblHeader",) if repeats else ())):
        properties.append(OxmlElement(f"w:{name}"))


def _dated(source: io.BytesIO) -> bytes:
    """Return a DOCX with the same moment for each of its files, whenever it is made."""
    target = io.BytesIO()
    with zipfile.ZipFile(source) as made, zipfile.ZipFile(target, "w") as archive:
        for name in made.namelist():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, made.read(name))
    return target.getvalue()
