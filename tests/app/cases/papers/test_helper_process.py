"""A helper process that answers orders: renewed, killed while it hangs, replaced when it dies."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.cases.papers import helper_process
from app.cases.papers.helper_process import Busy, Ended, HelperProcess, Patience
from app.cases.papers.viewing import page_pictures
from tests.app.together import PATIENCE, until

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


#: Waits for as long as a test may take if it is the first, and otherwise not at all.
ONLY_AS_THE_FIRST = Patience(first=PATIENCE, further=0)


def test_a_thread_does_not_wait_for_ever_for_the_orders_of_others(helper: HelperProcess):
    with helper.turn(), pytest.raises(Busy), helper.turn(Patience(first=0, further=0)):
        pass
    with helper.turn():
        pass


def test_while_one_thread_waits_a_further_one_is_refused_early(helper: HelperProcess):
    def take() -> str:
        with helper.turn(ONLY_AS_THE_FIRST):
            return "taken"

    with ThreadPoolExecutor(2) as pool:
        with helper.turn():
            first = pool.submit(take)
            until(lambda: helper.turns.waiting == 1)
            with pytest.raises(Busy):
                take()
            assert not first.done()
        assert first.result(PATIENCE) == "taken"
        # a thread that is served leaves the place of the first to others
        with helper.turn():
            second = pool.submit(take)
            until(lambda: helper.turns.waiting == 1)
        assert second.result(PATIENCE) == "taken"


def test_after_the_first_another_thread_waits_long(helper: HelperProcess):
    goes_on = threading.Event()

    def take(patience: Patience) -> str:
        with helper.turn(patience):
            goes_on.wait(PATIENCE)
            return "taken"

    with ThreadPoolExecutor(2) as pool:
        with helper.turn():
            jobs = [pool.submit(take, Patience(PATIENCE, PATIENCE))]
            until(lambda: helper.turns.waiting == 1)
            jobs.append(pool.submit(take, Patience(PATIENCE, PATIENCE)))
            until(lambda: helper.turns.waiting == 2)
        until(lambda: helper.turns.waiting == 1)
        with pytest.raises(Busy):
            take(ONLY_AS_THE_FIRST)
        goes_on.set()
        assert [job.result(PATIENCE) for job in jobs] == ["taken", "taken"]


def test_quick_orders_of_many_threads_are_all_answered(helper: HelperProcess):
    """As for a page with ten pictures: four threads of a server, one helper.

    The helper answers with a hundred times what was ordered.
    """
    helper.seconds = 30

    def ask(size: int) -> int:
        with helper.turn(Patience(PATIENCE, PATIENCE)):
            return helper.ask(b"-" * size)[1].count(b"-")

    with ThreadPoolExecutor(4) as pool:
        answered = list(pool.map(ask, [1, 1000] * 5))
    assert answered == [100, 100_000] * 5
    assert helper.turns.waiting == 0


def test_a_further_thread_does_not_wait_for_an_order_that_is_slow_already(
    monkeypatch: pytest.MonkeyPatch,
):
    """Seconds of the monotonic clock; the usual patience."""
    monkeypatch.setattr(helper_process, "time", SimpleNamespace(monotonic=lambda: 100.0))
    usual = page_pictures.PATIENCE

    def left(arrived: float, since: float, *, is_first: bool = False) -> float:
        return helper_process.time_left(usual, arrived, since, is_first=is_first)

    assert left(100, 99.9) == pytest.approx(usual.further - 0.1)
    assert left(100, 100 - usual.further) <= 0
    assert left(100 - usual.further, 99.9) <= 0
    assert left(99, 90, is_first=True) == usual.first - 1
