"""Heat maps: what they show equals their table, and the table equals the matrices."""

import numpy as np
import pytest

from singmap.report.figures import mapping

FREQUENCIES_HZ = np.arange(65) * 100.0


@pytest.fixture
def mappings():
    return {
        ("dae", "nca"): np.eye(65),
        ("sf", "nca"): np.full((65, 65), 0.1),
    }


def test_bands_hold_the_root_mean_square_gain_in_db():
    gains = mapping.band_gains_db(np.diag([2.0] * 8), np.arange(0, 8, 2), 8)
    on_diagonal = 10 * np.log10(4 * 2 / 4)  # two of the four cells of a diagonal block hold 2
    np.testing.assert_allclose(np.diag(gains), on_diagonal)
    assert np.all(gains[~np.eye(4, dtype=bool)] == mapping.FLOOR_DB)


@pytest.mark.parametrize("spacing", ["linear", "log"])
def test_bands_cover_all_bins_once(spacing):
    starts = mapping.band_starts(2049, 128, spacing)
    assert len(starts) <= 128
    assert np.all(np.diff(starts) > 0)
    assert starts[0] == (0 if spacing == "linear" else 1)
    assert starts[-1] < 2049


def test_mapping_table_reaches_to_the_asked_frequency_and_names_centres(mappings):
    table = mapping.mapping_table(mappings, FREQUENCIES_HZ, max_hz=3150, cells_max=8)
    assert list(table.columns[:3]) == ["model", "method", "output_hz"]
    assert table.columns[3:].tolist() == table["output_hz"].astype(str)[:8].tolist()
    assert table["output_hz"].iloc[0] == 150  # bins 0 to 3 are one band
    assert table["output_hz"].max() == 2950
    np.testing.assert_allclose(table[table["model"] == "sf"].iloc[:, 3:], -20)


def test_mapping_panels_show_their_table_on_one_colour_scale(mappings):
    table = mapping.mapping_table(mappings, FREQUENCIES_HZ, 6400, 16)
    figure = mapping.draw_mappings(table, 50, "linear", "gain")
    meshes = [ax.collections[0] for ax in figure.axes[:2]]
    for mesh, model in zip(meshes, ("dae", "sf"), strict=True):
        shown = table[table["model"] == model].iloc[:, 3:]
        np.testing.assert_array_equal(np.ravel(mesh.get_array()), np.ravel(shown))
    assert meshes[0].get_clim() == meshes[1].get_clim()
    assert np.ptp(meshes[0].get_clim()) == 50
    assert "dB" in figure.axes[-1].get_ylabel()


def test_one_wild_method_does_not_set_the_colour_scale():
    wild = {"nca": np.eye(65), "nca_ones": np.full((65, 65), 1e4), "jacobian": np.eye(65)}
    mappings = {("dae", method): matrix for method, matrix in wild.items()}
    table = mapping.mapping_table(mappings, FREQUENCIES_HZ, 6400, 16)
    image = mapping.draw_mappings(table, 50, "linear", "gain").axes[0].collections[0]
    assert image.get_clim()[1] < 0.1


def test_more_methods_than_fit_in_a_row_go_on_below():
    mappings = {("dae", f"method_{index}"): np.eye(65) for index in range(6)}
    table = mapping.mapping_table(mappings, FREQUENCIES_HZ, 6400, 16)
    figure = mapping.draw_mappings(table, 50, "linear", "gain")
    visible = [ax.get_title() for ax in figure.axes if ax.get_visible() and ax.get_title()]
    assert visible == [f"method {index}" for index in range(6)]


def test_bands_in_octaves_leave_out_0_hz_and_are_named_by_their_geometric_centre():
    table = mapping.mapping_table({("dae", "nca"): np.eye(65)}, FREQUENCIES_HZ, 6400, 6, "log")
    starts = mapping.band_starts(65, 6, "log")
    assert starts.tolist() == [1, 2, 4, 8, 16, 32]
    assert table["output_hz"].tolist() == pytest.approx(
        [100 * np.sqrt(low * high) for low, high in [(1, 1), (2, 3), (4, 7), (8, 15), (16, 31), (32, 64)]],
        abs=0.01,
    )
    assert table.iloc[0, 3] == 0.0, "the first band is one bin whose gain is 1"


def test_a_gain_of_zero_has_a_level_and_axes_in_octaves_are_logarithmic():
    table = mapping.mapping_table({("dae", "nca"): np.zeros((65, 65))}, FREQUENCIES_HZ, 6400, 16, "log")
    assert (table.iloc[:, 3:] == mapping.FLOOR_DB).all(axis=None)
    ax = mapping.draw_mappings(table, 50, "log", "gain").axes[0]
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
