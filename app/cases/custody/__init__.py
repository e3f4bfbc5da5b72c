"""In whose hands a case is, and the intervals of the past: the honest clocks.

A working day counts whole for whoever holds the case at its end in Lima. The interval that runs
is on the instance; closed ones are rows of `Holding`. Both are a projection of the log, which
`rebuild` makes again. Days are never stored: the calendar may change.
"""

from app.cases.custody.counting import (
    Case,
    Clocks,
    Interval,
    clocks,
    clocks_by,
    clocks_of,
    clocks_of_known,
    intervals,
)
from app.cases.custody.hands import (
    BESIDE,
    PARTIES,
    PCM,
    RECEPTION,
    WHOLE,
    by_rows,
    hand_over,
    holder_of,
    on_clock,
    pair_of,
    party_of,
)
from app.cases.custody.kept import Counted, Kept, Known
from app.cases.custody.party_names import PARTY_NAMES, label_of
from app.cases.custody.replay import all_onboardings, rebuild, timeline, without_intervals

__all__ = [
    "BESIDE",
    "PARTIES",
    "PARTY_NAMES",
    "PCM",
    "RECEPTION",
    "WHOLE",
    "Case",
    "Clocks",
    "Counted",
    "Interval",
    "Kept",
    "Known",
    "all_onboardings",
    "by_rows",
    "clocks",
    "clocks_by",
    "clocks_of",
    "clocks_of_known",
    "hand_over",
    "holder_of",
    "intervals",
    "label_of",
    "on_clock",
    "pair_of",
    "party_of",
    "rebuild",
    "timeline",
    "without_intervals",
]
