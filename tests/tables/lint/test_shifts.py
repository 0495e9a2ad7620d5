"""Runs of rows that have their neighbours' characters: neighbours, with gaps, turned round, spread."""

import pytest

from gaiji_hub.tables.lint.runs import Comparison, neighbours, spread

WORD = "いろはにほへとちりぬるをわかよたれそつねならむ"


def found(mine: str, said: str = WORD) -> list[tuple[str, int]]:
    comparison = Comparison([(ord(c),) for c in mine], [frozenset({(ord(c),)}) for c in said])
    return [("".join(mine[place] for place in places), step) for places, step, _ in neighbours(comparison)]


def test_the_same_list_has_no_runs():
    assert found(WORD) == []


@pytest.mark.parametrize("length", [2, 3, 7])
@pytest.mark.parametrize("first", [0, 5, 12])
@pytest.mark.parametrize("step", [1, -1])
def test_every_run_of_neighbours(length: int, first: int, step: int):
    first += step < 0
    run = WORD[first + step : first + step + length]
    assert found(WORD[:first] + run + WORD[first + length :]) == [(run, step)]


@pytest.mark.parametrize("step", [2, -2])
def test_runs_two_places_off_need_three(step: int):
    for length, expected in ((2, 0), (3, 1)):
        run = WORD[5 + step : 5 + step + length]
        assert len(found(WORD[:5] + run + WORD[5 + length :])) == expected


def test_a_run_turned_round_is_found_whole():
    turned = WORD[:5] + WORD[6:10] + WORD[5] + WORD[10:]
    assert found(turned) == [(turned[5:10], 1)]
    back = WORD[:5] + WORD[9] + WORD[5:9] + WORD[10:]
    assert found(back) == [(back[5:10], -1)]


def test_one_foreign_entry_does_not_end_a_run():
    mine = WORD[:5] + WORD[6] + WORD[7] + "京" + WORD[9] + WORD[10] + WORD[10:]
    assert found(mine) == [(mine[5:10], 1)]


def test_where_the_list_repeats_itself_the_run_goes_on():
    said = "いろははほへと"
    mine = "ろははほへとと"
    assert found(mine, said)[0][1] == 1
    assert len(found(mine, said)[0][0]) == 6


def test_two_swapped_entries_are_no_run():
    assert found(WORD[:5] + WORD[6] + WORD[5] + WORD[7:]) == []


def test_single_wrong_entries_are_no_run():
    assert found(WORD[:5] + WORD[6] + WORD[6:]) == []
    assert found("京" + WORD[1:]) == []


def spread_of(moved: dict[int, int]) -> list[list[int]]:
    said = [frozenset({(0x4E00 + at,)}) for at in range(200)]
    mine = [(0x4E00 + moved.get(at, at),) for at in range(200)]
    return [places for places, _, _ in spread(Comparison(mine, said))]


def test_a_run_over_a_list_of_codes_that_are_no_neighbours():
    assert spread_of({10: 30, 30: 55, 55: 80, 80: 81, 81: 120}) == [[10, 30, 55, 80, 81]]
    assert spread_of({30: 10, 55: 30, 80: 55, 120: 80}) == [[30, 55, 80, 120]]


def test_two_displaced_entries_and_random_ones_are_no_run():
    assert spread_of({10: 30, 30: 55}) == []
    assert spread_of({10: 190, 60: 3, 100: 99, 150: 20}) == []
