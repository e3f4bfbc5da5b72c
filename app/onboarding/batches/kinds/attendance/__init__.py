"""The attendance of an induction session as a batch, and its correction.

`recording`: the answers of the steps that record it; `fixing`: their return.
"""

from app.onboarding.batches.kinds.attendance.fixing import ATTENDANCE_FIX as ATTENDANCE_FIX
from app.onboarding.batches.kinds.attendance.recording import ATTENDANCE as ATTENDANCE
