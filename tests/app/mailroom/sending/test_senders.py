"""Workers that send in parallel, slowly, or die: each mail once, within the limit per minute."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask

from app.base.models import Mail
from app.mailroom import sending
from tests.app.mailroom.outgoing import app, found, minutes_pass, post, settings, states, writing
from tests.app.together import PATIENCE, killed, together
from tests.smtp import Server, smtp

pytestmark = pytest.mark.postgresql

__all__ = ["app", "settings", "smtp"]  # fixtures


def many(count: int) -> list[str]:
    return [f"n{number:03}@example.pe" for number in range(count)]


def on_sqlite(app: Flask) -> bool:
    return bool(app.extensions["engine"].dialect.name == "sqlite")


class Slow:
    """A server that stops in the middle of a mail until the test lets it continue."""

    state = "sent"

    def __init__(self) -> None:
        self.reached, self.go_on = threading.Event(), threading.Event()
        self.taken: list[str] = []

    def send(self, message: EmailMessage, sender: str, recipient: str) -> None:
        self.reached.set()
        assert self.go_on.wait(PATIENCE)
        self.taken.append(recipient)

    def close(self) -> None:
        pass


# The limit -------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_no_more_a_minute_than_the_server_takes(app: Flask, smtp: Server):
    app.config["MAIL_PER_MINUTE"] = 25
    post(app, *many(60))
    assert sending.run(app) == {"sent": 25}
    assert sending.run(app) == {}
    minutes_pass(app, 0.9)
    assert sending.run(app) == {}
    minutes_pass(app, 0.2)
    assert sending.run(app) == {"sent": 25}
    minutes_pass(app, 1)
    assert sending.run(app) == {"sent": 10}
    assert smtp.to == many(60)


def test_what_was_refused_for_now_counts_too(app: Flask, smtp: Server):
    app.config["MAIL_PER_MINUTE"] = 5
    post(app, *many(8))
    smtp.answers["RCPT"] = ["450 4.7.1 slow down"] * 8
    assert sending.run(app) == {"later": 5}
    assert sending.run(app) == {}
    assert smtp.heard.count("RCPT") == 5


@pytest.mark.nightly
def test_all_workers_together_keep_to_it(app: Flask, smtp: Server):
    app.config["MAIL_PER_MINUTE"] = 25
    post(app, *many(60))
    results = together(*[lambda: sending.run(app)] * 4)
    assert sum((Counter(one) for one in results), Counter()) == {"sent": 25}
    assert len(smtp.deliveries) == 25


# Parallel workers ------------------------------------------------------------------------------


@pytest.mark.nightly
def test_workers_at_once_send_each_mail_once(app: Flask, smtp: Server):
    app.config["MAIL_PER_MINUTE"] = 1000
    smtp.hang = 0.002
    post(app, *many(90))
    results = together(*[lambda: sending.run(app)] * 3)
    assert sum((Counter(one) for one in results), Counter()) == {"sent": 90}
    assert sorted(smtp.to) == many(90)
    assert len({one.id for one in smtp.deliveries}) == 90


def test_a_lease_that_ran_out_in_the_middle_of_a_mail_repeats_nothing(
    app: Flask, smtp: Server, monkeypatch: pytest.MonkeyPatch
):
    """When a worker is slower than its lease, others take only the mails that it has not begun."""
    monkeypatch.setitem(sending.run.__globals__, "LEASE", timedelta(0))
    post(app, *many(3))
    first, second = Slow(), Slow()
    results: dict[str, dict[str, int]] = {}
    workers = [
        threading.Thread(target=lambda: results.update(first=sending.run(app, first))),
        threading.Thread(target=lambda: results.update(second=sending.run(app, second))),
    ]
    workers[0].start()
    assert first.reached.wait(PATIENCE)
    workers[1].start()
    if on_sqlite(app):  # where one process sends at a time
        workers[1].join(PATIENCE)
        assert results == {"second": {}}
    else:
        assert second.reached.wait(PATIENCE)  # it has the second mail in hand, and claims the third
    first.go_on.set()
    workers[0].join(PATIENCE)
    second.go_on.set()
    workers[1].join(PATIENCE)
    if not on_sqlite(app):
        assert results["first"]["left"] == 2, "what the second claimed is the second's"
    assert sorted(first.taken + second.taken) == many(3)
    assert states(app) == ["sent"] * 3


def test_people_go_on_working_while_a_server_takes_its_time(app: Flask):
    mail_id, *_ = post(app)
    slow = Slow()
    worker = threading.Thread(target=lambda: sending.run(app, slow))
    worker.start()
    assert slow.reached.wait(PATIENCE)
    post(app, "otra@example.pe")
    slow.go_on.set()
    worker.join(PATIENCE)
    with writing(app) as session:
        assert session.get_one(Mail, mail_id).state == "sent"


def test_a_stopped_run_finishes_its_current_mail(app: Flask, smtp: Server):
    post(app, *many(5))
    assert sending.run(app, stop=lambda: len(smtp.deliveries) == 2) == {"sent": 2}
    minutes_pass(app, 1)
    assert sending.run(app) == {"sent": 3}


# Death -----------------------------------------------------------------------------------------


def moments(app: Flask) -> dict[str, tuple[str, int]]:
    """Return where a worker dies: an event of its sessions, and which of them.

    It commits its claim and then the outcome of the mail; on SQLite, between the two, that it is
    about to hand the mail over.
    """
    last = 3 if on_sqlite(app) else 2
    return {
        "before its claim": ("before_commit", 1),
        "after its claim": ("after_commit", 1),
        "after the server's answer": ("before_commit", last),
        "after its commit": ("after_commit", last),
    }


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("when", "before", "after"),
    [
        ("before its claim", 0, 1),
        ("after its claim", 0, 1),
        ("after the server's answer", 1, 2),
        ("after its commit", 1, 1),
    ],
)
def test_a_worker_that_is_killed_forgets_nothing(
    app: Flask, smtp: Server, when: str, before: int, after: int
):
    """Check that a mail is sent twice only if its worker dies before it stores the answer."""
    post(app)
    event, number = moments(app)[when]
    assert killed(app, lambda: sending.run(app), event, number)
    assert len(smtp.deliveries) == before
    first = sending.run(app)
    minutes_pass(app, 1)
    again = sending.run(app)
    assert first | again == ({"sent": 1} if after > before else {})
    assert len(smtp.deliveries) == after
    assert {one.id for one in smtp.deliveries} == {found(app)[0].message_id}
    assert states(app) == ["sent"]
    minutes_pass(app, 10)
    assert sending.run(app) == {}


@pytest.mark.nightly
def test_a_mail_of_a_worker_that_died_waits_for_its_lease(app: Flask, smtp: Server):
    post(app)
    event, number = moments(app)["after the server's answer"]
    assert killed(app, lambda: sending.run(app), event, number)
    assert sending.run(app) == {}
    minutes_pass(app, 0.9)
    assert sending.run(app) == {}
    minutes_pass(app, 0.2)
    assert sending.run(app) == {"sent": 1}


@pytest.mark.nightly
def test_of_a_batch_only_the_mail_in_hand_is_repeated(app: Flask, smtp: Server):
    post(app, *many(6))
    event, number = moments(app)["after the server's answer"]
    each: Any = 2 if on_sqlite(app) else 1
    assert killed(app, lambda: sending.run(app), event, number + 3 * each)
    assert smtp.to == many(4)
    minutes_pass(app, 1)
    assert sending.run(app) == {"sent": 3}
    times = Counter(one.id for one in smtp.deliveries)
    assert [times[row.message_id] for row in found(app)] == [1, 1, 1, 2, 1, 1]
