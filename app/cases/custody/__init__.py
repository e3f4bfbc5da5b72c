"""Custody: which party holds a case, and the intervals of the past. The clocks count these.

A working day counts whole for the party that holds the case at its end in Lima. The current
interval is on the instance; closed ones are rows of `Holding`. Both are a projection of the log,
and `rebuild` makes them again. Days are never stored: the calendar may change.
"""

from app.cases.custody.cache import CaseCache as CaseCache
from app.cases.custody.cache import Counted as Counted
from app.cases.custody.cache import Revision as Revision
from app.cases.custody.counting import Clocks as Clocks
from app.cases.custody.counting import Interval as Interval
from app.cases.custody.counting import clocks as clocks
from app.cases.custody.counting import clocks_by as clocks_by
from app.cases.custody.counting import clocks_of as clocks_of
from app.cases.custody.counting import clocks_of_known as clocks_of_known
from app.cases.custody.counting import intervals as intervals
from app.cases.custody.hands import PARTIES as PARTIES
from app.cases.custody.hands import PCM as PCM
from app.cases.custody.hands import RECEPTION as RECEPTION
from app.cases.custody.hands import SIDE_PROCESSES as SIDE_PROCESSES
from app.cases.custody.hands import WHOLE as WHOLE
from app.cases.custody.hands import hand_over as hand_over
from app.cases.custody.hands import holder_of as holder_of
from app.cases.custody.hands import on_clock as on_clock
from app.cases.custody.hands import pair_of as pair_of
from app.cases.custody.hands import party_from_rows as party_from_rows
from app.cases.custody.hands import party_of as party_of
from app.cases.custody.party_names import PARTY_NAMES as PARTY_NAMES
from app.cases.custody.party_names import label_of as label_of
from app.cases.custody.replay import all_onboardings as all_onboardings
from app.cases.custody.replay import rebuild as rebuild
from app.cases.custody.replay import timeline as timeline
