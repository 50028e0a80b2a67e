# SPDX-License-Identifier: Apache-2.0
"""Colours and sizes. A picture is as wide as a telephone held upright shows without shrinking its letters."""

import contextlib
from dataclasses import dataclass

import matplotlib

WIDTH = 4.7  # inches


@dataclass(frozen=True)
class Theme:
    name: str
    background: str
    text: str
    faint: str
    ours: tuple  # in the order of the catalogue
    languages: dict
    lines: tuple  # of the peers in a line chart


# Told apart by colour-blind eyes too (the palette of Okabe and Ito, lighter on dark).
LIGHT = Theme("light", "#ffffff", "#1f2328", "#c2c8cf", ("#0b3d91", "#7a5cc8", "#4f83cc", "#1565c0", "#9a6fd0"),
              {"go": "#56b4e9", "rust": "#d55e00", "c": "#7f7f7f", "c++": "#009e73", "java": "#cc79a7",
               "nim": "#b8a800", "swift": "#e69f00"},
              ("#d55e00", "#009e73", "#cc79a7", "#e69f00", "#7f7f7f", "#8c564b"))
DARK = Theme("dark", "#0d1117", "#e6edf3", "#3d444d", ("#79b8ff", "#a78bfa", "#3f7fd0", "#a5d1ff", "#c7b3ff"),
             {"go": "#56b4e9", "rust": "#f08a4b", "c": "#a5a5a5", "c++": "#3fc39a", "java": "#e3a0c5",
              "nim": "#e8dc4a", "swift": "#f0b840"},
             ("#f08a4b", "#3fc39a", "#e3a0c5", "#f0b840", "#a5a5a5", "#c49c94"))
THEMES = (LIGHT, DARK)


@contextlib.contextmanager
def drawing(theme):
    with matplotlib.rc_context({
            "svg.fonttype": "none", "svg.hashsalt": "tributary", "font.family": "sans-serif", "font.size": 8.5,
            "axes.titlesize": 10, "axes.titleweight": "bold", "axes.titlelocation": "left",
            "figure.facecolor": theme.background, "axes.facecolor": theme.background,
            "savefig.facecolor": theme.background, "text.color": theme.text, "axes.labelcolor": theme.text,
            "axes.edgecolor": theme.faint, "xtick.color": theme.text, "ytick.color": theme.text,
            "grid.color": theme.faint, "grid.linewidth": 0.5, "axes.grid": True, "axes.axisbelow": True,
            "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False,
            "legend.fontsize": 8, "figure.constrained_layout.use": True}):
        yield
