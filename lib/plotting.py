"""The look of every figure in the book, and the only place that imports matplotlib.

Figures are drawn in light colours; the site makes the dark copy of each by
exchanging the colours of `DARK`. So a chapter uses these colours and no others.
"""

import matplotlib as mpl

INK = "#2b2f36"
FAINT = "#8a8f98"
# After Okabe and Ito (2008), darkened until each has a contrast of 3:1 on white.
BLUE, ORANGE, GREEN, PINK = "#0072b2", "#c65300", "#008a66", "#b3588f"
CYCLE = [BLUE, ORANGE, GREEN, PINK]
LINESTYLES = ["-", "--", "-.", ":"]

#: Light colour -> its counterpart on a dark page.
DARK = {
    INK: "#d9dde3",
    FAINT: "#9aa1ab",
    BLUE: "#56b4e9",
    ORANGE: "#f28e4b",
    GREEN: "#2dc79b",
    PINK: "#d98cba",
}

STYLE = {
    # Small enough that labels can still be read when a phone shrinks the figure.
    "figure.figsize": (5.8, 3.3),
    "figure.facecolor": "none",
    "figure.constrained_layout.use": True,
    "axes.facecolor": "none",
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.prop_cycle": mpl.cycler(color=CYCLE, linestyle=LINESTYLES),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 11,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": FAINT,
    "grid.alpha": 0.35,
    "hatch.color": INK,
    "patch.edgecolor": INK,
    "lines.linewidth": 1.8,
    "legend.frameon": False,
    "font.size": 11,
    "font.family": "sans-serif",
    "mathtext.fontset": "dejavusans",
    "savefig.facecolor": "none",
    # Text stays text: small files, readable by search and by screen readers.
    "svg.fonttype": "none",
    # Two runs must leave the same bytes: ids from a constant, no date (below).
    "svg.hashsalt": "The Information Theory of Machine Learning",
    "svg.image_inline": True,
}


def use_book_style():
    """Draw all later figures of this kernel in the style of the book.

    Inside Jupyter the figures become deterministic SVG; elsewhere only
    matplotlib's settings change.

    Examples
    --------
    >>> use_book_style()
    """
    mpl.rcParams.update(STYLE)
    try:
        from IPython import get_ipython
        from matplotlib_inline.backend_inline import set_matplotlib_formats
    except ImportError:
        return
    if get_ipython() is not None:
        get_ipython().run_line_magic("matplotlib", "inline")
        set_matplotlib_formats("svg", metadata={"Date": None})
        mpl.rcParams.update(STYLE)  # the inline backend resets a few of them
