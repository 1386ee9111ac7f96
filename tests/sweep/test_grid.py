"""What a sweep varies: checked names and types, every combination once."""

from __future__ import annotations

import numpy as np
import pytest

from quantum.errors import ConfigError
from quantum.sweeping.grid import make_grid
from sweep.traders import Maker, Mode, Needs


def rows(grid, strategy=Maker, **more):
    return make_grid(strategy, grid, **{"trials": None, "seed": 0} | more).trials


def test_every_combination_the_last_parameter_fastest():
    assert rows({"half": [1, 2], "limit": [3, 4]}) == [
        {"half": 1.0, "limit": 3}, {"half": 1.0, "limit": 4}, {"half": 2.0, "limit": 3}, {"half": 2.0, "limit": 4},
    ]  # fmt: skip


def test_values_come_from_anything_that_holds_some():
    assert rows({"half": np.array([1.0, 2.0]), "limit": range(2)})[1] == {"half": 1.0, "limit": 1}
    assert [row["limit"] for row in rows({"limit": (np.int64(n) for n in (5, 6))})] == [5, 6]
    assert [row["mode"] for row in rows({"mode": Mode})] == [Mode.BOTH, Mode.BUY]


def test_values_are_what_the_strategy_takes():
    assert all(type(row["half"]) is float for row in rows({"half": [1, 2]}))
    assert all(type(row["limit"]) is int for row in rows({"limit": np.arange(3)}))


def test_a_list_of_combinations_leaves_what_it_does_not_name():
    assert rows([{"half": 2}, {"limit": 9}, {"half": 4, "limit": 9}]) == [
        {"half": 2.0, "limit": 3}, {"half": 1.0, "limit": 9}, {"half": 4.0, "limit": 9},
    ]  # fmt: skip
    assert rows([{"half": 2}, {"limit": 9}], Maker(limit=7))[0] == {"half": 2.0, "limit": 7}


def test_an_instance_keeps_its_other_parameters():
    made = make_grid(Maker(qty=0.25, half=8.0), {"half": [1, 2]}, trials=None, seed=0)
    assert [made.strategy(number).qty for number in (0, 1)] == [0.25, 0.25]
    assert [made.strategy(number).half for number in (0, 1)] == [1.0, 2.0]


def test_each_strategy_has_its_own_arrays():
    made = make_grid(Maker, {"half": [1, 2]}, trials=None, seed=0)
    first, second, before = made.strategy(0), made.strategy(0), Maker.seen.copy()
    first.seen[:] = -7.0
    for other in (second, Maker, made.strategy(1)):
        assert np.array_equal(other.seen, before)


def test_some_combinations_are_drawn_by_the_seed_without_repeating_one():
    axes = {"half": range(1, 101), "limit": range(1000), "n": range(1000)}  # a hundred million
    drawn = rows(axes, trials=50, seed=3)
    assert len({tuple(row.values()) for row in drawn}) == 50
    assert drawn == rows(axes, trials=50, seed=3) != rows(axes, trials=50, seed=4)
    everything = rows({"half": [1, 2, 3], "limit": [1, 2, 3]})
    some = rows({"half": [1, 2, 3], "limit": [1, 2, 3]}, trials=5)
    assert [row for row in everything if row in some] == some
    assert rows({"half": [1, 2]}, trials=10) == rows({"half": [1, 2]})


@pytest.mark.parametrize(
    ("grid", "said"),
    [
        ({"halff": [1]}, "Maker has no parameter 'halff': did you mean 'half'?"),
        ([{"half": 1}, {"hlaf": 1}], "Maker has no parameter 'hlaf': did you mean 'half'?"),
        ({"half": ["a"]}, "Maker.half must be float, not str 'a'"),
        ({"limit": [1, 2.5]}, "Maker.limit must be int, not float 2.5"),
        ({"limit": [True]}, "Maker.limit must be int, not True"),
        ({"half": 1}, "grid['half'] must be a list of values, such as [1], not 1"),
        ({"tag": "ab"}, "grid['tag'] must be a list of values"),
        ({"half": []}, "grid['half'] has no values"),
        ({"half": [1, 1.0]}, "grid['half'] holds 1.0 twice"),
        ([{"half": 1}, {"half": 2}, {"half": 1}], "grid[2] is the same as grid[0]"),
        ([{"half": 1}, 3], "grid[1] must be a dict of parameters, not 3"),
        ({}, "grid is empty"),
        ([], "grid is empty"),
        ("half", "grid must be values by parameter or a list of dicts, not str"),
        ({"limit": range(2000), "n": range(2000)}, "4,000,000 combinations, more than 1,000,000"),
    ],
)
def test_what_makes_no_sense_is_said(grid, said):
    with pytest.raises(ConfigError) as failure:
        rows(grid)
    assert said in str(failure.value)


def test_a_parameter_without_default_must_be_there():
    assert rows({"level": [1, 2]}, Needs)[1] == {"level": 2}
    with pytest.raises(ConfigError, match="needs a value for its parameter 'level'"):
        rows({"x": [1, 2]}, Needs)
    with pytest.raises(ConfigError, match=r"grid\[1\] has no 'level', which has no default in Needs"):
        rows([{"level": 1}, {"x": 2}], Needs)


@pytest.mark.parametrize("trials", [0, -1, 1.5, True])
def test_the_number_of_trials_is_checked(trials):
    with pytest.raises(ConfigError, match="trials must be a whole number above 0"):
        rows({"half": [1, 2]}, trials=trials)


def test_only_strategies_are_swept():
    for wrong in (int, 3, "Maker"):
        with pytest.raises(ConfigError, match=r"class derived from quantum\.Strategy"):
            rows({"half": [1]}, wrong)
