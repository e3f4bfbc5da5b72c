"""Posted pages of steps: `posted` takes them; `another_lane` those of users who lost the step."""

from app.onboarding.tasks.taking.another_lane import take_from_former_lane as take_from_former_lane
from app.onboarding.tasks.taking.posted import Load as Load
from app.onboarding.tasks.taking.posted import Overtaken as Overtaken
from app.onboarding.tasks.taking.posted import save_draft as save_draft
from app.onboarding.tasks.taking.posted import take_page as take_page
from app.onboarding.tasks.taking.posted import take_review as take_review
