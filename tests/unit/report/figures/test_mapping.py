"""Pictures of matrices tell the truth: levels and signs of known ones, and a diagonal that never fades."""

import numpy as np
import pytest
from matplotlib.collections import LineCollection

from singmap.files.tables import MappingFigure, columns
from singmap.report.figures import mapping
from singmap.report.style import signed_colours

FREQUENCIES_HZ = np.arange(65) * 100.0
N_BINS = 2049  # the paper's
DENSE = 0.01  # of each gain of the background: -40 dB


def joined(*matrices, cells=128, spacing="linear"):
    starts = mapping.band_starts(len(matrices[0]), cells, spacing)
    widths = np.diff(np.append(starts, len(matrices[0])))
    return mapping.joined_gains(matrices, starts, len(matrices[0])), widths


@pytest.mark.parametrize("spacing", ["linear", "log"])
def test_an_identity_of_2049_bins_keeps_its_level_before_a_dense_background(spacing):
    signs = np.random.default_rng(0).choice([-1.0, 1.0], (N_BINS, N_BINS))
    found, widths = joined(np.eye(N_BINS) + DENSE * signs * (1 - np.eye(N_BINS)), spacing=spacing)
    np.testing.assert_allclose(found.diagonal_level_db, 0, atol=1e-9)
    np.testing.assert_array_equal(found.diagonal_balance, 1)
    background = ~np.eye(len(widths), dtype=bool) | (widths > 1)
    np.testing.assert_allclose(found.level_db[background], -40, atol=1e-9)
    wide = (widths[:, None] > 15) & (widths > 15)
    assert np.abs(found.balance[wide]).max() < 0.5, "both signs in every wide cell"


def test_a_shifted_diagonal_is_shown_at_the_share_of_the_cells_that_it_fills():
    """A line of w gains of -1 in a cell of w by w bins: 1 / w of its power, 1 / sqrt(w) of its balance."""
    width, n_bins = 16, 2048
    found, _ = joined(-np.eye(n_bins, k=-4 * width))
    below = np.diagonal(found.level_db, -4)
    np.testing.assert_allclose(below, -10 * np.log10(width))
    np.testing.assert_allclose(np.diagonal(found.balance, -4), -1 / np.sqrt(width))
    assert (np.diagonal(found.level_db) == mapping.FLOOR_DB).all()
    assert (found.diagonal_level_db == mapping.FLOOR_DB).all()


def test_opposite_segments_do_not_cancel_but_are_told():
    gains = np.full((8, 8), 0.5)
    found, _ = joined(gains, -gains, cells=8)
    np.testing.assert_allclose(found.level_db, 20 * np.log10(0.5))
    np.testing.assert_allclose(found.balance, 0)
    np.testing.assert_allclose(found.diagonal_level_db, 20 * np.log10(0.5))
    np.testing.assert_allclose(found.diagonal_balance, 0)


def test_levels_of_segments_are_joined_in_power():
    found, _ = joined(np.full((8, 8), 3.0), np.full((8, 8), 1.0), cells=4)
    np.testing.assert_allclose(found.level_db, 10 * np.log10((9 + 1) / 2))
    np.testing.assert_allclose(found.balance, 2 / np.sqrt(5))


@pytest.mark.parametrize("spacing", ["linear", "log"])
def test_bands_cover_all_bins_once(spacing):
    starts = mapping.band_starts(2049, 128, spacing)
    assert len(starts) <= 128
    assert np.all(np.diff(starts) > 0)
    assert starts[0] == (0 if spacing == "linear" else 1)
    assert starts[-1] < 2049


@pytest.fixture
def mappings():
    return {("dae", "nca"): [np.eye(65)], ("sf", "nca"): [np.full((65, 65), -0.1)]}


def test_mapping_table_reaches_to_the_asked_frequency_and_names_centres(mappings):
    table = mapping.mapping_table(mappings, FREQUENCIES_HZ, max_hz=3150, cells_max=8)
    names = columns(MappingFigure)
    assert list(table.columns[: len(names)]) == names
    assert table.columns[len(names) :].tolist() == table["output_hz"].astype(str)[:8].tolist()
    assert table["output_hz"].iloc[0] == 150  # bins 0 to 3 are one band
    assert table["output_hz"].max() == 2950
    assert set(table["bins"]) == {4}
    of_sf = table[table["model"] == "sf"].set_index("part").iloc[:, len(names) - 1 :]
    assert (of_sf.loc["level"] == -20).all(axis=None)
    assert (of_sf.loc["balance"] == -1).all(axis=None)
    assert set(table.query("model == 'dae' and part == 'level'")["diagonal"]) == {0}


