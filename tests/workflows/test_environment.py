"""The values that an instance reads from its environment: dates, and errors of reading them."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.workflows.test_instance import to_induction
from tests.workflows.walking import Walk, World


def test_the_environment_s_own_errors_are_not_hidden(definition):
    class Unknown(World):
        def day_of(self, name: str):
            raise LookupError(name)

    walk = to_induction(Walk(definition, "onboarding", Unknown()))
    with pytest.raises(LookupError, match="thematic_session"):
        walk.instance.complete(walk.task("choose_thematic").id, "chosen")


def test_moments_are_utc_whatever_zone_the_environment_uses(definition):
    class Lima(World):
        def due(self, step: str):
            return super().due(step).astimezone(ZoneInfo("America/Lima"))

    walk = Walk(definition, "onboarding", Lima())
    walk.all("designate done", "file filed", "review observed")
    at = walk.instance.waiting()[0].at
    assert (at, at.utcoffset()) == (walk.world.now + timedelta(days=5), timedelta(0))
