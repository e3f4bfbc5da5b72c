"""The charts and diagrams of the programme: figures with their descriptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import url_for
from markupsafe import Markup

from app.base import formatting
from app.onboarding.entity_list.filters import STAGES
from app.onboarding.entity_list.query import EntityQuery
from app.onboarding.programme.cases import CANCELLED, DONE, NOT_BEGUN, OUT_OF_SCOPE
from app.onboarding.programme.charts import Bar, Chart, Row, Tile
from app.onboarding.programme.figures import Group, Place, Spread, Step, Took, Week
from app.onboarding.programme.months import Month
from app.onboarding.programme.regions import TILES
from workflows.definition import Definition
from workflows.diagram import Figure, Mark, svg

#: Place outside the stages → its label.
ENDS: Mapping[str, str] = {
    NOT_BEGUN: "Sin iniciar",
    DONE: "Terminaron",
    OUT_OF_SCOPE: "No corresponde",
    CANCELLED: "Anuladas",
}
#: URL value of `ver` of the map → (label, text after a count).
SHOWN: Mapping[str, tuple[str, str]] = {
    "en-marcha": ("En marcha", "en marcha"),
    "terminado": ("Terminaron", "que terminaron"),
    "sin-iniciar": ("Sin iniciar", "sin iniciar"),
}


def _entities(count: int) -> str:
    return formatting.plural(count, "entidad", "entidades")


def funnel(every: Group, validated: Mapping[str, int], names: Mapping[str, str]) -> Chart:
    """Draw how many entities are in each stage, and where it was validated.

    Those that have not begun or have ended are many more; they are numbers on the page.
    """
    rows = []
    for number, stage in enumerate(STAGES, 1):
        row = _row(every, stage, f"{number}. {names[stage]}", "solid")
        if validated[stage]:
            count = validated[stage]
            label = formatting.plural(count, "convalidada", "convalidadas")
            said = f"{names[stage]}: convalidada en {_entities(count)}"
            url = EntityQuery({"convalidada": stage}).address()
            row = Row(row.name, [*row.bars, Bar(count, url, said, "striped", label)])
        rows.append(row)
    return Chart(
        "embudo",
        "Entidades en cada etapa",
        f"De {formatting.plural(every.under_way, 'entidad', 'entidades')} en marcha: cuántas están "
        "en cada etapa. La barra rayada dice en cuántas se convalidó la etapa.",
        rows,
    )


def _row(every: Group, place: str, name: str, pattern: str) -> Row:
    count = every.count(place)
    url = every.url_of(place) if count else ""
    return Row(name, [Bar(count, url, f"{name}: {_entities(count)}", pattern)])


def by_week(weeks: Sequence[Week]) -> Chart:
    """Draw the work completed each week."""
    rows = []
    for week in weeks:
        of_week = f"la semana del {formatting.day(week.monday)}"
        url = url_for("programme_lists.week", monday=week.monday.isoformat())
        stages = formatting.plural(week.total, "etapa terminada", "etapas terminadas")
        ended = formatting.plural(
            week.ended, "implementación concluida", "implementaciones concluidas"
        )
        rows.append(
            Row(
                f"{week.monday.day} {formatting.MONTHS[week.monday.month - 1][:3]}",
                [
                    Bar(week.total, url, f"{stages} en {of_week}"),
                    Bar(week.ended, week.ended_url, f"{ended} en {of_week}", "striped"),
                ],
            )
        )
    return Chart(
        "semanas",
        "Terminado por semana",
        f"Etapas terminadas (barra llena) e implementaciones concluidas (barra rayada) en cada una "
        f"de las últimas {len(weeks)} semanas.",
        rows,
    )


def by_month(months: Sequence[Month]) -> Chart:
    """Draw the work completed each month."""
    rows = []
    for one in months:
        url = url_for("programme_lists.month", month=one.key)
        stages = formatting.plural(one.stages, "etapa terminada", "etapas terminadas")
        ended = formatting.plural(
            one.ended, "implementación concluida", "implementaciones concluidas"
        )
        rows.append(
            Row(
                f"{one.name[:3]} {one.first.year % 100}",
                [
                    Bar(one.stages, url, f"{stages} en {one.name}"),
                    Bar(one.ended, one.ended_url, f"{ended} en {one.name}", "striped"),
                ],
            )
        )
    return Chart(
        "meses",
        "Terminado por mes",
        "Etapas terminadas (barra llena) e implementaciones concluidas (barra rayada) en cada mes.",
        rows,
    )


def tile_map(regions: Sequence[Group], shown: str) -> Chart:
    """Draw the regions at about their places, with number and share of the entities shown."""
    by_name = {group.name: group for group in regions}
    title, words_after = SHOWN[shown]
    found = []
    for name, (short, column) in TILES.items():
        group = by_name.get(name) or Group(name, EntityQuery({"region": name}), {}, 0)
        count = group.under_way if shown == "en-marcha" else group.count(shown)
        share = group.share(shown)
        of_all = f"{formatting.number(count)} de {_entities(group.total)}"
        said = f"{name}: {of_all} {words_after}, {share} %"
        url = group.url_of(shown) if count else ""
        found.append(Tile(column, name, short, count, share, url, said))
    return Chart(
        "mapa",
        f"Regiones: {title.lower()}",
        "Un cuadro por región, más o menos en su lugar. Dice cuántas entidades son y qué parte de "
        "las de la región; la barra de su izquierda llega hasta esa parte.",
        tiles=found,
    )


def durations(took: Sequence[Took], names: Mapping[str, str]) -> Chart:
    """Draw the median of each stage as a bar, and a line up to its P90."""
    rows = []
    for number, one in enumerate(took, 1):
        if one.total.count:
            median, p90 = one.total.median or 0, one.total.p90 or 0
            said = f"{names[one.stage]}: mediana {_days(median)}, P90 {_days(p90)}"
            label = f"{formatting.number(median)} · P90 {formatting.number(p90)}"
            url = url_for("programme_lists.finished", stage=one.stage)
            bar = Bar(median, url, said, "solid", label, max(p90, median))
        else:
            bar = Bar(0, "", f"{names[one.stage]}: nadie la ha terminado", "solid", "nadie aún")
        rows.append(Row(f"{number}. {names[one.stage]}", [bar]))
    return Chart(
        "dias",
        "Días hábiles por etapa",
        "La barra llega hasta la mediana, y la línea hasta el P90, de los días hábiles de las "
        "entidades que terminaron la etapa.",
        rows,
    )


def _days(count: int) -> str:
    return formatting.plural(count, "día hábil", "días hábiles")


# Diagrams -------------------------------------------------------------------------------------

#: Id of an end event of the onboarding → its place.
ENDINGS: Mapping[str, str] = {"onboarding_out_of_scope": OUT_OF_SCOPE, "onboarding_done": DONE}


def course(
    definition: Definition, every: Group, validated: Mapping[str, int], took: Sequence[Took]
) -> Markup:
    """Draw the onboarding with the number of entities at its nodes, and the median of days."""
    marks = {"onboarding_starts": _at(every, NOT_BEGUN)}
    for one in took:
        stage, name = one.stage, definition.element_name(one.stage)
        count = every.count(stage)
        here = Figure(
            formatting.number(count),
            every.url_of(stage) if count else "",
            f"{name}: {_entities(count)}",
        )
        url = url_for("programme_lists.finished", stage=stage)
        marks[f"stage_{stage}"] = Mark(
            url=url_for("programme.stage", stage=stage),
            title=f"{name}. Ver su diagrama",
            figures=(here, *_median(one.total, url, name, "que la terminaron")),
        )
        title = f"{name}: convalidada en {_entities(validated[stage])}"
        url = EntityQuery({"convalidada": stage}).address()
        marks[f"{stage}_is_validated"] = _number(validated[stage], url, title)
    marks |= {end: _at(every, place) for end, place in ENDINGS.items()}
    return _drawn(definition, "onboarding", marks, "recorrido")


def _at(every: Group, place: str) -> Mark:
    count = every.count(place)
    return _number(count, every.url_of(place), f"{ENDS[place]}: {_entities(count)}")


def _number(count: int, url: str, title: str) -> Mark:
    """Return the number at an event or gateway; 0 has no link."""
    return Mark(label=formatting.number(count), url=url if count else "", title=title)


def _median(spread: Spread, url: str, name: str, of: str) -> tuple[Figure, ...]:
    """Return the median of days at a task, with a link to the counted cases."""
    if spread.median is None:
        return ()
    title = f"{name}: mediana de {_days(spread.median)}, de {formatting.number(spread.count)} {of}"
    return (Figure(f"{formatting.number(spread.median)} d", url, title),)


def stage_course(
    definition: Definition, stage: str, steps: Sequence[Step], places: Sequence[Place]
) -> Markup:
    """Draw a stage: entities and median of days at each step, those that wait for a day, and those
    that came to its ends."""
    marks = {}
    for step in steps:
        here = Figure(
            formatting.plural(step.open, "abierta", "abiertas"),
            step.url if step.open else "",
            f"{step.name}: abierta en {_entities(step.open)}",
        )
        url = url_for("programme_lists.answered", step=step.id)
        median = _median(step.spread, url, step.name, "respuestas")
        marks[step.id] = Mark(figures=(here, *median))
    for place in places:
        title = f"{place.name}: {_entities(place.count)}"
        marks[place.id] = _number(place.count, place.url, title)
    return _drawn(definition, stage, marks, "etapa")


def _drawn(definition: Definition, process: str, marks: Mapping[str, Mark], key: str) -> Markup:
    return Markup(svg(definition, process, marks, key=key))  # noqa: S704 — it escapes its texts
