"""Files of past visits with broken quotes: rows never run into one another."""

from __future__ import annotations

import pytest

from app.register import importing
from tests.app.register.importing.past_files import row, table

HEADINGS = "Fecha de Visita,Visitante,Documento,Motivo\n"
FIRST = "05/02/2025,ROJAS INVENTADA ANA,DNI 00000501,Otros\n"


@pytest.mark.parametrize(
    "rows",
    [
        '05/02/2025,"QUISPE INVENTADA ANA,DNI 00000502,Otros\n' + FIRST,
        '05/02/2025,"QUISPE ANA,DNI 00000502,Otros\n05/02/2025,ROJAS LUIS",DNI 00000503,Otros\n',
        '05/02/2025,QUISPE ANA,DNI 00000502,"Otros\n"05/02/2025",ROJAS LUIS,DNI 00000503,Otros\n',
        '05/02/2025,QUISPE ANA,DNI 00000502,"Otros\n05/02/2025,ROJAS LUIS",DNI 00000503,Otros\n',
        '05/02/2025,"QUISPE "ANA" INVENTADA",DNI 00000502,Otros\n',
    ],
)
def test_a_broken_quote_refuses_the_file_with_its_line(rows):
    with pytest.raises(importing.Unreadable) as refused:
        list(importing.read_export((HEADINGS + FIRST + rows).encode(), "a.csv").lines())
    assert "desde la línea 3: revisa las comillas" in str(refused.value)


def test_a_text_of_several_lines_is_one_text():
    content = table([row(Motivo="Otros - Lectura,\nsin más"), row()])
    first, second = importing.read_export(content, "a.csv").lines()
    assert first.cells["motive"] == "Otros - Lectura,\nsin más"
    assert second.cells["visitor"] == "QUISPE INVENTADA ANA"


def test_headings_may_have_several_lines():
    content = b'Mi municipalidad\n"Fecha de\nVisita",Visitante,Motivo\n05/02/2025,ROJAS ANA,Otros\n'
    [line] = importing.read_export(content, "a.csv").lines()
    assert line.cells["visitor"] == "ROJAS ANA"
