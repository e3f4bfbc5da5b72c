"""How dates, numbers, documents and terms are written in Spanish."""

from __future__ import annotations

from datetime import UTC, date, datetime

from app.base import formatting


def test_dates_are_written_out_in_lima_and_nothing_is_said_of_none():
    assert formatting.day(date(2026, 8, 5)) == "5 de agosto de 2026"
    assert formatting.day("2026-09-01") == "1 de setiembre de 2026"
    assert (
        formatting.moment(datetime(2026, 8, 6, 2, 30, tzinfo=UTC)) == "5 de agosto de 2026, 21:30"
    )
    assert formatting.moment("2026-08-05T19:30:00+00:00") == "5 de agosto de 2026, 14:30"
    assert formatting.weekday(date(2026, 8, 5)) == "miércoles 5 de agosto de 2026"
    assert formatting.short_day(datetime(2026, 8, 6, 2, 30, tzinfo=UTC)) == "05/08/2026"
    assert formatting.short_moment("2026-08-06T02:30:00+00:00") == "05/08/2026, 21:30"
    assert formatting.hour("14:30") == "14:30"
    assert [
        write(None)
        for write in (formatting.day, formatting.moment, formatting.hour, formatting.short_day)
    ] == [""] * 4
    assert formatting.last_day(datetime(2026, 8, 6, 5, 0, tzinfo=UTC)) == "5 de agosto de 2026"


def test_a_due_date_is_said_in_words():
    for days, said in [
        (0, "vence hoy"),
        (1, "vence en 1 día hábil"),
        (2, "vence en 2 días hábiles"),
        (-1, "1 día hábil de atraso"),
        (-3, "3 días hábiles de atraso"),
        (None, ""),
    ]:
        assert formatting.due(days).replace(formatting.NO_BREAK, " ") == said


def test_a_masked_document_keeps_its_kind_its_length_and_three_digits():
    for kind, number, said in [
        ("DNI", "12345678", "DNI *****678"),
        ("CE", "001234567", "CE ******567"),
        ("DNI", "123", "DNI ***"),
    ]:
        assert formatting.masked(kind, number) == said


def test_numbers_sizes_and_lists_are_said_as_in_peru():
    assert formatting.number(5000) == "5000"
    assert formatting.number(12500).split(formatting.NO_BREAK) == ["12", "500"]
    assert formatting.size(6_234_567).split(formatting.NO_BREAK) == ["6.2", "MB"]
    assert formatting.size(12) == f"1{formatting.NO_BREAK}kB"
    assert formatting.listed(["Ana", "Luis", "Rosa"]) == "Ana, Luis y Rosa"
    assert formatting.listed(["Ana", "Inés"]) == "Ana e Inés"
