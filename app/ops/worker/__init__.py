"""The worker: a separate process that runs the jobs of time; every worker has the same jobs.

`jobs`: which jobs there are, how often they run, when they are late; `turns`: one run of a job, and
its record; `process`: the loop and its signals; `nightly`: the work of the night; `standing`: when
jobs last ran, what waits, what is stuck, for commands, pages and monitors; `findings`: its texts.
"""

from app.ops.worker.findings import Finding
from app.ops.worker.jobs import JOBS, Job
from app.ops.worker.process import AnotherWorker, run
from app.ops.worker.standing import Standing, read

__all__ = ["JOBS", "AnotherWorker", "Finding", "Job", "Standing", "read", "run"]
