"""A helper process that answers orders: renewed, killed while it hangs, replaced when it dies."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cases.papers.helper_process import Busy, Ended, HelperProcess

#: It answers with its number, hangs, ends by itself, or ends at the first of two such orders.
CHILD = """
import os, pathlib, signal, sys, time
while line := sys.stdin.buffer.readline():
    order = sys.stdin.buffer.read(int(line)).decode()
    if order == "hang":
        time.sleep(60)
    if order == "slow":
        os.kill(os.getpid(), signal.SIGALRM)
    if order == "die" or (order.startswith("/") and not pathlib.Path(order).exists()):
        order != "die" and pathlib.Path(order).touch()
        os._exit(1)
    if order == "variables":
        order = "".join(sorted(set(os.environ) - {"LC_CTYPE"}))
    content = (str(os.getpid()) + order[:1000] * 100).encode()
    sys.stdout.buffer.write(b"done %d\\n" % len(content) + content)
    sys.stdout.buffer.flush()
"""


@pytest.fixture
def helper() -> Iterator[HelperProcess]:
    """Yield a helper that is renewed after three orders."""
    made = HelperProcess([sys.executable, "-I", "-S", "-c", CHILD], seconds=0.5, renewed=3)
    yield made
    made.close()


def pid_of(helper: HelperProcess, order: str = "") -> int:
    """Return the number of the process that answered."""
    kind, content = helper.ask(order.encode())
    assert kind == "done"
    return int(content[: len(content) - 100 * len(order[:1000])])


def test_one_process_answers_until_it_is_renewed(helper: HelperProcess):
    helper.seconds = 30
    numbers = [pid_of(helper, "-" * size) for size in (0, 1000, 100_000, 1)]
    assert len(set(numbers[:3])) == 1
    assert numbers[3] != numbers[0]
    assert os.getpid() not in numbers


def test_a_helper_has_no_secret_of_the_environment(
    helper: HelperProcess, monkeypatch: pytest.MonkeyPatch
):
    helper.seconds = 30
    monkeypatch.setenv("ZAGUAN_SECRET_KEY", "a secret")
    monkeypatch.setenv("MALLOC_ARENA_MAX", "2")
    _, content = helper.ask(b"variables")
    assert content.decode().lstrip("0123456789") == "MALLOC_ARENA_MAX" * 100


def test_no_process_is_started_without_an_order(helper: HelperProcess):
    with helper.turn():
        assert helper.process is None


def test_a_helper_that_hangs_is_killed_and_replaced(helper: HelperProcess):
    with pytest.raises(Ended) as ended:
        helper.ask(b"hang")
    assert ended.value.slow
    assert helper.process is None
    helper.seconds = 30
    assert pid_of(helper)


def test_an_order_whose_process_ends_is_tried_once_more(helper: HelperProcess, tmp_path: Path):
    helper.seconds = 30
    before = pid_of(helper)
    assert pid_of(helper, str(tmp_path / "tried")) != before
    for order, slow in ((b"die", False), (b"slow", True)):
        with pytest.raises(Ended) as ended:
            helper.ask(order)
        assert ended.value.slow is slow


def test_a_thread_does_not_wait_for_ever_for_the_orders_of_others(helper: HelperProcess):
    with helper.turn(), pytest.raises(Busy), helper.turn(patience=0.01):
        pass
    with helper.turn():
        pass
