"""The strategy class: parameters, callbacks by name, what is refused before anything runs."""

from __future__ import annotations

import re
from typing import ClassVar

import pytest

import quantum as q
from backtest.market import quiet
from quantum.errors import ConfigError
from quantum.strategy import CALLBACKS


class Base(q.Strategy):
    qty: float = 0.01
    levels: int = 3
    label: str = "a"
    both: bool = True
    shared: ClassVar[int] = 7
    plain = 5
    _hidden: int = 1


class Derived(Base):
    qty: float = 0.5
    needed: int


def test_parameters_have_their_defaults_and_their_order():
    assert Base().parameters() == {"qty": 0.01, "levels": 3, "label": "a", "both": True}
    assert repr(Base(levels=4)) == "Base(qty=0.01, levels=4, label='a', both=True)"


def test_what_is_no_parameter_is_none():
    for name in ("shared", "plain", "_hidden"):
        with pytest.raises(ConfigError, match=f"no parameter '{name}'"):
            Base(**{name: 1})


def test_inherited_parameters_keep_their_place_and_take_the_derived_default():
    strategy = Derived(needed=1)
    assert strategy.parameters() == {"qty": 0.5, "levels": 3, "label": "a", "both": True, "needed": 1}


def test_a_parameter_without_a_value_is_named():
    with pytest.raises(ConfigError, match="Derived needs a value for its parameter 'needed'"):
        Derived()


def test_a_misspelt_parameter_names_the_nearest():
    with pytest.raises(ConfigError, match=re.escape("Base has no parameter 'levls': did you mean 'levels'?")):
        Base(levls=4)


def test_a_parameter_like_no_other_lists_what_there_is():
    with pytest.raises(ConfigError, match="it has qty, levels, label, both"):
        Base(zzzzzz=4)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("qty", "0.1", "Base.qty must be float, not str '0.1'"),
        ("qty", None, "Base.qty must be float, not NoneType None"),
        ("qty", True, "Base.qty must be float, not bool True"),
        ("levels", 2.0, "Base.levels must be int, not float 2.0"),
        ("levels", True, "Base.levels must be int, not True"),
        ("label", 3, "Base.label must be str, not int 3"),
        ("both", 1, "Base.both must be bool, not int 1"),
    ],
)
def test_annotations_that_are_strings_are_checked_all_the_same(name, value, said):
    """This file has `from __future__ import annotations`: every annotation above is text."""
    with pytest.raises(ConfigError, match=re.escape(said)):
        Base(**{name: value})


def test_a_whole_number_is_a_float_where_one_is_wanted():
    strategy = Base(qty=1)
    assert strategy.qty == 1.0
    assert type(strategy.qty) is float


def test_a_parameter_is_of_the_instance_not_of_the_class():
    Base(qty=2.0)
    assert Base().qty == 0.01


@pytest.mark.parametrize(
    ("name", "nearest"), [("on_timr", "on_timer"), ("on_fills", "on_fill"), ("on_books", "on_book")]
)
def test_a_misspelt_callback_is_refused_when_the_class_is_made(name, nearest):
    with pytest.raises(ConfigError, match=f"Misspelt.{name} is no callback: did you mean '{nearest}'?"):
        type("Misspelt", (q.Strategy,), {name: lambda self, ctx: None})


def test_a_callback_like_no_other_lists_what_there_is():
    with pytest.raises(ConfigError, match="it has on_start, on_book"):
        type("Odd", (q.Strategy,), {"on_zzzzzzzz": lambda self, ctx: None})


def test_only_what_a_class_defines_is_called():
    class Timed(q.Strategy):
        def on_start(self, ctx):
            ctx.every("100ms")

        def on_timer(self, ctx):
            pass

    run = q.backtest(Timed(), quiet(1000).recording())
    assert set(Timed().callbacks()) == {"on_start", "on_timer"}
    assert set(run.raw["latencies"]) == {"on_start", "on_timer"}
    assert run.raw["calls"] == 10


def test_inherited_callbacks_are_called():
    class First(q.Strategy):
        def on_start(self, ctx):
            self.seen = ["start"]

    class Second(First):
        def on_stop(self, ctx):
            self.seen.append("stop")

    strategy = Second()
    q.backtest(strategy, quiet(100).recording())
    assert strategy.seen == ["start", "stop"]


def test_every_callback_has_its_place_in_the_core():
    calls = {name: (lambda self, ctx, *what: None) for name in CALLBACKS}
    calls["on_start"] = lambda self, ctx: ctx.subscribe("1m")
    data = quiet(100).trade(100, "buy", 202, 1).recording()
    run = q.backtest(type("All", (q.Strategy,), calls)(), data, scanner=q.Scanner())
    assert {"on_start", "on_book", "on_trade", "on_stop"} <= set(run.raw["latencies"])


def test_a_class_in_place_of_an_instance_is_told_what_to_write():
    with pytest.raises(ConfigError, match=re.escape("pass an instance, Base(), not the class Base")):
        q.backtest(Base, quiet(10).recording())


@pytest.mark.parametrize("strategy", [None, 3, "touch", object()])
def test_what_is_no_strategy_is_refused(strategy):
    with pytest.raises(ConfigError, match=r"strategy must be a quantum\.Strategy, not"):
        q.backtest(strategy, quiet(10).recording())


def test_a_strategy_without_a_callback_runs():
    run = q.backtest(type("Nothing", (q.Strategy,), {})(), quiet(10).recording())
    assert run.ended == "end of data"
    assert run.totals["orders"] == 0
