"""A whole study of models whose mapping is known, by the real measures and the study's own hypotheses.

Whatever the models do must come out as the verdict, also where it is not what the paper found; and where two
models do the same, no verdict.
"""

import numpy as np
import pandas as pd
import pytest

from singmap.files.tables import TrackMeasures, Verdicts, columns, read_table
from singmap.mapping.subject import ExaminedModel, examine
from singmap.spectra.known_targets import KNOWN_FUNCTIONS, known_matrix
from singmap.study.ablation import ablated_outputs
from singmap.study.jacobian_agreement import AgreementSettings, agreement_of_seeds
from singmap.study.outside_effect import EffectSettings, outside_effect
from singmap.study.rest_gain import GainSettings, rest_gain
from workflow.scripts import judge_hypotheses

BINS, LOBE, FRAMES, TRACKS, SEEDS = 64, 1, 120, 10, 3
EFFECT = EffectSettings(output_bins=16, pairs_per_bin=12, frames=40, pool_frames=60)
GAIN = GainSettings(output_bins=16, frames=FRAMES, blocks=8)
AGREEMENT = AgreementSettings(frames=6, output_bins=24)


def track(number: int) -> np.ndarray:
    """Frames of a made-up track: random levels that fall with frequency, in a balance of the track's own."""
    generator = np.random.default_rng([1, number])
    balance = generator.uniform(0.5, 1.5, BINS) / (1 + np.arange(BINS) / 32)
    return (generator.gamma(0.7, size=(FRAMES, BINS)) * balance).astype(np.float32)


ALL_TRACKS = [track(number) for number in range(TRACKS)]
POWER = np.mean([np.square(frames).mean(axis=0) for frames in ALL_TRACKS], axis=0)
# Little of it lies where there is no octave above.
GAINS = np.random.default_rng(2).uniform(0.5, 1, BINS) * np.where(2 * np.arange(BINS) < BINS, 1, 0.2)
KNOWN = {name: known_matrix(name, GAINS, POWER, LOBE).toarray() for name in KNOWN_FUNCTIONS}


def network(matrix: np.ndarray, seed: int) -> ExaminedModel:
    """What a training might end with: relu(M x) hidden in units that switch, M a little off by chance."""
    generator = np.random.default_rng([3, seed])
    chance = 0.01 * generator.standard_normal((BINS, BINS)) * np.sqrt(POWER[:, None] / POWER) / np.sqrt(BINS)
    mixed = np.linalg.qr(generator.standard_normal((BINS, BINS)))[0]
    both = np.concatenate([mixed, -mixed])  # relu(z) - relu(-z) = z
    upper = (matrix + chance) @ np.concatenate([mixed.T, -mixed.T], axis=1)
    return examine([(both, np.zeros(2 * BINS), "relu"), (upper, np.zeros(BINS), "relu")])


def untrained(seed: int) -> ExaminedModel:
    generator = np.random.default_rng([4, seed])
    layers = [(generator.standard_normal((BINS, BINS)) / 8, np.zeros(BINS), "relu") for _ in range(2)]
    return examine(layers)


def between(first: str, second: str, seed: int) -> np.ndarray:
    """Half of each of two functions, but for what differs from seed to seed."""
    part = 0.5 + 0.15 * np.random.default_rng([5, seed]).standard_normal()
    return part * KNOWN[first] + (1 - part) * KNOWN[second]


def fidelity(model: ExaminedModel, frames: np.ndarray) -> dict[str, float]:
    """SDR in dB, of magnitudes, of a model and its local band: the voice is octaves and noise."""
    noise = np.random.default_rng(6).gamma(1, size=frames.shape)
    voice = frames @ KNOWN["harmonic"].T + 0.05 * noise
    outputs = ablated_outputs(model, frames, LOBE)
    return {
        f"sdr_{name}": float(10 * np.log10(np.sum(voice**2) / np.sum((voice - outputs[name]) ** 2)))
        for name in ("model", "band")
    }


