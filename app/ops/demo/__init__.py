"""A demo: an installation that looks as if the programme had run for eight months.

Nothing is written behind the engine's back: entities are started, people activate, sign and
answer through `app.cases.processes` with the examples of the steps' folders, and time passes on a
virtual clock. `characters`: how an entity behaves; `agenda`: what happens when; `programme`: the
run itself; `answers`: one step answered; `people`: invented persons and their accounts.
"""

from app.ops.demo.programme import fill

__all__ = ["fill"]
