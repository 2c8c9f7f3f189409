"""Planted mappings as numbers on colours, and controls in their order."""

import pandas as pd

from singmap.report.figures import trust
from tests.helpers import study_tables


def planted(
    found: float, true: float, truth: str = "dense", method: str = "nca", n_frames: int = 9
) -> pd.DataFrame:
    """A row of planted.csv: the found and the true share of squared weight on the diagonal."""
    row = {"n_bins": 32, "n_frames": n_frames, "truth": truth, "build": "direct", "method": method}
    return pd.DataFrame([row | {"similarity": 0.5, "diagonal_share": found, "true_diagonal_share": true}])


def test_planted_cells_show_recovery_and_leaning():
    rows = [
        planted(0.9, true_share, truth, method, n_frames).assign(similarity=similarity)
        for n_frames in (9, 150)
        for truth, true_share in (("identity", 1.0), ("dense", 0.1))
        for method, similarity in (("nca", 0.4), ("jacobian", 1.0))
    ]
    table = trust.planted_table(pd.concat(rows, ignore_index=True))
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


def test_numbers_are_readable_on_dark_cells_and_never_minus_zero():
    for found, text, colour in ((0.099, "0.00", "black"), (0.9, "0.80", "white"), (0.7, "0.60", "black")):
        figure = trust.draw_planted(trust.planted_table(planted(found, true=0.1)))
        (number,) = figure.axes[1].texts
        assert (number.get_text(), number.get_color()) == (text, colour)


def test_each_size_has_a_row_of_panels():
    sizes = [planted(0.5, 0.5).assign(n_frames=n_frames) for n_frames in (9, 150)]
    figure = trust.draw_planted(trust.planted_table(pd.concat(sizes)))
    titles = [ax.get_title() for ax in figure.axes[:4:2]]
    assert [title.partition("\n")[2] for title in titles] == ["32 bins, 9 frames", "32 bins, 150 frames"]


def test_controls_show_harmonics_with_their_input_weights_alone():
    tidy = study_tables.structure().query("method == 'nca'").assign(control="trained")
    table = trust.control_table(tidy)
    assert not table["look"].str.contains("2f,\nraw").any()
    assert table["look"].str.contains("2f,\ninput-weighted").any()
    assert table["look"].str.contains("on the diagonal,\nraw").any()
