"""Tables in every accepted format: honest ones, and malicious or broken ones."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence

from tests.app.register.importing.past_files import SHEET, cell, workbook

OFFICE = "urn:oasis:names:tc:opendocument:xmlns:{0}:1.0"
HEAD = (
    '<office:document-content xmlns:office="{}" xmlns:table="{}" xmlns:text="{}">'
    "<office:body><office:spreadsheet>"
).format(*map(OFFICE.format, ("office", "table", "text")))
TAIL = "</office:spreadsheet></office:body></office:document-content>"
MEGABYTE = 1024 * 1024


def ods(rows: str, before: str = "") -> bytes:
    """Return an OpenDocument around the XML of the rows of its one sheet."""
    table = f'<table:table table:name="Hoja1">{rows}</table:table>'
    return archive({"content.xml": f"{before}{HEAD}{table}{TAIL}"})


def archive(parts: Mapping[str, str | bytes]) -> bytes:
    """Return a ZIP of these parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return target.getvalue()


def ods_cells(line: Sequence[str], more: str = "") -> str:
    """Return a row of an OpenDocument with these texts."""
    cells = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
        for text in line
    )
    return f"<table:table-row {more}>{cells}</table:table-row>"


def xlsx(lines: Sequence[Sequence[str]], more: str = "") -> bytes:
    """Return a workbook with these texts, and more rows as XML."""
    made = [
        f'<row r="{n}">{"".join(cell(f"{chr(64 + m)}{n}", text) for m, text in enumerate(line, 1))}'
        "</row>"
        for n, line in enumerate(lines, 1)
    ]
    return workbook(SHEET.format("".join(made) + more))


def xls(cells: Mapping[tuple[int, int], str]) -> bytes:
    """Return a workbook of Excel 97-2003 with texts at (row, column), both from 0."""
    sheet = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    for (row, column), text in cells.items():
        letters = text.encode("utf-16-le")
        label = struct.pack("<HHHHB", row, column, 0, len(text), 1) + letters
        sheet += _record(0x0204, label)
    sheet += _record(0x000A, b"")
    begin = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    name = b"Hoja1"
    place = len(begin) + 4 + 8 + len(name) + 4
    bound = _record(0x0085, struct.pack("<IBBBB", place, 0, 0, len(name), 0) + name)
    return _compound(begin + bound + _record(0x000A, b"") + sheet)


def _record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _compound(stream: bytes) -> bytes:
    """Return the file around a stream called Workbook: header, table of sectors, directory,
    sectors.
    """
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    count = len(stream) // 512
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
        + bytes(6)
        + struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
        + struct.pack("<I", 0)
        + b"\xff" * (108 * 4)
    )
    ends = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, 2 + count), 0xFFFFFFFE]
    table = struct.pack(f"<{len(ends)}I", *ends).ljust(512, b"\xff")
    assert len(table) == 512, "one sector of the table is all that is written"
    root = _entry("Root Entry", 5, child=1, start=0xFFFFFFFE, size=0)
    book = _entry("Workbook", 2, child=0xFFFFFFFF, start=2, size=len(stream))
    return header + table + (root + book).ljust(512, b"\0") + stream


def _entry(name: str, kind: int, *, child: int, start: int, size: int) -> bytes:
    letters = (name + "\0").encode("utf-16-le")
    return (
        letters.ljust(64, b"\0")
        + struct.pack("<HBB", len(letters), kind, 1)
        + struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, child)
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )


def _in_ods(rows: str, before: str = "") -> Callable[[], bytes]:
    return lambda: ods(rows, before)


def _laughs(root: str) -> str:
    names = [f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10)]
    return f'<!DOCTYPE {root} [<!ENTITY e0 "risa">{"".join(names)}]>'


