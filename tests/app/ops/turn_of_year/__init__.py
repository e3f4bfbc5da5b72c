"""A rehearsal of the end of mandates: months pass in minutes, and what happens is counted.

It runs the worker's own jobs on a virtual clock, and plays the people: a coordinator confirms the
plan, the bearers of codes come in and declare, coordinators look, some never answer. Mails are
summarised instead of sent. It changes the database that it is given: give it a copy.

`run`: how the days pass; `players`: what people do; `mails`: each distinct text of a mail once;
`verdict`: the counts, and what went wrong.
"""

from tests.app.ops.turn_of_year.run import BOUNCES as BOUNCES
from tests.app.ops.turn_of_year.run import NothingEnds as NothingEnds
from tests.app.ops.turn_of_year.run import Rehearsal as Rehearsal
