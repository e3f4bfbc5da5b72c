"""Plugin of pytest: fails a run in which a quick test costs more CPU seconds than `--cpu` allows.

It measures the process of the tests and its descendants, without PostgreSQL's servers. A test above
the limit runs once more, without tracing of coverage: what only its first run pays (modules, shared
fixtures, prepared states) does not count. Tests with the mark `guard` or `nightly` may cost more.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import psutil
import pytest
from _pytest.runner import runtestprotocol
from coverage import Coverage

#: The name of the figures of a process of the run, on their way to the one that reports.
DEAR = "dear"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that enables the meter."""
    parser.addoption(
        "--cpu", type=float, metavar="SECONDS", help="fail if a quick test costs more CPU seconds"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Measure if a limit is given."""
    if config.getoption("cpu") is not None:
        config.pluginmanager.register(Meter(config.getoption("cpu")))


class Meter:
    """Measures each test, and reports the dear ones at the end of the run."""

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.process = psutil.Process()
        #: The quick tests above the limit: id → CPU seconds.
        self.dear: dict[str, float] = {}

    def now(self) -> float:
        """Return the CPU seconds that this process and its descendants have used."""
        total = 0.0
        for process in (self.process, *self.process.children(recursive=True)):
            try:
                total += sum(process.cpu_times()[:4])
            except psutil.Error:
                continue
        return total

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Generator[None, object, object]:
        """Measure a test, and again if it costs too much."""
        before = self.now()
        result = yield
        may_cost = item.get_closest_marker("guard") or item.get_closest_marker("nightly")
        if self.now() - before > self.limit and not may_cost:
            spent = self.again(item, nextitem)
            if spent > self.limit:
                self.dear[item.nodeid] = spent
        return result

    def again(self, item: pytest.Item, nextitem: pytest.Item | None) -> float:
        """Run a test once more without reporting it; return its CPU seconds."""
        tracer = Coverage.current()
        if tracer:
            tracer.stop()
        before = self.now()
        try:
            getattr(item, "_initrequest")()  # noqa: B009 - an Item need not have one
            runtestprotocol(item, log=False, nextitem=nextitem)
        finally:
            if tracer:
                tracer.start()
        return self.now() - before

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        """Send the figures to the process that reports; there, fail the run."""
        result = yield
        sent = getattr(session.config, "workeroutput", None)
        if sent is not None:
            sent[DEAR] = self.dear
        elif self.dear and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        return result

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Collect the figures of a process of the run, which has ended."""
        self.dear |= getattr(node, "workeroutput", {}).get(DEAR, {})

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name the dear tests, the dearest first."""
        if self.dear:
            terminalreporter.section(f"quick tests above {self.limit} CPU seconds", red=True)
        for name in sorted(self.dear, key=lambda one: -self.dear[one]):
            terminalreporter.line(f"{self.dear[name]:8.2f} {name}")
