"""The common look: colours, panels, and figures that are saved with their data."""

from pathlib import Path

import matplotlib
import pandas as pd
from matplotlib.figure import Figure

from singmap.files.tables import Number, Table
from singmap.report.style import (
    MODEL_COLOURS,
    PALETTE,
    STYLE,
    WIDTH,
    colours_of,
    files_of_figures,
    heat_colours,
    note,
    panels,
    save_figure,
    styled,
)


def test_models_keep_their_colours_whoever_stands_beside_them():
    assert colours_of(["sf", "dae"]) == {"sf": MODEL_COLOURS["sf"], "dae": MODEL_COLOURS["dae"]}
    mixed = colours_of(["new", "sf", "other"])
    assert mixed["sf"] == MODEL_COLOURS["sf"]
    assert len(set(mixed.values())) == 3
    assert set(mixed.values()) <= set(PALETTE)


def test_more_names_than_colours_use_them_again():
    names = [f"model_{number}" for number in range(10)]
    assert list(colours_of(names)) == names


def test_the_style_holds_while_drawing_and_no_longer():
    size = matplotlib.rcParams["font.size"] + 1

    @styled
    def draw() -> float:
        return matplotlib.rcParams["font.size"]

    with matplotlib.rc_context({"font.size": size}):
        assert draw() == STYLE["font.size"] != size
        assert matplotlib.rcParams["font.size"] == size


def test_panels_are_rows_of_axes_even_when_there_is_one():
    figure, ((ax,),) = panels(1, 1, 2.0)
    assert tuple(figure.get_size_inches()) == (WIDTH, 2.0)
    assert figure.axes == [ax]
    assert panels(2, 3, 2.0)[1].shape == (2, 3)


def test_a_note_shows_its_words_alone():
    figure = note("nothing to draw")
    assert [text.get_text() for text in figure.axes[0].texts] == ["nothing to draw"]
    assert not figure.axes[0].axison


def test_heat_maps_are_light_where_little_is_and_white_below():
    colours = heat_colours()
    assert sum(colours(0.0)[:3]) > sum(colours(0.5)[:3]) > sum(colours(1.0)[:3])
    assert colours(-1.0)[:3] == (1, 1, 1)


class Line(Table):
    """One row per point of the line."""

    x: Number
    y: Number


@styled
def draw_line(table: pd.DataFrame) -> Figure:
    """A figure of one line."""
    figure, ((ax,),) = panels(1, 1, 2.0)
    ax.plot(table["x"], table["y"])
    return figure


def test_a_saved_figure_has_its_data_beside_it_and_the_same_bytes_each_time(tmp_path):
    table = pd.DataFrame({"x": [0, 1, 2], "y": [1.5, 0.25, 3.0]})
    written = []
    for folder in ("first", "second"):
        files = {kind: str(tmp_path / folder / f"line.{kind}") for kind in ("svg", "png", "csv")}
        save_figure(draw_line(table), table, Line, files, 40)
        written.append([Path(path).read_bytes() for path in files.values()])
    assert written[0] == written[1]
    assert written[0][0].startswith(b"<?xml")
    assert written[0][1].startswith(b"\x89PNG")
    pd.testing.assert_frame_equal(pd.read_csv(files["csv"]), table)


def test_output_files_are_grouped_by_figure():
    named = {"loss_curves_svg": "a.svg", "loss_curves_csv": "a.csv", "scores_svg": "b.svg"}
    assert files_of_figures(named) == {
        "loss_curves": {"svg": "a.svg", "csv": "a.csv"},
        "scores": {"svg": "b.svg"},
    }
