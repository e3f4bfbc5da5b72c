"""How entities behave: their pace, their mistakes, and the events that happen to them.

A character declares only its departures from the good path: `answers` holds, for each step, how
its first answers end (an outcome, the name of an example, LAPSED, or SHORT). Other answers are
the step's first example.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import Random

#: No answer: the timer ends the step.
LAPSED = "lapsed"
#: A demo test that is presented too early.
SHORT = "short"
#: A call that is not answered, three times before a letter is sent.
SILENCE = ("not_reached",) * 3


@dataclass(frozen=True)
class Event:
    """An event in the life of an entity, `after` working days from the beginning of a stage."""

    #: redesignation, change_authority, change_personnel, suspend, resume, cancel, validate, back
    kind: str
    stage: str
    after: int = 2
    detail: str = ""


@dataclass(frozen=True)
class Character:
    """The behaviour of an entity; `pace` is the share of each term that it takes, (least, most).

    `begins` is where in the past months it starts (0: at their beginning, 1: now), (least, most).
    `sleeps` is the stage in which it stops answering until a call wakes it. `stops` are steps
    that it never answers.
    """

    name: str
    pace: tuple[float, float] = (0.3, 0.9)
    begins: tuple[float, float] = (0.2, 0.95)
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    validated: tuple[str, ...] = ()
    sleeps: str = ""
    stops: tuple[str, ...] = ()
    #: Index in `people.ENTITIES`; -1 for people without a printed login.
    played_by: int = -1


DILIGENT = Character("diligent", (0.1, 0.4), (0.4, 0.99))
STEADY = Character("steady", (0.3, 0.9), (0.3, 0.99))
SLOW = Character("slow", (0.6, 1.4), (0.2, 0.99))
LATE = Character("late", (0.9, 2.5), (0.1, 0.97))
PLAIN = (DILIGENT, STEADY, STEADY, SLOW, SLOW, LATE, LATE)

#: In the middle of the path, with an open step for each of its people.
SHOWN = Character(
    "shown",
    (0.1, 0.25),
    (0.8, 0.8),
    events=(Event("change_authority", "demo_test", 1),),
    stops=("run_demo_test", "register_authority_change"),
    played_by=0,
)
#: At its first steps: the preparer has papers to present.
BEGINNING = Character(
    "beginning", (0.1, 0.25), (0.955, 0.955), stops=("file_designation",), played_by=1
)
#: Has published its visits for months: a desk to try.
PUBLISHING = Character("publishing", (0.1, 0.25), (0.1, 0.1), played_by=2)
#: Characters with a login, by the number of their entity.
WITH_LOGIN = {0: SHOWN, 1: BEGINNING, 3: PUBLISHING}

SPECIAL = (
    Character("observed by the desk", answers={"record_reception": ("observed",)}),
    Character("observed by the SIP", answers={"review_designation": ("observed",)}),
    Character("out of scope", answers={"review_designation": ("out_of_scope",)}),
    Character(
        "lapsed correction",
        begins=(0.0, 0.7),
        answers={"review_designation": ("observed",), "correct_designation": (LAPSED,)},
    ),
    Character(
        "no-show",
        begins=(0.0, 0.7),
        answers={
            "record_thematic_induction": ("absent",),
            "record_technical_induction": ("absent",),
        },
    ),
    Character(
        "fails the demo test",
        (0.1, 0.5),
        (0.0, 0.5),
        answers={
            "run_demo_test": (SHORT,),
            "validate_demo_results": ("retry",),
            "approve_demo_test": ("observed",),
        },
    ),
    Character(
        "loses its administrator",
        begins=(0.1, 0.6),
        events=(Event("redesignation", "training"),),
    ),
    Character(
        "under way before",
        begins=(0.2, 0.9),
        validated=("designation", "induction"),
    ),
    Character(
        "silent from the first day",
        begins=(0.0, 0.25),
        answers={"call_entity": SILENCE * 3},
        sleeps="designation",
    ),
    Character(
        "sleeps until called",
        begins=(0.0, 0.35),
        answers={"call_entity": (*SILENCE, "not_reached")},
        sleeps="training",
    ),
    Character(
        "asleep these days",
        (0.2, 0.5),
        (0.45, 0.55),
        answers={"call_entity": SILENCE * 3},
        sleeps="training",
    ),
    Character(
        "new authority",
        (0.1, 0.6),
        (0.0, 0.4),
        events=(
            Event("change_authority", "production"),
            Event("change_personnel", "production", 2),
        ),
    ),
    Character("suspended", begins=(0.1, 0.5), events=(Event("suspend", "demo_test", 4),)),
    Character(
        "observed again",
        (0.1, 0.5),
        (0.0, 0.4),
        answers={
            "record_personnel_reception": ("observed",),
            "review_personnel": ("observed", "persiste una observación"),
        },
    ),
    Character(
        "validated on the way",
        begins=(0.1, 0.8),
        events=(Event("validate", "induction", 4), Event("validate", "training", 3)),
    ),
    Character(
        "returned near the end",
        (0.1, 0.3),
        (0.0, 0.2),
        answers={
            "confirm_production": ("returned",),
            "approve_decision_makers": ("returned",),
            "train_decision_makers": ("incomplete",),
            "close_onboarding": ("return_training",),
        },
    ),
    Character(
        "lets sessions be chosen for it",
        begins=(0.0, 0.8),
        answers={
            "choose_thematic_session": (LAPSED,),
            "choose_technical_session": (LAPSED,),
        },
    ),
    Character(
        "observed twice",
        begins=(0.0, 0.8),
        answers={
            "record_reception": ("observed",),
            "review_designation": ("observed", "persiste una observación"),
        },
    ),
    Character(
        "trains nobody",
        begins=(0.0, 0.5),
        answers={
            "report_training": ("nadie asistió",),
            "review_training": ("observed",),
        },
    ),
    Character("never presented", answers={"record_reception": ("not_filed",)}),
    Character(
        "sleeps near the end",
        (0.1, 0.2),
        (0.0, 0.1),
        answers={"call_entity": ("no_agreement", *SILENCE, *SILENCE)},
        sleeps="resubmission",
    ),
    Character(
        "suspended for a while",
        begins=(0.0, 0.5),
        events=(Event("suspend", "training", 3), Event("resume", "training", 20)),
    ),
    Character(
        "lets the second correction lapse",
        (0.1, 0.4),
        (0.0, 0.3),
        answers={"review_personnel": ("observed",), "correct_personnel": (LAPSED,)},
    ),
    Character(
        "sent back",
        begins=(0.0, 0.5),
        events=(Event("back", "training", 4, "stage_induction"),),
    ),
    Character("cancelled", begins=(0.2, 0.8), events=(Event("cancel", "designation", 9),)),
)


#: Number of entities that live through all the past months. Later ones came with the last call, so
#: that an installation with every entity of the country is filled in minutes.
FOUNDERS = 80
#: When the last call was, in the terms of `Character.begins`.
LAST_CALL = (0.93, 0.995)
#: Stages in which an entity that already had a register may continue.
AHEAD = ("designation", "induction", "training", "demo_test", "resubmission", "production")


def cast(number: int, random: Random) -> Character:
    """Return the character of the entity with that number.

    First come those with a login, then each special one once, every second time; from then on
    one special in three; after FOUNDERS, newcomers.
    """
    if number in WITH_LOGIN:
        return WITH_LOGIN[number]
    if number >= FOUNDERS:
        return newcomer(random)
    place, odd = divmod(number, 2)
    if place <= len(SPECIAL) and not odd:
        return SPECIAL[place - 1]
    if place > len(SPECIAL) and random.random() < 1 / 3:
        return random.choice(SPECIAL)
    return random.choice(PLAIN)


def newcomer(random: Random) -> Character:
    """Return a newcomer: three in five start a new register, two in five already had one."""
    if random.random() < 3 / 5:
        return replace(random.choice(PLAIN), begins=LAST_CALL)
    done = AHEAD[: random.randint(1, len(AHEAD))]
    return Character("came with a register", begins=LAST_CALL, validated=done)
