"""The worker: a process of its own that lets time pass, by jobs that are the same in each worker.

`jobs`: which there are, how often, and what is late; `turns`: one run of a job, noted; `process`:
the loop and its signals; `nightly`: what is done once a night; `standing`: when jobs last ran,
what waits, what is stuck, for commands, pages and monitors.
"""

from app.ops.worker.jobs import JOBS, Job
from app.ops.worker.process import AnotherWorker, run
from app.ops.worker.standing import Finding, Standing, read

__all__ = ["JOBS", "AnotherWorker", "Finding", "Job", "Standing", "read", "run"]
