"""Figures: what they show equals their tables, and their tables equal what was measured."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from singmap.files.tables import LossFigure, Planted, columns
from singmap.report.figures import convergence, mapping, scores, spectrogram, structure, training, trust
from singmap.report.findings import meaningful_metrics
from singmap.report.style import files_of_figures, save_figure
from singmap.spectra.settings import StftSettings
from tests.unit import study_tables

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


def test_more_methods_than_fit_in_a_row_go_on_below():
    mappings = {("dae", f"method_{index}"): np.eye(65) for index in range(6)}
    table = mapping.mapping_table(mappings, FREQUENCIES_HZ, 6400, 16)
    figure = mapping.draw_mappings(table, 50, "linear", "gain")
    visible = [ax.get_title() for ax in figure.axes if ax.get_visible() and ax.get_title()]
    assert visible == [f"method {index}" for index in range(6)]


def test_convergence_is_the_median_over_segments():
    iterations = np.arange(0, 601, 50)
    curves = [
        pd.DataFrame(
            {
                "model": model, "seed": 0, "method": "nca", "segment": segment, "iteration": iterations,
                "loss": 1000.0 - iterations,
                "relative_l1": np.where(iterations % 100, np.nan, 0.1 * (segment + 1)),
                "weighted_diagonal_share": 0.5, "weighted_band_share_2": 0.6, "band_share_2": 0.2,
            }
        )
        for model in ("dae", "sf")
        for segment in range(3)
    ]  # fmt: skip
    table = convergence.convergence_table(pd.concat(curves))
    dae = table[table["model"] == "dae"].set_index(["quantity", "iteration"])["value"]
    assert dae["relative_loss"].tolist() == pytest.approx(1 - iterations / 1000)
    assert dae["relative_l1"].to_dict() == dict.fromkeys(range(0, 601, 100), 0.2)
    figure = convergence.draw_convergence(table, 600)
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_xdata(), iterations)
    assert figure.axes[0].lines[-1].get_xdata()[0] == 600


def falling_curves() -> pd.DataFrame:
    """Three segments that fall from 1 to another value each, and stop after 200, 400 and 200 iterations."""
    curves = []
    for segment, (end, last) in enumerate([(200, 0.3), (400, 0.8), (200, 0.2)]):
        iterations = np.arange(0, end + 1, 100)
        values = np.linspace(1.0, last, len(iterations))
        names = {"model": "sf", "seed": 0, "method": "nca_converged", "segment": segment}
        shown = dict.fromkeys(["loss", *convergence.QUANTITIES[1:]], values)
        curves.append(pd.DataFrame(names | {"iteration": iterations} | shown))
    return pd.concat(curves, ignore_index=True)


def errors_of(curves: pd.DataFrame) -> dict[int, float]:
    """{iteration: median relative L1 error} of curves of one model and seed."""
    table = convergence.convergence_table(curves)
    return table[table["quantity"] == "relative_l1"].set_index("iteration")["value"].to_dict()


def test_stopped_segments_keep_their_last_value():
    """Each falls; a median over those that still run would rise from 0.3 to 0.85."""
    assert errors_of(falling_curves()) == pytest.approx({0: 1.0, 100: 0.65, 200: 0.3, 300: 0.3, 400: 0.3})


def test_no_median_is_taken_before_all_segments_have_a_record():
    """Where only results are recorded, those of the segments that stop first would begin a false line."""
    curves = falling_curves()
    results = curves["segment"] != curves["segment"].shift(-1)
    curves["relative_l1"] = curves["relative_l1"].where(results)
    assert errors_of(curves) == pytest.approx({400: 0.3})


def test_a_single_record_is_drawn_as_a_mark():
    row = {
        "model": "sf",
        "seed": 0,
        "method": "nca",
        "quantity": "relative_l1",
        "iteration": 20,
        "value": 0.5,
    }
    figure = convergence.draw_convergence(pd.DataFrame([row]), 600)
    assert figure.axes[1].lines[0].get_marker() == "o"


def test_figures_without_content_say_so():
    empty = convergence.convergence_table(pd.DataFrame())
    figure = convergence.draw_convergence(empty, 600)
    assert "No examined method iterates" in figure.axes[0].texts[0].get_text()
    nothing = scores.difference_table(study_tables.statistics().iloc[:0], ["SDR"])
    figure = scores.draw_differences(nothing, 0.95)
    assert "nothing to compare" in figure.axes[0].texts[0].get_text()


def test_ring_marks_the_epoch_of_least_validation_loss():
    figure = training.draw_loss_curves(study_tables.histories(), "mse")
    rings = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert [list(ring.get_xdata()) for ring in rings] == [[8], [8]]


def test_scores_lie_between_floor_and_ceiling_in_order():
    scored = study_tables.scores()
    table = scores.score_table(scored, meaningful_metrics(scored))
    assert list(dict.fromkeys(table["group"])) == ["mixture", "dae", "mdae", "sf", "irm"]
    figure = scores.draw_scores(table)
    floor = table.query("group == 'mixture' and target == 'vocals' and metric == 'SDR'")["value"].median()
    lines = {line.get_label(): line.get_ydata()[0] for line in figure.axes[0].lines}
    assert lines["mixture"] == pytest.approx(floor)
    assert len(figure.axes) == 8


def test_scores_of_silent_tracks_are_left_out_of_the_figure():
    scored = study_tables.scores()
    scored.loc[scored["track"] == "Song 0", "value"] = np.nan
    table = scores.score_table(scored, ["SDR"])
    assert "Song 0" not in set(table["track"])
    assert len(table) == len(scored) / 4 * 5 / 6


def test_only_significant_differences_are_filled():
    table = scores.difference_table(study_tables.statistics(), ["SDR"])
    figure = scores.draw_differences(table, 0.95)
    marks = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert [mark.get_xdata()[0] for mark in marks] == [0.8, 0.1, 0.6]
    assert [mark.get_markerfacecolor() == "white" for mark in marks] == [False, True, True]


def test_structure_bars_are_medians_over_seeds():
    table = structure.share_table(study_tables.structure())
    figure = structure.draw_measures(table, "share")
    part = table.query("measure == 'diagonal_share' and weighting == 'raw' and model == 'dae'")
    medians = part.groupby("method", sort=False)["value"].median()
    bars = figure.axes[0].containers[0]
    np.testing.assert_allclose([bar.get_height() for bar in bars], medians)


def test_errors_beyond_the_axis_are_written_on_their_bars():
    table = structure.fidelity_table(study_tables.structure())
    table.loc[(table["method"] == "nca_ones") & (table["model"] == "sf"), "value"] = 4337.74
    figure = structure.draw_measures(table, "relative error", down="frames", top=1.5)
    assert [text.get_text() for text in figure.axes[0].texts] == ["4.34e+03"]
    assert figure.axes[0].get_ylim() == (0, 1.5)


def test_one_wild_method_does_not_set_the_colour_scale():
    wild = {"nca": np.eye(65), "nca_ones": np.full((65, 65), 1e4), "jacobian": np.eye(65)}
    mappings = {("dae", method): matrix for method, matrix in wild.items()}
    table = mapping.mapping_table(mappings, FREQUENCIES_HZ, 6400, 16)
    image = mapping.draw_mappings(table, 50, "linear", "gain").axes[0].collections[0]
    assert image.get_clim()[1] < 0.1


def test_fidelity_puts_the_full_matrix_before_its_diagonal():
    table = structure.fidelity_table(study_tables.structure().iloc[::-1])
    assert list(dict.fromkeys(table["measure"])) == structure.FIDELITY
    assert set(structure.harmonic_table(study_tables.structure())["measure"]) == {
        "harmonic_2f", "harmonic_3f", "harmonic_half_f",
    }  # fmt: skip


def test_planted_cells_show_recovery_and_leaning():
    rows = [
        (truth, "direct", 32, n_frames, method, None, similarity, None, None, 0.9, true_share, None, None)
        for n_frames in (9, 150)
        for truth, true_share in (("identity", 1.0), ("dense", 0.1))
        for method, similarity in (("nca", 0.4), ("jacobian", 1.0))
    ]
    table = trust.planted_table(pd.DataFrame(rows, columns=columns(Planted)))
    figure = trust.draw_planted(table)
    similarity, excess = ([text.get_text() for text in ax.texts] for ax in figure.axes[:2])
    assert similarity == ["0.40", "0.40", "1.00", "1.00"]  # methods down, truths across
    assert excess == ["-0.10", "0.80", "-0.10", "0.80"]


def test_controls_put_the_trained_model_first_and_all_ones_beside_the_nca():
    structure = study_tables.structure()
    one_seed = structure[(structure["seed"] == 0) & structure["method"].isin(["nca", "jacobian"])]
    ones = one_seed[one_seed["method"] == "nca"].assign(method="nca_ones", control="all_ones")
    others = [one_seed.assign(control=control) for control in ("shuffled", "trained", "untrained")]
    table = trust.control_table(pd.concat([ones, *others]))
    assert list(dict.fromkeys(table["control"])) == ["trained", "untrained", "shuffled", "all_ones"]
    assert set(table["method"]) == {"nca", "jacobian"}
    shares = {
        f"{measure},\n{weighting}"
        for measure in ("on the diagonal", "within 2 bins")
        for weighting in ("raw", "input-weighted")
    }
    harmonics = {f"input f\nto output {output},\ninput-weighted" for output in ("2f", "3f", "f/2")}
    assert set(table["look"]) == shares | harmonics


def test_all_ones_couplings_of_other_controls_are_not_those_of_the_trained_model():
    structure = study_tables.structure()
    ones = structure[(structure["seed"] == 0) & (structure["method"] == "nca")].assign(method="nca_ones")
    controls = [ones.assign(control="all_ones"), ones.assign(control="untrained")]
    table = trust.control_table(pd.concat(controls))
    assert set(zip(table["control"], table["method"], strict=True)) == {
        ("all_ones", "nca"), ("untrained", "nca_ones"),
    }  # fmt: skip


def test_spectrogram_finds_a_tone_and_measures_from_the_first_signal():
    times_s = np.arange(44100) / 44100
    tone = np.stack([np.sin(2 * np.pi * 1000 * times_s)] * 2)
    stft = StftSettings("hamming", 1024, 1024, 256)
    signals = {"mixture": tone, "dae_seed0": tone / 10}
    table = spectrogram.spectrogram_table(signals, stft, 8000, 64)
    for signal, level_db in (("mixture", 0), ("dae_seed0", -20)):
        levels = table[table["signal"] == signal].set_index("frequency_hz").iloc[:, 1:]
        loudest = levels.max(axis=1)
        assert loudest.max() == pytest.approx(level_db, abs=0.05)
        assert abs(loudest.idxmax() - 1000) < 65  # half a band of three bins of 43 Hz
    figure = spectrogram.draw_spectrograms(table, 60)
    assert [ax.get_title() for ax in figure.axes[:2]] == ["mixture", "dae, seed 0"]


def test_spectrogram_names_bands_and_times_by_their_centres():
    stft = StftSettings("hamming", 1024, 1024, 256)
    samples = np.arange(44100)
    middle = 48.5  # of frames 48 and 49: 173 frames are averaged in pairs, 186 bins below 8 kHz in threes
    burst = np.exp(-(((samples - middle * 256) / 400) ** 2)) * np.cos(2 * np.pi * 22 / 1024 * samples)
    table = spectrogram.spectrogram_table({"mixture": burst[None]}, stft, 8000, 62)
    levels = table.set_index("frequency_hz").iloc[:, 1:]
    assert levels.max(axis=1).idxmax() == pytest.approx(22 * 44100 / 1024, abs=0.05)
    assert float(levels.max(axis=0).idxmax()) == pytest.approx(middle * 256 / 44100, abs=1e-4)


def test_saved_figure_has_its_data_beside_it_and_the_same_bytes_each_time(tmp_path):
    table = study_tables.histories()
    written = []
    for folder in ("first", "second"):
        files = {kind: str(tmp_path / folder / f"loss_curves.{kind}") for kind in ("svg", "png", "csv")}
        save_figure(training.draw_loss_curves(table, "mse"), table, LossFigure, files, 40)
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
