"""What a case that moved has behind it: joins that fire again, and the steps it can return to."""

from collections.abc import Mapping

from SpiffWorkflow.util.task import TaskState

from workflows.definition import Definition
from workflows.drawing import reached
from workflows.migration import plans
from workflows.migration.rows import Row, Rows, RunningProcess
from workflows.migration.standing import last_stop


def forget_joins_ahead(
    process: RunningProcess, held: Mapping[str, Row], definition: Definition
) -> None:
    """Remove the rows of joins that have fired, or that were gone, and that lie ahead (again).

    The engine would count their branches, and open twice what follows. `held`: flow → the row of
    its token.
    """
    drawn = plans.containers(definition)[process.id]
    here = [drawn.targets[flow] for flow in held]
    ahead = {key for key in reached(here, drawn.after.__getitem__) if plans.is_join(drawn, key)}
    fired = {row.name for row in process.rows if row.state == TaskState.COMPLETED} & ahead
    past = [row for row in process.rows if row.name in fired or (row.is_gone and row.name in ahead)]
    for row in [row for row in past if not row.is_live]:
        for below in process.below(row):
            below.parent = row.parent
        process.rows.remove(row)


def close_ways_back(
    rows: Rows, process: RunningProcess, held: Mapping[str, Row], definition: Definition
) -> None:
    """Keep by their names alone the steps and calls to which the case cannot return.

    A return undoes what came after a step. What then holds a token must be a marking that the
    version visits: otherwise a join would wait for ever, or something would run twice.
    """
    answered = {id(row) for row, _, _, _ in rows.outcomes}
    above = {flow: {id(one) for one in row.up()} for flow, row in held.items()}
    drawn = plans.containers(definition)[process.id]
    visited = plans.markings(definition, process.id)
    joins = [
        row
        for row in process.rows
        if row.state == TaskState.COMPLETED and not row.is_gone and plans.is_join(drawn, row.name)
    ]
    for row in process.rows:
        node = drawn.nodes.get(row.name)
        if row.is_gone or row.is_live or node is None:
            continue
        is_stage = node.kind == "callActivity" and process.caller is None
        is_step = node.kind == "userTask" and id(row) in answered
        if not (is_stage or is_step) or _has_joined(joins, row):
            continue
        top = row.split or row
        marking = {flow for flow, over in above.items() if id(top) not in over}
        for join in joins:
            if top in join.up():
                marking |= _waiting_again(process, join, top, definition)
        again = plans.flow_into(definition, process.id, row.name)
        if again in marking or marking | {again} not in visited:
            row.is_gone = True


def _has_joined(joins: list[Row], row: Row) -> bool:
    """Return whether the engine refuses a return: a join has fired through parallel branches."""
    return any(row not in join.up() and join not in row.up() for join in joins)


def _waiting_again(
    process: RunningProcess, join: Row, top: Row, definition: Definition
) -> set[str]:
    """Return the flows of the branches that wait at a join again if the case returns to `top`."""
    return {
        plans.arrivals(
            definition, process.id, join.name, before.name, last_stop(process, before, definition)
        )
        for row, before in process.arrivals(join.name)
        if not before.is_gone and top not in row.up()
    }
