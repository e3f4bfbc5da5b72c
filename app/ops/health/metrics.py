"""The state of the installation for Prometheus: from the database, so equal in all processes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app.ops.worker import Standing

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def text(standing: Standing | None, writes: Mapping[str, bool]) -> bytes:
    """Return the metrics; if the database is away, that alone."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(standing, writes))
    return generate_latest(registry)


class Figures(Collector):
    """Gauges of one moment."""

    def __init__(self, standing: Standing | None, writes: Mapping[str, bool]) -> None:
        self.standing = standing
        self.writes = writes

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics, as `generate_latest` requires."""
        up = self.standing is not None
        yield GaugeMetricFamily("zaguan_database_up", "Whether the database answers", value=up)
        if self.standing is not None:
            yield from _jobs(self.standing)
            yield from _counts(self.standing)
            can = GaugeMetricFamily("zaguan_writable", "What can be written", labels=["what"])
            for what, value in self.writes.items():
                can.add_metric([what], value)
            yield can


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
    yield from (waiting, stuck)
