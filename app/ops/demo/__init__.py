"""A demo: an installation that looks as if the programme had run for eight months.

Nothing is written behind the engine's back: entities are started, people activate, sign and
answer through `app.cases.processes` with the examples of the steps' folders, and time passes on a
virtual clock. `characters`: how an entity behaves; `agenda`: what happens when; `programme`: the
run itself; `answers`: one step answered; `people`: invented persons and their accounts;
`questions`: what entities ask at the end.
"""

from flask import Flask

from app.ops.demo import programme, questions


def fill(app: Flask, entities: int, seed: int) -> int:
    """Fill the installation (see `programme.fill`), and add questions of its entities."""
    refused = programme.fill(app, entities, seed)
    questions.add(app)
    return refused
