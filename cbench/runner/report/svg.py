# SPDX-License-Identifier: Apache-2.0
"""Pictures as SVG. The letters stay letters, so that a page's reader can search and enlarge them."""

import io

from report.pictures import PICTURES
from report.theme import THEMES, drawing


def svg(comparison, name, theme, caption=None):
    """None if nothing of it was measured."""
    draw, parameters, _ = PICTURES[name]
    with drawing(theme):
        figure = draw(comparison, theme, **parameters)
        if figure is None:
            return None
        if caption:
            figure.supxlabel(caption, fontsize=6.5, color=theme.text, x=0.01, ha="left")
        output = io.BytesIO()
        # No date inside: the same figures make the same file.
        figure.savefig(output, format="svg", metadata={"Date": None})
        return output.getvalue()


def both(comparison, name, caption=None):
    """By the themes' names; None if nothing of it was measured."""
    made = {theme.name: svg(comparison, name, theme, caption) for theme in THEMES}
    return made if all(made.values()) else None
