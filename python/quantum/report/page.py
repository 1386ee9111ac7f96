"""One HTML file that needs no network: the frame of the tear sheet and of every other report."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from quantum.plot.page import POLICY, library

__all__ = ["page"]


def page(title: str, body: Sequence[str], figure: str, script: str) -> str:
    """The whole page.

    ``body`` is HTML with an element ``charts``; ``figure`` is a plotly figure as JSON, which ``script``, a file that
    lies beside this one, draws there.
    """
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{asset('tearsheet.css')}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(body)
        + f'\n</main>\n<script type="application/json" id="figure">{figure}</script>\n'
        f'<script type="text/plain" id="library">{library()}</script>\n'
        f"<script>{asset(script)}</script>\n</body>\n</html>\n"
    )


def asset(name: str) -> str:
    """A file that lies beside this one."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
