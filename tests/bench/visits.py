"""All measures of the register of visits, in the order in which they run."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.bench import (
    filled_visits,
    measures_of_backup,
    measures_of_chain,
    measures_of_suppression,
    measures_of_visits,
    measures_of_visits_exported,
    measures_of_visits_recorded,
)
from tests.bench.bench import Bench
from tests.bench.figures import Figure

Measures = Mapping[str, Callable[[Bench], Figure]]


def measures() -> Measures:
    """Return the measures that the filling allows: a database that is not copied is only read."""
    reading: Measures = {
        **measures_of_visits.MEASURES,
        **measures_of_visits_exported.MEASURES,
    }
    if not filled_visits.filling().copied:
        return reading
    return {
        **reading,
        **measures_of_backup.MEASURES,
        **measures_of_visits_recorded.MEASURES,
        **measures_of_suppression.MEASURES,
        **measures_of_chain.MEASURES,
    }
