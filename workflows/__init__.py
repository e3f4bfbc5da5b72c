"""Runs the processes that `bpmn/` draws. Knows neither the web nor a database.

`definition` is one deployed version of diagrams and tables, `instance` a running
process, `decisions` asks a table. This package alone imports SpiffWorkflow.
"""

from workflows.clock import use_clock

__all__ = ["use_clock"]
