"""Run the processes drawn in `bpmn/`. This package knows neither the web nor a database.

`definition` is one deployed version of diagrams and tables, `instance` a running process,
`decisions` evaluates a table. Only this package imports SpiffWorkflow.
"""

from workflows.clock import use_clock as use_clock
