"""The house style of every figure, and a drawing as SVG and PNG. Knows no statistic and no report.

Figures are read in grey and by the colour-blind: an arm has a marker and a hatch of its own beside its colour (Okabe &
Ito 2008). Texts are outlines, so that a figure looks the same everywhere, and the same data give the same bytes. Needs
matplotlib (extra `figures`), which is imported when the first figure is drawn.
"""

from __future__ import annotations

import io
import textwrap
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, TypeVar, cast

from analysis.visible_text import safe
from simulator.errors import ReportError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

P = ParamSpec("P")
R = TypeVar("R")

WIDTH_INCHES = 7.2
DPI = 160
INK, QUIET, LINE, SOFT = "#1d1d1f", "#5a5a60", "#d5d5d0", "#e6e6e2"
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
HATCHES = ("", "////", "....", "xxxx", "\\\\\\\\", "----", "++++")
_CHINESE = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "PingFang SC",
    "Microsoft YaHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Hiragino Sans GB",
    "Droid Sans Fallback",
)
_NO_GLYPH = "\N{WHITE SQUARE}"


class Look(NamedTuple):
    """How one arm is drawn. `is_filled` tells apart arms beyond the seventh, whose colors come again."""

    color: str
    marker: str
    hatch: str
    is_filled: bool

    def marker_style(self) -> dict[str, Any]:
        """For a marker: filled, or an outline on paper."""
        face = self.color if self.is_filled else "white"
        return {"color": self.color, "marker": self.marker, "markerfacecolor": face, "markeredgecolor": self.color}


def looks(names: Sequence[str], hollow: Sequence[str] = ()) -> dict[str, Look]:
    """A look for each arm in its order; those in `hollow` (published or human ones) are outlines.

    Raises ReportError for more than fourteen, which nobody could tell apart.
    """
    if len(names) > 2 * len(COLORS):
        raise ReportError(f"{len(names)} arms in one figure cannot be told apart; draw at most {2 * len(COLORS)}")
    return {
        name: Look(COLORS[place % 7], MARKERS[place % 7], HATCHES[place % 7], place < 7 and name not in hollow)
        for place, name in enumerate(names)
    }


def require_matplotlib() -> None:
    """Raise ReportError where there is no matplotlib: to be called before anything is spent on a report's data."""
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise ReportError(
            "figures are drawn with matplotlib, which is not installed; pip install 'voxpop[figures]' "
            "(or pip install matplotlib), then run the same command again"
        ) from error


def in_house_style(draw: Callable[P, R]) -> Callable[P, R]:
    """`draw` with the house style in force while it draws; matplotlib's own settings stay as they were."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> R:
        require_matplotlib()
        import matplotlib

        with matplotlib.rc_context(cast(Any, _settings())):
            return draw(*args, **kwargs)

    return drawn


def _settings() -> dict[str, Any]:
    """The house style."""
    return {
        "font.family": list(_families()),
        "font.size": 9,
        "text.color": INK,
        "text.parse_math": False,
        "axes.labelcolor": INK,
        "axes.edgecolor": QUIET,
        "axes.linewidth": 0.8,
        "axes.titlesize": 9,
        "axes.titlelocation": "left",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.unicode_minus": True,
        "axes.formatter.useoffset": False,
        "grid.color": LINE,
        "grid.linewidth": 0.6,
        "xtick.color": QUIET,
        "ytick.color": QUIET,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "xtick.labelsize": 8.5,
        "ytick.labelsize": 8.5,
        "hatch.linewidth": 0.6,
        "legend.frameon": False,
        "legend.fontsize": 8.5,
        "lines.linewidth": 1.3,
        "lines.markersize": 5,
        "svg.fonttype": "path",
        "svg.hashsalt": "voxpop",
        "figure.facecolor": "white",
        "savefig.facecolor": "white",
        "figure.constrained_layout.h_pad": 0.06,
    }


@cache
def _families() -> tuple[str, ...]:
    """The fonts used, those for Chinese where the machine has one."""
    from matplotlib import font_manager

    there = {font.name for font in font_manager.fontManager.ttflist}
    return ("DejaVu Sans", *[name for name in _CHINESE if name in there][:1])


@cache
def _characters() -> frozenset[int]:
    """Every character that the fonts used can draw."""
    from matplotlib import font_manager, ft2font

    paths = [font_manager.findfont(name) for name in _families()]
    return frozenset(code for path in paths for code in ft2font.FT2Font(path).get_charmap())


def label(text: object, width: int = 100, lines: int = 3) -> str:
    """A text as it can be drawn: control characters visible, a square for what no font has.

    Wrapped at `width` characters and cut after so many lines, so that no label pushes a chart out of its figure.
    """
    drawable = "".join(
        character if ord(character) in _characters() else _NO_GLYPH
        for character in " ".join(safe(str(text)).split())
        if unicodedata.category(character) not in ("Cf", "Mn", "Me")
    )
    is_wide = any(unicodedata.east_asian_width(character) in "WF" for character in drawable)
    fitting = width // 2 if is_wide else width
    return "\n".join(textwrap.wrap(drawable, fitting, max_lines=lines, placeholder=" …"))


def sheet(height_inches: float, rows: int = 1, columns: int = 1, **kwargs: Any) -> tuple[Figure, Any]:
    """A new figure of the house width, and its axes as `Figure.subplots` gives them."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH_INCHES, height_inches), layout="constrained")
    return figure, figure.subplots(rows, columns, **kwargs)


def legend_above(figure: Figure, handles: Sequence[Any], labels: Sequence[str]) -> None:
    """A legend over the figure, in as many columns as fit; none for a single arm."""
    if len(labels) < 2:
        return
    longest = max(map(len, labels))
    columns = max(1, min(len(labels), 88 // (longest + 7)))
    figure.legend(handles, labels, loc="outside upper left", ncols=columns, handlelength=1.6, columnspacing=1.4)


def rows_from_top(axes: Axes, names: Sequence[object], width: int = 30) -> None:
    """Name the rows of a chart from top to bottom; `names[0]` is at height 0."""
    axes.set_yticks(range(len(names)), [label(name, width) for name in names])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")


@in_house_style
def svg_text(figure: Figure) -> str:
    """The figure as SVG, without a date."""
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": "voxpop"})
    return out.getvalue()


@in_house_style
def png_bytes(figure: Figure) -> bytes:
    """The figure as PNG."""
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=DPI, metadata={"Software": None})
    return out.getvalue()