def measured(models: list[ExaminedModel]) -> pd.DataFrame:
    """The measures of models, one per seed, on all tracks: columns seed, track_id, track, measure, value."""
    rows = []
    by_seed = dict(enumerate(models))
    for number, frames in enumerate(ALL_TRACKS):
        others = np.concatenate(ALL_TRACKS[:number] + ALL_TRACKS[number + 1 :])
        agreement = agreement_of_seeds(by_seed, frames, LOBE, AGREEMENT, number)
        for seed, model in by_seed.items():
            values = outside_effect(model, frames, others, LOBE, EFFECT, seed)
            values |= rest_gain(frames, model.output(frames), LOBE, 0, GAIN, seed)
            values |= agreement[seed] | fidelity(model, frames)
            rows += [(seed, f"t{number}", f"Track {number}", name, value) for name, value in values.items()]
    return pd.DataFrame(rows, columns=["seed", "track_id", "track", "measure", "value"])


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    """Measures of everything that the studies are made of."""
    seeds = range(SEEDS)
    scalar, structured = KNOWN["equaliser"], KNOWN["harmonic"]
    return {
        "scalar": measured([network(scalar, seed) for seed in seeds]),
        "structured": measured([network(structured, seed) for seed in seeds]),
        "untrained": measured([untrained(seed) for seed in seeds]),
        "one": measured([network(between("equaliser", "harmonic", seed), seed) for seed in seeds]),
        "other": measured([network(between("equaliser", "harmonic", 9 + seed), 9 + seed) for seed in seeds]),
        **{f"truth {name}": measured([network(KNOWN[name], 20)]) for name in KNOWN_FUNCTIONS},
    }


@pytest.fixture
def verdicts_on(root, tmp_path, tables):
    """Verdicts of a study whose models do what is said of them, {hypothesis: verdict} of what was tested."""

    def judged(does: dict[str, str], **truths: str) -> dict[str, str]:
        parts = []
        for model, what in does.items():
            parts.append(tables[what].assign(model=model, subject="trained", weights="best"))
            parts.append(tables["untrained"].assign(model=model, subject="untrained", weights="epoch0"))
            for name in KNOWN_FUNCTIONS:
                learnt = tables[f"truth {truths.get(name, name)}"]
                parts.append(learnt.assign(model=model, subject=name, weights="best"))
        pd.concat(parts)[columns(TrackMeasures)].to_csv(tmp_path / "measures.csv", index=False)
        places = {name: tmp_path / f"{name}.csv" for name in ("verdicts", "truth_checks")}
        judge_hypotheses.main(measures=tmp_path / "measures.csv", sources=root / "workflow", **places)
        verdicts = read_table(places["verdicts"], Verdicts).set_index("id")
        tested = verdicts["verdict"] != "not testable"
        assert verdicts.loc[tested, "n_seeds"].eq(SEEDS).all()
        return verdicts.loc[tested, "verdict"].to_dict()

    return judged


ON_EACH = [f"F1-{what}-{model}" for what in ("outside", "rest", "cost") for model in ("dae", "mdae")]
ON_EACH += ["X5-level-dae", "X6-level-mdae"]
UNTRIED = ["F2-jacobian", "X4-layers"]  # of one seed of a truth no second one agrees with it
ON_BOTH = ["F2-outside", "F2-rest", "F2-cost", "F2-jacobian", "X3-rest", "X4-layers"]


def test_scalar_autoencoders_beside_a_structured_model_support_the_paper(verdicts_on):
    verdicts = verdicts_on({"dae": "scalar", "mdae": "scalar", "sf": "structured"})
    assert verdicts == dict.fromkeys(ON_EACH + ON_BOTH, "supported")


def test_the_opposite_contradicts_it(verdicts_on):
    verdicts = verdicts_on({"dae": "structured", "mdae": "structured", "sf": "scalar"})
    assert verdicts == dict.fromkeys(ON_EACH + ON_BOTH, "contradicted")


def test_models_that_do_the_same_get_no_verdict_on_their_difference(verdicts_on):
    verdicts = verdicts_on({"dae": "one", "mdae": "one", "sf": "other"})
    assert {name: verdicts[name] for name in ON_BOTH} == dict.fromkeys(ON_BOTH, "undecided")


def test_measures_that_misjudge_a_trained_truth_decide_nothing(verdicts_on):
    """The network that should have learnt the harmonics learnt the equaliser: no measure can see them."""
    verdicts = verdicts_on({"dae": "scalar", "mdae": "scalar", "sf": "structured"}, harmonic="equaliser")
    tried = [name for name in ON_EACH + ON_BOTH if "cost" not in name and name not in UNTRIED]
    assert {name for name, verdict in verdicts.items() if verdict == "undecided"} == set(tried)