def _shared() -> bytes:
    """Return a file with a text of a megabyte, to which each of 200 cells in 200 rows refers."""
    row = "<row>" + '<c t="s"><v>0</v></c>' * 60 + "</row>"
    made = workbook(SHEET.format(row * 200))
    with zipfile.ZipFile(io.BytesIO(made)) as book:
        parts: dict[str, str | bytes] = {name: book.read(name) for name in book.namelist()}
    related = str(parts["xl/_rels/workbook.xml.rels"], "utf-8")  # type: ignore[arg-type]
    one = related[related.index("<Relationship ") : related.index("</Relationships>")]
    texts = one.replace("rId1", "rId2").replace("worksheet", "sharedStrings", 1)
    parts["xl/_rels/workbook.xml.rels"] = related.replace(
        one, one + texts.replace("worksheets/sheet1.xml", "sharedStrings.xml")
    )
    parts["xl/sharedStrings.xml"] = f"<sst><si><t>{'x' * 130_000}</t></si></sst>"
    return archive(parts)


def _nested() -> bytes:
    """Return archives in archives, of which the innermost is a gigabyte of zeros."""
    inner = archive({"a": b"0" * (64 * MEGABYTE)})
    return archive({"xl/workbook.xml": archive({str(n): inner for n in range(16)})})


def _many_parts() -> bytes:
    return archive({f"xl/{n}": "" for n in range(60_000)})


#: File name → content. None of these may be accepted, and none may crash its reader.
BOMBS: Mapping[str, Callable[[], bytes]] = {
    "espacios.ods": _in_ods(
        '<table:table-row><table:table-cell office:value-type="string">'
        '<text:p><text:s text:c="200000000"/></text:p></table:table-cell></table:table-row>'
    ),
    "filas.ods": _in_ods(ods_cells(["x", "y", "z"], 'table:number-rows-repeated="1000000000"')),
    "filas-vacias.ods": _in_ods('<table:table-row table:number-rows-repeated="1000000000"/>'),
    "columnas.ods": _in_ods(
        '<table:table-row table:number-rows-repeated="1000000">'
        '<table:table-cell table:number-columns-repeated="1000000000" '
        'office:value-type="string"><text:p>x</text:p></table:table-cell></table:table-row>'
    ),
    "numero-de-filas.ods": _in_ods(ods_cells(["x"], f'table:number-rows-repeated="{"9" * 5000}"')),
    "risas.ods": _in_ods(ods_cells(["&e9;"]), _laughs("office:document-content")),
    "ceros.ods": lambda: archive({"content.xml": b"0" * (300 * MEGABYTE)}),
    "hondo.ods": _in_ods("<table:table-row>" * 500_000),
    "risas.xlsx": lambda: workbook(
        _laughs("worksheet") + SHEET.format(f'<row r="1">{cell("A1", "&e9;")}</row>')
    ),
    "ceros.xlsx": lambda: workbook(b"0" * (300 * MEGABYTE)),
    "hondo.xlsx": lambda: workbook(b"<x>" * 1_000_000),
    "etiqueta.xlsx": lambda: workbook(SHEET.format(f'<row r="1" x="{"0" * (50 * MEGABYTE)}">')),
    "compartidos.xlsx": _shared,
    "anidado.xlsx": _nested,
    "partes.xlsx": _many_parts,
    "cortado.xlsx": lambda: xlsx([["a", "b", "c"]] * 100)[:-400],
    "cortado.ods": lambda: ods(ods_cells(["a", "b"]) * 100)[:-200],
    "linea.csv": lambda: b"x" * (9 * MEGABYTE),
    "comillas.csv": lambda: b'a;b;c\n"' + b"x;y\n" * 2_000_000,
    "celdas.csv": lambda: b";" * (9 * MEGABYTE),
    "filas.csv": lambda: b"a;b;c\n" * 1_500_000,
    "esquina.xls": lambda: xls({(0, 0): "x", (65_535, 255): "x"}),
    "cortado.xls": lambda: xls({(0, 0): "x"})[:1500],
}
