"""The status of an entity in its mails: as on its page, in text and HTML, and with few queries."""

from __future__ import annotations

import re
from datetime import date, time

import pytest

from app.base import calendar
from tests.app.cases.reminders.reminded import MONDAY, Days
from tests.app.cases.reminders.test_digest import Text, html_of, late, plain, to
from tests.app.cases.status.status_texts import status_text

pytestmark = pytest.mark.nightly


def test_a_mail_says_where_the_entity_stands_as_its_page_does(days: Days):
    late(days)
    said = status_text(days)
    assert "Etapa 4 de 7. " in said
    assert "de atraso." in said
    assert said in to(days, "sgtd").body
    assert plain(said) in plain(" ".join(Text(html_of(days, to(days, "sgtd"))).seen))


def test_a_mail_on_a_side_process_gives_the_status_of_the_path_first(days: Days):
    days.at(MONDAY, time(9))
    days.begin_at("training")
    other = days.begin("change_authority")
    days.due_on("register_authority_change", date(2026, 2, 23), other)
    days.due_on("plan_training", date(2026, 4, 1))
    days.remind()
    said = status_text(days)
    assert said.startswith("Etapa 3 de 7. ")
    assert "Está en curso un cambio de autoridad." in said
    mail = to(days, "preparer")
    assert said in mail.body
    page = days.browser("preparer").get("/entidades/E90001/tareas").text
    assert f'<p class="case-told">{said}</p>' in page


def test_html_says_where_the_entity_stood_when_the_text_was_written(days: Days):
    days.begin_monday()
    said = status_text(days)
    days.remind()
    days.send()
    days.answer("designate_administrator")
    assert said not in status_text(days)
    mail = to(days, "preparer")
    assert said in mail.body
    assert plain(said) in plain(" ".join(Text(html_of(days, mail)).seen))


def test_the_rest_of_a_mail_is_written_again_in_text_and_html(days: Days):
    days.at(MONDAY, time(9))
    for code in ("E90002", "E90003"):
        days.due_on("designate_administrator", date(2026, 2, 23), days.begin(code=code))
    days.remind()
    mail = to(days, "sip")
    days.change_task("designate_administrator", days.id, due_at=calendar.end_of(date(2026, 4, 1)))
    days.at(MONDAY, time(15))
    days.send()
    left = to(days, "sip")
    assert left.id == mail.id
    assert [len(one.paths or {}) for one in (mail, left)] == [2, 1]
    (said,) = (left.paths or {}).values()
    assert said in left.body
    assert plain(said) in plain(" ".join(Text(html_of(days, left)).seen))


#: Statements that only the status texts need.
PATHS = re.compile(r"\bFROM (?:filing|incident|draft)\b")


def test_the_status_of_entities_is_read_once_for_all_mails_and_never_for_html(days: Days):
    days.at(MONDAY, time(9))
    counted = []
    for numbers in ((2,), range(3, 9)):
        for number in numbers:
            days.person(f"410000{number}1", "preparer", f"E9000{number}")
            days.begin(code=f"E9000{number}")
        with days.statements() as running:
            assert days.remind()["digests"] == len(numbers)
        with days.statements() as sending:
            assert days.send()["shown"] == len(numbers)
        assert not [one for one in sending if PATHS.search(one)]
        counted.append([one for one in running if PATHS.search(one)])
    assert len(counted[0]) == len(counted[1]) == 3
