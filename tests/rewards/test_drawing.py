"""The rule of draws: recomputed by a second, naive program; fair; and no part of what is published can be bent."""

import hashlib
from collections import Counter
from dataclasses import replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from kernel.ids import derived_id
from rewards.drawing import (
    Published,
    commitment_of,
    rank_tickets,
    recompute,
    roll_of,
    ticket_of,
    winners_of,
)

DRAW = derived_id("draw", "2026-11")
SEEDS = st.binary(min_size=32, max_size=32).map(bytes.hex)


def tickets(count: int) -> list[UUID]:
    return [ticket_of(DRAW, derived_id("steward", str(number))) for number in range(count)]


def naive_order(seed: str, known: list[UUID]) -> list[UUID]:
    """As the documents tell it, line by line, without a line of ours."""
    listed = ""
    for ticket in sorted(str(ticket) for ticket in known):
        listed += ticket + "\n"
    roll = hashlib.sha256(listed.encode("utf-8")).hexdigest()
    keyed = []
    for ticket in known:
        digest = hashlib.sha256((seed + "\n" + roll + "\n" + str(ticket)).encode("utf-8")).hexdigest()
        keyed.append((digest, ticket))
    keyed.sort(key=lambda pair: pair[0])
    return [ticket for _, ticket in keyed]


@given(seed=SEEDS, known=st.sets(st.uuids(), max_size=40), places=st.integers(1, 12), data=st.data())
def test_a_second_program_finds_the_same_winners(seed: str, known: set[UUID], places: int, data: st.DataObject) -> None:
    order = rank_tickets(seed, known)
    assert order == naive_order(seed, list(known))
    passed = data.draw(st.sets(st.sampled_from(order), max_size=3)) if order else set()
    won = winners_of(order, places, passed)
    assert won == [ticket for ticket in naive_order(seed, list(known)) if ticket not in passed][:places]
    assert len(won) == min(places, len(known) - len(passed))


@given(seed=SEEDS, order=st.permutations(tickets(9)))
def test_the_order_in_which_people_applied_changes_nothing(seed: str, order: list[UUID]) -> None:
    assert rank_tickets(seed, order) == rank_tickets(seed, tickets(9))


def test_the_draw_that_the_documents_show_comes_out_as_they_say() -> None:
    seed = "00" * 32
    known = tickets(3)
    assert commitment_of(DRAW, seed) == hashlib.sha256(f"jinpai-draw/1\n{DRAW}\n{seed}".encode()).hexdigest()
    assert rank_tickets(seed, known) == naive_order(seed, known)


def test_everybody_wins_equally_often() -> None:
    """Chi-square over 4,000 draws of 1 in 20, the seeds fixed: 19 degrees of freedom, 43.8 is the 0.1 % point."""
    known = tickets(20)
    won = Counter(rank_tickets(f"{number:064x}", known)[0] for number in range(4_000))
    expected = 4_000 / 20
    assert sum((won[ticket] - expected) ** 2 / expected for ticket in known) < 43.8


def test_whoever_is_first_says_nothing_about_who_is_second() -> None:
    """Chi-square over the ordered pairs of 6: 29 degrees of freedom, 58.3 is the 0.1 % point."""
    known = tickets(6)
    pairs = Counter(tuple(rank_tickets(f"{number:064x}", known)[:2]) for number in range(6_000))
    expected = 6_000 / 30
    assert len(pairs) == 30
    assert sum((count - expected) ** 2 / expected for count in pairs.values()) < 58.3


def test_one_more_applicant_shuffles_everybody_anew() -> None:
    """Who knows the seed cannot tell the winner before the list is closed."""
    kept = sum(
        rank_tickets(f"{number:064x}", tickets(20))[0] == rank_tickets(f"{number:064x}", tickets(21))[0]
        for number in range(400)
    )
    assert kept < 50  # 20 are expected by chance


def a_published_draw(**changes: object) -> Published:
    seed, known = "ab" * 32, tickets(10)
    order = rank_tickets(seed, known)
    passed = {order[1]: "not_enough_points"}
    done = Published(
        draw_id=DRAW,
        places=3,
        commitment=commitment_of(DRAW, seed),
        seed=seed,
        tickets=known,
        winners=winners_of(order, 3, passed),
        passed_over=passed,
    )
    return replace(done, **changes)


def test_an_honest_draw_is_found_sound() -> None:
    done = a_published_draw()
    found = recompute(done)
    assert found.sound
    assert found.winners == tuple(done.winners)
    assert found.roll == roll_of(done.tickets)


def test_whatever_was_bent_afterwards_is_named() -> None:
    done = a_published_draw()
    order = rank_tickets(done.seed, done.tickets)
    bent = {
        "another seed": replace(done, seed="cd" * 32),
        "a friend for a winner": replace(done, winners=[*done.winners[:2], order[-1]]),
        "winners in another order": replace(done, winners=list(reversed(done.winners))),
        "a ticket less": replace(done, tickets=done.tickets[1:]),
        "a ticket twice": replace(done, tickets=[*done.tickets, done.tickets[0]]),
        "one place less": replace(done, places=2),
        "a loser passed over for show": replace(done, passed_over={**done.passed_over, order[-1]: "not_enough_points"}),
        "a winner passed over": replace(done, passed_over={**done.passed_over, order[0]: "not_enough_points"}),
    }
    for what, published in bent.items():
        assert not recompute(published).sound, what
    assert recompute(bent["another seed"]).faults[0] == "commitment"


def test_a_draw_with_fewer_applicants_than_places_gives_all_of_them_a_place() -> None:
    seed, known = "ef" * 32, tickets(2)
    done = a_published_draw(
        seed=seed,
        commitment=commitment_of(DRAW, seed),
        tickets=known,
        winners=rank_tickets(seed, known),
        passed_over={},
        places=5,
    )
    assert recompute(done).sound


def test_a_draw_without_applicants_has_no_winners() -> None:
    assert recompute(a_published_draw(tickets=[], winners=[], passed_over={})).sound
