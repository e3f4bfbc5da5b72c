"""The state of the installation for Prometheus, equal in all web processes of an instance.

From the database, from the disk, and from the requests that each process counts (`traffic`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app.ops.health import machine, traffic
from app.ops.worker import Standing

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def text(standing: Standing | None, writes: Mapping[str, bool], data: Path) -> bytes:
    """Return the metrics; if the database is away, those that need it are absent.

    `data`: the data folder, whose disk is measured.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(standing, writes, machine.disk(data)))
    traffic.join(registry)
    return generate_latest(registry)


class Figures(Collector):
    """Gauges of one moment."""

    def __init__(
        self, standing: Standing | None, writes: Mapping[str, bool], disk: machine.Disk | None
    ) -> None:
        self.standing = standing
        self.writes = writes
        self.disk = disk

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics, as `generate_latest` requires."""
        up = self.standing is not None
        yield GaugeMetricFamily("zaguan_database_up", "Whether the database answers", value=up)
        yield from _machine(self.disk)
        if self.standing is not None:
            yield from _jobs(self.standing)
            yield from _counts(self.standing)
            can = GaugeMetricFamily("zaguan_writable", "What can be written", labels=["what"])
            for what, value in self.writes.items():
                can.add_metric([what], value)
            yield can


def _machine(disk: machine.Disk | None) -> Iterator[Metric]:
    of = machine.build()
    build = GaugeMetricFamily("zaguan_build_info", "What runs here", labels=list(of))
    build.add_metric(list(of.values()), 1)
    yield build
    if disk is not None:
        size = GaugeMetricFamily(
            "zaguan_disk_bytes", "The disk of the data folder", labels=["state"]
        )
        for state, value in disk._asdict().items():
            size.add_metric([state], value)
        yield size


def _jobs(standing: Standing) -> Iterator[Metric]:
    seen = GaugeMetricFamily(
        "zaguan_job_seen_timestamp_seconds", "A job's last sign of life", labels=["job"]
    )
    late = GaugeMetricFamily("zaguan_job_late", "Whether a job shows no life", labels=["job"])
    failed = GaugeMetricFamily(
        "zaguan_job_failed", "Whether a job failed and has not done its work since", labels=["job"]
    )
    did = GaugeMetricFamily(
        "zaguan_job_result", "What a job's newest run did", labels=["job", "what"]
    )
    for name, job in standing.jobs.items():
        late.add_metric([name], job.late)
        failed.add_metric([name], job.failed)
        if job.run:
            seen.add_metric([name], job.run.seen_at.timestamp())
            for what, count in job.run.result.items():
                did.add_metric([name, what], count)
    yield from (seen, late, failed, did)


def _counts(standing: Standing) -> Iterator[Metric]:
    waiting = GaugeMetricFamily("zaguan_waiting", "What waits, by kind", labels=["kind"])
    for kind, count in standing.waiting.items():
        waiting.add_metric([kind], count)
    stuck = GaugeMetricFamily("zaguan_stuck", "What is stuck, by kind", labels=["kind", "job"])
    for finding in standing.stuck:
        stuck.add_metric([finding.kind, finding.job], finding.count or 1)
    sent = GaugeMetricFamily(
        "zaguan_mails_sent_day", "Mails sent in the last 24 hours", value=standing.mails_sent
    )
    yield from (waiting, stuck, sent)
    closing = GaugeMetricFamily(
        "zaguan_chain_info", "The newest closing of the chain", labels=["number", "hash"]
    )
    if standing.chained.number:
        closing.add_metric([str(standing.chained.number), standing.chained.hash], 1)
    yield closing
    if standing.backed_up_at is not None:
        yield GaugeMetricFamily(
            "zaguan_backup_timestamp_seconds",
            "The end of the newest backup",
            value=standing.backed_up_at.timestamp(),
        )
