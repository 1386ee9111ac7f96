"""The command's tree, and what a failure looks like: one line for a mistake, a traceback for a strategy's own error."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import click
from click.shell_completion import get_completion_class

import quantum as q
from quantum.cli.backtest import backtest, run
from quantum.cli.doctor import doctor
from quantum.cli.scan import scan
from quantum.cli.sweep import sweep
from quantum.config import defaults_table
from quantum.errors import QuantumError

PROGRAM = "quantum"
INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=True)
@click.version_option(q.__version__, prog_name=PROGRAM)
@click.option("--debug", is_flag=True, help="Show the traceback of every error.")
def app(debug: bool) -> None:  # read in execute()
    """Quantum Engine: one strategy from research to live trading."""


@app.group()
def data() -> None:
    """Recordings: what is in them."""


@data.command("info")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def data_info(file: Path) -> None:
    """Say what FILE holds: format, instrument and increments, times, counts, gaps, malformed lines."""
    click.echo(str(q.data.info(file)))


@app.command("config")
@click.option("--defaults", is_flag=True, help="The table of defaults: name, value, meaning.")
def config(defaults: bool) -> None:
    """What holds when nothing else is said."""
    if not defaults:
        raise click.UsageError("say what to show: quantum config --defaults")
    rows = list(defaults_table())
    name, value = max(len(row.name) for row in rows), max(len(str(row.value)) for row in rows)
    for row in rows:
        click.echo(f"{row.name:<{name}}  {row.value!s:>{value}}  {row.what}")


@app.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completions(shell: str) -> None:
    """Print the completion script of SHELL; for bash: eval "$(quantum completions bash)"."""
    script = get_completion_class(shell)
    if script is None:  # a newer click may drop a shell
        raise click.UsageError(f"the installed click completes no {shell}")
    click.echo(script(app, {}, PROGRAM, "_QUANTUM_COMPLETE").source())


app.add_command(backtest)
app.add_command(run)
app.add_command(sweep)
app.add_command(doctor)
app.add_command(scan)


def execute(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and gives its exit code; failures are said on stderr."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = bool(given) and given[0] == "--debug"
    try:
        code = app.main(args=given, prog_name=PROGRAM, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except QuantumError as error:
        if debug:
            traceback.print_exc()
        elif error.__cause__ is not None and not isinstance(error.__cause__, QuantumError | ImportError):
            show(error.__cause__)
        elif isinstance(error, SyntaxError):
            traceback.print_exception(None, error, None)  # the line and its caret
            return 2
        click.echo(f"{PROGRAM}: {error}", err=True)
        return 2
    except Exception as error:  # noqa: BLE001  # a strategy may raise anything; it is shown, and the exit code says so
        if debug:
            traceback.print_exc()
        else:
            show(error)
        return 1
    return code if isinstance(code, int) else 0


def show(error: BaseException) -> None:
    """Prints an exception with the part of its traceback that is the user's: from the first frame not ours."""
    ours = (str(Path(q.__file__).parent), str(Path(click.__file__).parent), "<frozen importlib")
    trace: TracebackType | None = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(ours):
        trace = trace.tb_next
    traceback.print_exception(type(error), error, trace or error.__traceback__)
