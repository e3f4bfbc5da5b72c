"""Plugin of pytest: lists the tests that cost more CPU seconds than `--cpu` names.

It measures the process of the tests and its descendants, without PostgreSQL's servers. What a
fixture of a session or a module prepares is counted separately from the first test that uses it. It
is a report: seconds differ between machines, so no test fails because of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator

import psutil
import pytest

SPENT, APART, REASON = "cpu", "cpu of shared fixtures", "slow by nature"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that enables the report."""
    parser.addoption("--cpu", type=float, metavar="SECONDS", help="list tests above CPU seconds")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker; measure if a report is requested."""
    config.addinivalue_line(
        "markers", "slow_by_nature(reason): costs more than a CPU second, and why it must"
    )
    if config.getoption("cpu") is not None:
        config.pluginmanager.register(Meter())


class Meter:
    """Measures each test, and reports at the end of the run."""

    def __init__(self) -> None:
        self.process = psutil.Process()
        self.before = 0.0
        #: CPU seconds of shared fixtures during the present test.
        self.apart = 0.0
        self.inside_shared = False
        self.all: dict[str, float] = {}
        self.shared = 0.0
        self.reasons: dict[str, str] = defaultdict(str)

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
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef
    ) -> Generator[None, object, object]:
        """Count shared fixtures separately, including the fixtures that they request."""
        if fixturedef.scope == "function" or self.inside_shared:
            return (yield)
        before, self.inside_shared = self.now(), True
        try:
            return (yield)
        finally:
            self.inside_shared = False
            self.apart += self.now() - before

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self) -> Generator[None, object, object]:
        """Begin to measure a test."""
        self.apart, self.before = 0.0, self.now()
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Write the figures into the report, which travels between processes."""
        report = yield
        if call.when == "call":
            marker = item.get_closest_marker("slow_by_nature")
            report.user_properties += [
                (SPENT, self.now() - self.before - self.apart),
                (APART, self.apart),
                (REASON, str(marker.args[0]) if marker else ""),
            ]
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Store the figures where the run is reported."""
        figures = dict(report.user_properties)
        if report.when == "call" and SPENT in figures:
            self.all[report.nodeid] = float(str(figures[SPENT]))
            self.shared += float(str(figures[APART]))
            self.reasons[report.nodeid] = str(figures[REASON])

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, config: pytest.Config
    ) -> None:
        """Print the tests above the limit; those for which no reason is given come first."""
        terminalreporter.section(
            f"{sum(self.all.values()):.0f} CPU seconds, and {self.shared:.0f} of shared fixtures"
        )
        for name in sorted(self.all, key=lambda one: (bool(self.reasons[one]), -self.all[one])):
            if self.all[name] > config.getoption("cpu"):
                reason = f" ({self.reasons[name]})" if self.reasons[name] else ""
                terminalreporter.line(f"{self.all[name]:8.2f} {name}{reason}")
