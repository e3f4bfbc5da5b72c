"""Custody: which party holds a case, and the intervals of the past. The clocks count these.

A working day counts whole for the party that holds the case at its end in Lima. The current
interval is on the instance; closed ones are rows of `Holding`. Both are a projection of the log,
and `rebuild` makes them again. Days are never stored: the calendar may change.
"""

from app.cases.custody.cache import CaseCache, Counted, Revision
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
    PARTIES,
    PCM,
    RECEPTION,
    SIDE_PROCESSES,
    WHOLE,
    hand_over,
    holder_of,
    on_clock,
    pair_of,
    party_from_rows,
    party_of,
)
from app.cases.custody.party_names import PARTY_NAMES, label_of
from app.cases.custody.replay import all_onboardings, rebuild, timeline, without_intervals

__all__ = [
    "PARTIES",
    "PARTY_NAMES",
    "PCM",
    "RECEPTION",
    "SIDE_PROCESSES",
    "WHOLE",
    "Case",
    "CaseCache",
    "Clocks",
    "Counted",
    "Interval",
    "Revision",
    "all_onboardings",
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
    "party_from_rows",
    "party_of",
    "rebuild",
    "timeline",
    "without_intervals",
]