def test_bands_in_octaves_leave_out_0_hz_and_are_named_by_their_geometric_centre():
    table = mapping.mapping_table({("dae", "nca"): [np.eye(65)]}, FREQUENCIES_HZ, 6400, 6, "log")
    assert mapping.band_starts(65, 6, "log").tolist() == [1, 2, 4, 8, 16, 32]
    pairs = [(1, 1), (2, 3), (4, 7), (8, 15), (16, 31), (32, 64)]
    centres = [100 * np.sqrt(low * high) for low, high in pairs]
    levels = table[table["part"] == "level"]
    assert levels["output_hz"].tolist() == pytest.approx(centres, abs=0.01)
    assert levels["bins"].tolist() == [1, 2, 4, 8, 16, 33]
    assert levels.iloc[0, len(columns(MappingFigure))] == 0.0, "the first band is one bin whose gain is 1"


def test_pictures_show_their_table_in_colours_of_level_and_sign(mappings):
    table = mapping.mapping_table(mappings, FREQUENCIES_HZ, 6400, 16)
    figure = mapping.draw_mappings(table, 50, "linear", "gain")
    dae, sf, key = figure.axes
    limits_db = tuple(key.get_xlim())
    assert np.ptp(limits_db) == pytest.approx(50, abs=1)
    red, _, blue = np.asarray(sf.collections[0].get_array())[0, 0][:3]
    assert blue > red, "negative gains are blue"
    (line,) = [lines for lines in dae.collections if isinstance(lines, LineCollection)]
    shades = np.asarray(line.get_colors())[:, :3]
    assert (shades[:, 0] > shades[:, 2]).all(), "a positive diagonal is red-brown"
    assert np.ptp(shades, axis=0).max() == 0, "of one level from end to end"
    ends = np.array(line.get_segments())
    np.testing.assert_array_equal(ends[:, :, 0], ends[:, :, 1])
    np.testing.assert_allclose(ends[1:, 0], ends[:-1, 1], err_msg="without a gap")


def test_colours_go_from_white_to_the_hue_of_the_sign():
    shades = signed_colours([-60, -50, 0, 10], [1, 1, 1, 1], (-50, 0))
    np.testing.assert_array_equal(shades[:2], 1)
    np.testing.assert_array_equal(shades[2], shades[3])
    grey = signed_colours(-10, 0, (-50, 0))
    assert np.ptp(grey) == 0
    assert 0 < grey[0] < 1


def test_one_wild_method_does_not_set_the_colour_scale():
    wild = {"nca": np.eye(65), "nca_ones": np.full((65, 65), 1e4), "jacobian": np.eye(65)}
    mappings = {("dae", method): [matrix] for method, matrix in wild.items()}
    table = mapping.mapping_table(mappings, FREQUENCIES_HZ, 6400, 16)
    assert mapping.draw_mappings(table, 50, "linear", "gain").axes[-1].get_xlim()[1] < 1


@pytest.mark.parametrize(
    ("n_models", "n_methods", "n_columns"), [(1, 1, 1), (3, 1, 3), (2, 2, 2), (1, 4, 2), (1, 6, 3)]
)
def test_panels_fill_their_rows(n_models, n_methods, n_columns):
    names = [(f"m{model}", f"k{method}") for model in range(n_models) for method in range(n_methods)]
    table = mapping.mapping_table({name: [np.eye(9)] for name in names}, FREQUENCIES_HZ[:9], 800, 8)
    figure = mapping.draw_mappings(table, 50, "linear", "gain")
    panels = figure.axes[:-1]
    assert len(panels) == len(names)
    assert panels[0].get_gridspec().ncols == n_columns


def test_a_gain_of_zero_has_a_level_and_axes_in_octaves_are_logarithmic():
    table = mapping.mapping_table({("dae", "nca"): [np.zeros((65, 65))]}, FREQUENCIES_HZ, 6400, 16, "log")
    first = len(columns(MappingFigure))
    assert (table[table["part"] == "level"].iloc[:, first:] == mapping.FLOOR_DB).all(axis=None)
    assert (table[table["part"] == "balance"].iloc[:, first:] == 0).all(axis=None)
    ax = mapping.draw_mappings(table, 50, "log", "gain").axes[0]
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")


def test_a_model_without_layers_has_words_where_a_method_needs_them():
    pairs = [("dae", "nca"), ("dae", "jacobian"), ("own", "jacobian")]
    table = mapping.mapping_table({pair: [np.eye(9)] for pair in pairs}, FREQUENCIES_HZ[:9], 800, 8)
    figure = mapping.draw_mappings(table, 50, "linear", "gain")
    told = [[text.get_text() for text in ax.texts] for ax in figure.axes[:-1]]
    assert told == [[], [], ["needs layers"], []]


def test_a_figure_without_methods_says_so(mappings):
    table = mapping.mapping_table(mappings, FREQUENCIES_HZ, 6400, 16).iloc[:0]
    assert "other" in mapping.draw_mappings(table, 50, "linear", "gain").axes[0].texts[0].get_text()
