"""The command as a user types it: what is printed, where, and with which exit code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import quantum as q
from quantum.cli.app import execute
from quantum.config import DEFAULTS, defaults_table

ROOT = Path(__file__).resolve().parent.parent.parent
TOUCH = ROOT / "examples" / "touch.py"

RAISING = """
import quantum as q

class Raising(q.Strategy):
    def on_start(self, ctx):
        ctx.every("100ms")

    def on_timer(self, ctx):
        raise LookupError("lost my way")
"""


def test_version_is_one_line(capsys):
    assert execute(["--version"]) == 0
    assert capsys.readouterr().out == f"quantum, version {q.__version__}\n"


def test_doctor_names_the_build_the_machine_and_the_versions(capsys):
    assert execute(["doctor"]) == 0
    said = capsys.readouterr().out
    for part in ("revision", "compiled for", "this CPU", "purge delay", "numpy", "plotly", "shared data", "cargo"):
        assert part in said
    assert all(len(line) > 14 for line in said.splitlines())


def test_doctor_says_what_is_absent(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("QUANTUM_SHARED", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("quantum.cli.doctor.OPTIONAL", {"no-such-library": "report"})
    assert execute(["doctor"]) == 0
    said = capsys.readouterr().out
    assert f"not found in {tmp_path}" in said
    assert "not on PATH" in said
    assert "not installed (pip install 'quantum-hft[report]')" in said


def test_config_prints_every_default(capsys):
    assert execute(["config", "--defaults"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(list(defaults_table()))
    assert any(line.split()[:2] == ["cash", str(DEFAULTS.cash)] for line in lines)


def test_config_without_an_option_is_told_what_to_say(capsys):
    assert execute(["config"]) == 2
    assert "quantum config --defaults" in capsys.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions_are_a_script_for_the_shell(capsys, shell):
    assert execute(["completions", shell]) == 0
    assert "_QUANTUM_COMPLETE" in capsys.readouterr().out


def test_an_unknown_option_is_a_mistake_in_the_call(capsys):
    assert execute(["backtest", "--strateg"]) == 2
    assert "--strategy" in capsys.readouterr().err


def test_a_missing_recording_is_named_before_anything_runs(capsys):
    assert execute(["backtest", "--strategy", f"{TOUCH}:Touch", "--data", "nowhere.gz"]) == 2
    assert "nowhere.gz" in capsys.readouterr().err
    assert execute(["data", "info", "nowhere.gz"]) == 2
    assert "nowhere.gz" in capsys.readouterr().err


def test_a_wrong_strategy_is_one_line_on_stderr_and_a_traceback_with_debug(capsys):
    assert execute(["run", "--strategy", f"{TOUCH}:Tuoch"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == f"quantum: no class 'Tuoch' in {TOUCH}; did you mean Touch?\n"
    assert execute(["--debug", "run", "--strategy", f"{TOUCH}:Tuoch"]) == 2
    assert "Traceback" in capsys.readouterr().err


def test_an_instrument_without_a_recording_is_refused(capsys):
    assert execute(["run", "--strategy", f"{TOUCH}:Touch", "--instrument", "BTCUSDT:0.1:0.001"]) == 2
    assert "give --data too" in capsys.readouterr().err


def test_without_click_the_command_says_what_to_install():
    program = "import sys; sys.modules['click'] = None; from quantum.cli import main; main(['--version'])"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr == "the quantum command needs click: pip install 'quantum-hft[cli]'\n"


def test_the_module_runs_as_the_command():
    result = subprocess.run(
        [sys.executable, "-m", "quantum.cli", "--version"], capture_output=True, text=True, check=True
    )
    assert result.stdout == f"quantum, version {q.__version__}\n"


def test_run_trades_the_built_in_market_and_writes_one_html_file(capsys, tmp_path):
    report = tmp_path / "made" / "touch.html"
    assert execute(["run", "--strategy", f"{TOUCH}:Touch", "--report", str(report)]) == 0
    said = capsys.readouterr().out
    assert "synthetic" in said
    assert said.splitlines()[-1] == f"report: {report}"
    assert "</html>" in report.read_text()[-200:]


def test_a_parameter_reaches_the_strategy(capsys, tmp_path):
    call = ["run", "--strategy", f"{TOUCH}:Touch", "--report", str(tmp_path / "touch.html")]
    assert execute(call) == 0
    trading = capsys.readouterr().out
    assert execute([*call, "--param", "max_position=0"]) == 0
    assert capsys.readouterr().out != trading


def test_backtest_trades_a_recording_with_the_options_given(capsys, tmp_path, shared):
    recording = shared("data/binance/usdm_btcusdt_20240808.gz")
    report = tmp_path / "touch.html"
    options = "--instrument BTCUSDT:0.1:0.001 --venue-latency 10ms --queue power --maker-bps -0.5 --taker-bps 7"
    call = ["backtest", "--strategy", f"{TOUCH}:Touch", "--data", str(recording), "--report", str(report)]
    assert execute([*call, *options.split(), "--fills", "partial", "--cash", "1000000", "--param", "qty=0.02"]) == 0
    said = capsys.readouterr().out
    assert "BTCUSDT tick 0.1 lot 0.001 (as given)" in said
    assert report.stat().st_size > 1000


def test_compile_gives_the_same_summary_and_says_once_that_it_compiles(capsys, tmp_path, monkeypatch):
    pytest.importorskip("numba")
    from quantum.compiler import unit

    monkeypatch.setattr(unit, "_said", False)
    page, said = tmp_path / "touch.html", []
    for extra in ([], ["--compile"], ["--compile"]):
        assert execute(["run", "--strategy", f"{TOUCH}:Touch", "--report", str(page), *extra]) == 0
        said.append(capsys.readouterr())
    results = [[line for line in one.out.splitlines() if line.startswith(("P&L", "Trades", "Orders"))] for one in said]
    assert results[0] == results[1] == results[2]
    assert len(results[0]) == 3
    assert [one.err.count("compiling Touch") for one in said] == [0, 1, 0]


def test_compile_without_numba_names_the_extra(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    assert execute(["run", "--strategy", f"{TOUCH}:Touch", "--compile"]) == 2
    assert "pip install 'quantum-hft[compile]'" in capsys.readouterr().err


def test_what_cannot_be_compiled_is_shown_with_its_line_and_a_caret(capsys, tmp_path):
    pytest.importorskip("numba")
    file = tmp_path / "typo.py"
    file.write_text(
        "import quantum as q\n\nclass Typo(q.Strategy):\n    def on_book(self, ctx):\n        ctx.byu(1.0)\n"
    )
    assert execute(["run", "--strategy", f"{file}:Typo", "--compile"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1].endswith("did you mean 'buy'? [compile=True, Typo.on_book]")
    assert lines[-2].strip("^ ") == ""
    assert lines[-3].strip() == "ctx.byu(1.0)"
    assert f'"{file}", line 5' in lines[-4]


def test_run_infers_the_instrument_of_a_recording_and_says_so(capsys, tmp_path, shared):
    recording = shared("data/binance/usdm_ethusdt_20240808.gz")
    report = str(tmp_path / "touch.html")
    assert execute(["run", "--strategy", f"{TOUCH}:Touch", "--data", str(recording), "--report", report]) == 0
    assert "ETHUSDT tick 0.01 lot 0.001 (inferred" in capsys.readouterr().out


def test_data_info_names_the_symbol_and_the_counts(capsys, shared):
    assert execute(["data", "info", str(shared("data/binance/usdm_btcusdt_20240808.gz"))]) == 0
    assert "BTCUSDT" in capsys.readouterr().out


def test_data_that_is_none_is_one_line(capsys, tmp_path):
    empty = tmp_path / "empty.gz"
    empty.write_bytes(b"")
    assert execute(["data", "info", str(empty)]) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith("quantum: ")
    assert len(printed.err.splitlines()) == 1


def test_a_strategys_own_exception_is_shown_from_its_own_line(capsys, tmp_path):
    path = tmp_path / "raising.py"
    path.write_text(RAISING)
    assert execute(["run", "--strategy", f"{path}:Raising", "--report", str(tmp_path / "r.html")]) != 0
    said = capsys.readouterr().err
    assert "LookupError: lost my way" in said
    assert f'File "{path}"' in said
    assert "in on_timer" in said
    assert "click" not in said


def test_an_exception_while_a_strategys_file_loads_is_shown_from_its_own_line(capsys, tmp_path):
    path = tmp_path / "broken.py"
    path.write_text("price = 1 / 0\n")
    assert execute(["run", "--strategy", f"{path}:Touch"]) == 1
    said = capsys.readouterr().err
    assert said.splitlines()[1] == f'  File "{path}", line 1, in <module>'
    assert "ZeroDivisionError" in said
