"""The search finds exactly what is there: alike on both databases, by every plan."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.base import calendar
from app.register import search
from app.register.facts import keys
from app.register.search import on_postgresql, on_sqlite, prepared, sample
from app.register.search.query import Query
from tests.app.register.search import sought
from tests.app.register.search.sought import Plain
from tests.app.visited import CODE, Visited
from tests.statements import statements

pytestmark = pytest.mark.postgresql

COUNT = 600


@pytest.fixture
def filled(visited: Visited) -> Visited:
    sought.fill(visited, COUNT)
    return visited


#: Whole words, parts of words, words of one or two letters, and texts that are no word.
typed = st.one_of(
    st.sampled_from(
        "quispe QUÍSPE ñahui nahui huam amani isp ana osc a de y s.a.c. 50% _ % \" ' «bases» "
        "higgins o'higgins (mesa zzz qui que AND NOT near/2 visit_text: *ana* ana^ a.b".split()
    ),
    st.text("aeimnoqruspñáí%_.'\"", min_size=1, max_size=6),
)
queries = st.fixed_dictionaries(
    {"q": st.lists(typed, max_size=4).map(" ".join)},
    optional={
        "desde": st.dates(date(2025, 11, 20), date(2026, 3, 2)).map(date.isoformat),
        "hasta": st.dates(date(2025, 11, 20), date(2026, 3, 2)).map(date.isoformat),
        "entidad": st.sampled_from([CODE, sought.OTHER, "E00000"]),
        "categoria": st.sampled_from(["work", "interests"]),
        "intereses": st.just("1"),
        "visitante": st.sampled_from([f"0000{number:04}" for number in range(6)]),
        "estado": st.sampled_from(["vigentes", "anuladas"]),
    },
)
#: Plans: by an index of words; by scanning visits in turn; or as the search chooses.
WAYS = ("usual", "by_words", "in_turn")
ways = st.sampled_from(WAYS)


def go(way: str, patch: pytest.MonkeyPatch) -> None:
    """Force one plan of the search, where there is one."""
    by_words = way == "by_words"
    for engine in (on_sqlite, on_postgresql):
        patch.setattr(engine, "NEAR", {"usual": 60, "in_turn": 10**6}.get(way, 0))
    for price in ("STEP", "SCATTERED"):
        patch.setattr(on_postgresql, price, 10**9 if by_words else 1e-9)


def everything(session: Session, query: Query) -> list[str]:
    """Return the codes of all pages, one after the other, which must agree."""
    codes: list[str] = []
    after = None
    while True:
        page = search.page(session, query, after)
        assert not page.wants_letters
        codes += [row["codigo"] for row in page.rows]
        after = page.next
        if after is None:
            assert page.count == len(codes)
            return codes
        assert len(page.rows) == search.PAGE


def wants_letters(query: Query) -> bool:
    return bool(query.words) and not prepared.parts_of(query.words)


@pytest.mark.guard("many searches are compared with a scan")
def test_the_search_finds_the_same_as_a_scan_of_all_visits(
    filled: Visited, monkeypatch: pytest.MonkeyPatch
):
    with filled.reading() as session:
        plain = Plain.of(session)

        @settings(
            max_examples=150,
            suppress_health_check=[HealthCheck.function_scoped_fixture],
        )
        @given(queries, ways)
        def finds_the_same(args: dict[str, str], way: str) -> None:
            if "visitante" in args:
                args = args | {"visitante": keys.visitor_key("DNI", args["visitante"])}
            query = Query.of(args)
            with monkeypatch.context() as patch:
                go(way, patch)
                if query.faults:
                    assert search.page(session, query) == search.Found()
                elif wants_letters(query) and (
                    way != "in_turn" or not prepared.PreparedQuery.of(session, query).near
                ):
                    found = search.page(session, query)
                    assert found.wants_letters or found.count == len(plain.find(query))
                else:
                    assert everything(session, query) == plain.find(query)

        finds_the_same()


@pytest.mark.nightly
@pytest.mark.parametrize("way", WAYS)
def test_a_search_that_changes_nothing_finds_each_visit_once(
    filled: Visited, monkeypatch: pytest.MonkeyPatch, way: str
):
    go(way, monkeypatch)
    with filled.reading() as session:
        plain = Plain.of(session)
        for words in ("quispe", "ana", "isp", "rojas lucia", "mamani quispe", ""):
            query = Query.of({"q": words})
            assert everything(session, query) == plain.find(query)
            assert len(plain.find(query)) > 5


def test_accents_case_order_and_place_in_the_word_do_not_matter(visited: Visited):
    visited.visit(name="HUAMÁN ÑAHUI MARÍA", kind="private", entity="Consorcio Pingüino")
    with visited.reading() as session:
        for words in (
            "huaman",
            "HUAMÁN",
            "maria ñahui",
            "Nahui Maria HUAMAN",
            "uama ahu",
            "pinguino convenio rojas",
            "«Huamán, María»",
            "ma huaman",
        ):
            assert search.page(session, Query.of({"q": words})).count == 1, words
        for words in ("huamani", "maria quispe", "huaman  zz", "nahui%", "hu_man"):
            assert search.page(session, Query.of({"q": words})).count == 0, words


def test_short_words_alone_ask_for_letters_unless_the_scope_is_small(visited: Visited):
    visited.visit(name="Li Wu")
    visited.visit(name="Otra Persona")
    with visited.reading() as session:
        assert search.page(session, Query.of({"q": "li"})).wants_letters
        assert search.page(session, Query.of({"q": "% _"})).wants_letters
        of_entity = search.page(session, Query.of({"q": "li wu", "entidad": CODE}))
        assert (of_entity.wants_letters, of_entity.count) == (False, 1)


def test_short_words_in_a_big_scope_ask_for_letters_too(
    visited: Visited, monkeypatch: pytest.MonkeyPatch
):
    for _ in range(3):
        visited.visit(name="Li Wu")
    for engine in (on_sqlite, on_postgresql):
        monkeypatch.setattr(engine, "NEAR", 2)
    with visited.reading() as session:
        assert search.page(session, Query.of({"q": "li", "entidad": CODE})).wants_letters


@pytest.mark.nightly
@pytest.mark.parametrize("way", WAYS)
def test_more_than_a_thousand_are_not_counted(
    visited: Visited, monkeypatch: pytest.MonkeyPatch, way: str
):
    go(way, monkeypatch)
    with visited.writing() as session:
        rows = (
            sought.row(entry_at=calendar.now() - timedelta(minutes=number))
            for number in range(1005)
        )
        sought.add(session, visited.register(session), rows)
    with visited.reading() as session:
        for args in ({"q": "quispe"}, {"q": "inventada ana"}, {}, {"entidad": CODE, "q": "isp"}):
            page = search.page(session, Query.of(args))
            assert (page.capped, len(page.rows)) == (True, 50)
            again = search.page(session, Query.of(args), page.next)
            assert (again.capped, len(again.rows)) == (True, 50)
        assert not search.page(session, Query.of({"q": "otra"})).capped


@pytest.mark.nightly
def test_pages_lose_and_double_nothing_while_visits_are_added(visited: Visited):
    for number in range(120):
        visited.visit(ago=number, name=f"Quispe Inventada {number}")
    query, codes, after = Query.of({"q": "quispe"}), [], None
    with visited.reading() as session:
        before = Plain.of(session).find(query)
    while True:
        page = visited.read(search.page, query, after)
        codes += [row["codigo"] for row in page.rows]
        visited.visit(name="Quispe Nueva")
        after = page.next
        if after is None:
            break
    assert codes == before


@pytest.mark.nightly
def test_a_page_takes_a_fixed_number_of_statements(filled: Visited):
    engine = filled.app.extensions["engine"]
    for args in [
        {"q": "quispe"},
        {"q": "quispe mamani ana"},
        {"q": "zzzz"},
        {},
        {"q": "isp", "entidad": CODE},
        {"entidad": CODE, "desde": "2026-02-01", "hasta": "2026-02-28"},
        {"q": "quispe", "categoria": "work", "intereses": "1"},
    ]:
        with filled.reading() as session:
            sample.of(session)
            with statements(engine) as sent:
                first = search.page(session, Query.of(args))
            assert len(sent) <= 9
            if first.next:
                with statements(engine) as sent:
                    search.page(session, Query.of(args), first.next)
                assert len(sent) <= 10


@pytest.mark.nightly
def test_a_page_leaves_the_database_as_it_was(filled: Visited):
    with filled.reading() as session:
        search.page(session, Query.of({"q": "quispe"}))
        if session.get_bind().dialect.name == "postgresql":
            for name in ("enable_seqscan", "enable_bitmapscan", "enable_indexscan", "jit"):
                assert session.connection().exec_driver_sql(f"show {name}").scalar() == "on"


@pytest.mark.nightly
def test_the_sample_distinguishes_rare_from_frequent(filled: Visited):
    taken = filled.read(sample.take)
    parts = prepared.parts_of(["quispe", "consorcio"])
    choice = sample.choose(taken, parts, on_sqlite.PRICES)
    shares = {part: taken.share(taken.which(part)) for part in parts}
    assert shares["qui"] > shares["spe"] > 0.1
    assert min(shares.values()) == shares[choice.parts[0]]
    assert 0 < taken.share(taken.which("zzz")) < 0.01


def test_a_sample_is_of_all_visits_not_of_the_newest(visited: Visited, monkeypatch):
    monkeypatch.setattr(sample, "TEXTS", 10)
    random = Random(3)
    with visited.writing() as session:
        sought.add(session, visited.register(session), sought.some(random, 100))
        taken = sample.take(session)
    assert taken.total == 100
    assert len(taken.texts) == 10


def test_pages_share_one_sample(visited: Visited, monkeypatch: pytest.MonkeyPatch):
    visited.visit()
    taken = []
    take = sample.take
    monkeypatch.setattr(sample, "take", lambda session: taken.append(1) or take(session))
    for _ in range(3):
        assert "Inventada" in visited.browser().get("/visitas?q=quispe").text
    assert len(taken) == 1


def test_a_share_of_few_texts_is_not_trusted():
    texts = ["quispe"] * 9 + ["rojas"] * 1 + ["otra"] * 90
    taken = sample.Sample(texts, 10_000)
    assert taken.at_least(taken.which("quispe")) == pytest.approx(6 / 101)
    assert taken.at_least(taken.which("rojas")) == taken.at_least(taken.which("zzz")) > 0
