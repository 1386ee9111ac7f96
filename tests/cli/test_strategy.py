"""From text on the command line to strategies, parameters and instruments."""

from __future__ import annotations

import pytest

import quantum as q
from quantum.cli.strategy import load_strategy, parse_instrument, parse_parameters
from quantum.errors import ConfigError

SOURCE = """
import quantum as q
from helper import STEP

class Touch(q.Strategy):
    qty: float = 0.01
    levels: int = 3
    both: bool = True
    label: str = "a"
    needed: float

class Wide(Touch):
    width: int = STEP

class Plain:
    pass

number = 3
"""


@pytest.fixture
def file(tmp_path):
    (tmp_path / "helper.py").write_text("STEP = 5\n")
    path = tmp_path / "touch.py"
    path.write_text(SOURCE)
    return path


def test_a_class_is_found_in_its_file_with_the_files_beside_it_importable(file):
    assert load_strategy(f"{file}:Touch").__name__ == "Touch"
    assert load_strategy(f"{file}:Wide").width == 5
    assert issubclass(load_strategy(f"{file}:Wide"), q.Strategy)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("touch.py", "a strategy is named file.py:Class, not 'touch.py'"),
        ("{folder}/tuoch.py:Touch", "did you mean {folder}/touch.py?"),
        ("{folder}/nowhere/x.py:Touch", "no strategy file '{folder}/nowhere/x.py' (looked in {folder}/nowhere)"),
        ("{folder}/touch.py:Tuoch", "no class 'Tuoch' in {folder}/touch.py; did you mean Touch?"),
        ("{folder}/touch.py:Zzz", "there is Touch, Wide"),
        ("{folder}/touch.py:Plain", "Plain in {folder}/touch.py is no quantum.Strategy but a class that does not"),
        ("{folder}/touch.py:number", "but an int"),
    ],
)
def test_what_is_not_a_strategy_is_said_with_what_was_meant(file, place, said):
    folder = str(file.parent)
    with pytest.raises(ConfigError) as raised:
        load_strategy(place.format(folder=folder))
    assert said.format(folder=folder) in str(raised.value)


def test_a_file_that_is_not_python_is_refused(tmp_path):
    path = tmp_path / "touch.txt"
    path.write_text("hello")
    with pytest.raises(ConfigError, match=r"ending in \.py"):
        load_strategy(f"{path}:Touch")


def test_an_exception_in_the_strategys_file_is_its_own(tmp_path):
    path = tmp_path / "broken.py"
    path.write_text("1 / 0\n")
    with pytest.raises(ZeroDivisionError):
        load_strategy(f"{path}:Touch")


def test_parameters_take_the_type_of_their_field(file):
    wide = load_strategy(f"{file}:Wide")
    given = ["qty=0.02", "levels=7", "both=false", "label=x=y", "needed=2", "width=9"]
    parsed = parse_parameters(wide, given)
    assert parsed == {"qty": 0.02, "levels": 7, "both": False, "label": "x=y", "needed": 2.0, "width": 9}
    assert [type(value) for value in parsed.values()] == [float, int, bool, str, float, int]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("qyt=1", "Touch has no parameter 'qyt'; did you mean qty?"),
        ("qty", "a parameter is given as name=value, not 'qty'"),
        ("levels=2.5", "Touch.levels is an int, which '2.5' is not"),
        ("both=maybe", "Touch.both is a bool, which 'maybe' is not"),
        ("qty=much", "Touch.qty is a float, which 'much' is not"),
    ],
)
def test_a_parameter_that_does_not_fit_is_said(file, given, said):
    with pytest.raises(ConfigError) as raised:
        parse_parameters(load_strategy(f"{file}:Touch"), [given])
    assert said in str(raised.value)


def test_an_instrument_is_symbol_tick_and_lot():
    btc = parse_instrument("BTCUSDT:0.1:0.001")
    assert (btc.symbol, btc.tick_size, btc.lot_size, btc.currency) == ("BTCUSDT", "0.1", "0.001", "USDT")
    assert parse_instrument("AAPL:0.01:1").currency == "USD"
    assert parse_instrument("ETHBTC:0.00001:0.0001").currency == "BTC"
    assert parse_instrument("6E:0.00005:1:EUR").currency == "EUR"


@pytest.mark.parametrize(
    "text", ["BTCUSDT", "BTCUSDT:0.1", "BTCUSDT::0.001", "a:b:c:d:e", "BTCUSDT:0:1", "BTCUSDT:x:1"]
)
def test_an_instrument_that_is_none_is_refused(text):
    with pytest.raises(ConfigError):
        parse_instrument(text)
