"""Cards: read as one paragraph in either language, by counts and never by person."""

from fractions import Fraction

import pytest

from evaluation.card_documents import card_document, read_card_document
from evaluation.cards import read_card, shown_sources
from evaluation.explaining import paragraph
from evaluation.scorecards import compute_cards
from evaluation.votes import Measured
from tests.cases.district import District
from tests.evaluation.builders import STREET, a_scheme, a_source, a_vote, some_stewards, the_shipped_scheme
from tests.evaluation.closed import Q4, a_judged_quarter, close


async def test_a_card_explains_itself_in_chinese_and_english_with_the_counts_that_it_rests_on(
    district: District,
) -> None:
    await a_judged_quarter(district)
    await close(district)
    reader = await district.database.reader()
    card = await read_card(reader, district.zhao, Q4)
    assert card is not None
    zh, en = paragraph(card, "zh"), paragraph(card, "en")
    for figure in (f"{float(card.score or 0):.2f}", f"{float(card.low or 0):.2f}", f"{float(card.high or 0):.2f}"):
        assert figure in zh
        assert figure in en
    assert "7 张票" in zh
    assert "7 ballots" in en
    assert "4 件中 4 件" in zh
    assert "4 of 4 cases" in en
    assert "不到 5 张票" in zh  # one clerk of the street
    assert "看得见的变化答的人少，不单列" in zh
    for person in ("赵示例", "clerk", str(district.zhao)):
        assert person not in zh + en
    other = await read_card(reader, district.qian, Q4)
    assert other is not None
    assert "街巷居民的票不足 5 张，这次不计。" in paragraph(other, "zh")
    assert "the others weigh more in proportion" in paragraph(other, "en")


@pytest.mark.parametrize(
    ("answered", "hidden"),
    [
        ((9, 9, 9, 9), set()),
        ((9, 9, 9, 2), {"manner", "change"}),  # a lone gap could be worked out from the sum
        ((9, 8, 2, 1), {"manner", "recognition"}),
        ((9, 2, 1, 1), {"change", "manner", "recognition"}),
    ],
)
def test_questions_that_few_answered_show_no_figure(answered: tuple[int, ...], hidden: set[str]) -> None:
    scheme = the_shipped_scheme()
    codes = ("satisfaction", "change", "recognition", "manner")
    stewards = some_stewards(3)
    votes = [
        a_vote(steward, {code: 4 for code, count in zip(codes, answered, strict=True) if at < count})
        for steward in stewards
        for at in range(9)
    ]
    for card in compute_cards(scheme, stewards, votes, {}).values():
        [residents] = [source for source in shown_sources(card, scheme) if source.code == "residents"]
        assert {one.code for one in residents.dimensions if one.score is None} == hidden
        assert all(one.ballots is None or one.ballots >= 5 for one in residents.dimensions)


def test_what_is_kept_of_a_card_is_what_was_computed() -> None:
    measured = {"code": "accuracy", "zh": "准", "en": "x", "weight": "100/3", "measure": "accuracy"}
    asked = {"code": "overall", "zh": "总", "en": "x", "weight": "200/3"}
    scheme = a_scheme(a_source("street", dimensions=[measured, asked], severity=True, weight="100"))
    stewards = some_stewards(5)
    votes = [a_vote(s, 61 + at, source="street", rater="r") for at, s in enumerate(stewards)]
    facts = {s: {"accuracy": Measured(Fraction(100, 3), 3, 1, Fraction(9123, 100))} for s in stewards}
    for steward, card in compute_cards(scheme, stewards, votes, facts).items():  # type: ignore[arg-type]
        kept = card_document(card)
        again = read_card_document(kept, scheme, steward_id=steward, street_id=STREET)
        assert card_document(again) == kept
        assert (again.score, again.low, again.high, again.sources) == (card.score, card.low, card.high, card.sources)
