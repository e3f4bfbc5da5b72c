"""The status of a case: as text, and as a list of tasks with computed states.

`read` reads what the projections hold about cases, in a few statements for any number of them;
`sentences` makes the text that pages and mails show, `stages` the list of stages and steps.
`workflows.step_texts` gives the texts of the diagrams. Nothing here loads an instance.
"""

from app.cases.status.ahead import after
from app.cases.status.facts import Facts, read, read_entities, say_where
from app.cases.status.sentences import AWAITED, PROCESS_NAMES, of_end, of_entity, of_wait, text
from app.cases.status.stages import StageLine, StepLine, side_lines, stages, steps_in, whole
from app.cases.status.states import LOUDEST, REVIEWS, due, is_to_be_notified, loudest, state_of

__all__ = [
    "AWAITED",
    "LOUDEST",
    "PROCESS_NAMES",
    "REVIEWS",
    "Facts",
    "StageLine",
    "StepLine",
    "after",
    "due",
    "is_to_be_notified",
    "loudest",
    "of_end",
    "of_entity",
    "of_wait",
    "read",
    "read_entities",
    "say_where",
    "side_lines",
    "stages",
    "state_of",
    "steps_in",
    "text",
    "whole",
]
