"""Measure what one model is worth without what it takes from other bins, and as static gains."""

from pathlib import Path
from typing import Any

import pandas as pd

from singmap.files.audio_format import SAMPLE_RATE_HZ, scored_sources
from singmap.files.tables import (
    AblationMeasures,
    DecodedTracks,
    Equaliser,
    columns,
    read_table,
    rows_of,
    write_table,
)
from singmap.mapping.subject import examine
from singmap.models.checkpoints import load_model
from singmap.models.truths import load_truths
from singmap.runtime.job import run
from singmap.runtime.progress import Progress
from singmap.separation.static_filter import static_filter
from singmap.spectra.cache import SpectraCache
from singmap.spectra.settings import StftSettings
from singmap.study.ablation import (
    ablated_tracks,
    band_estimates,
    estimates_of,
    output_gains,
    refit_gains,
)
from singmap.study.main_lobe import main_lobe_bins
from singmap.study.sampling import sampled_tracks, spread_tracks
from singmap.study.worth import ScoringSettings, target_sdr


def main(
    *, index: Path, tracks: Path, weights: Path, provenance: Path, truth_weights: list[Path],
    truth_provenance: list[Path], train_index: Path, gains: Path, measures: Path, model: str, seed: int,
    settings: dict[str, Any],
) -> None:  # fmt: skip
    """Write the SDR of the model on every test track, what is left of it, and static gains.

    truth_weights, truth_provenance : of networks trained on known functions; what is left of their bands is
        scored on `deep_tracks` tracks
    gains : table Equaliser
    settings : of transform, separation and scoring, `tracks_max`, `seconds_max` of a track, and
        `deep_tracks`: see `ablated_tracks`
    """
    stft = StftSettings(**settings["stft"])
    window, hop = (int(settings[key] * SAMPLE_RATE_HZ) for key in ("window_s", "hop_s"))
    longest = settings["seconds_max"] and round(settings["seconds_max"] * SAMPLE_RATE_HZ)
    scoring = ScoringSettings(settings["estimator"], window, hop, longest)
    examined = examine(load_model(weights, provenance))
    training, width = SpectraCache(train_index.parent), main_lobe_bins(stft)
    filters = {
        "static_gains": static_filter(output_gains(examined, training)),
        "equaliser": static_filter(read_table(gains, Equaliser)["gain"].to_numpy()),
    }
    listed = rows_of(sampled_tracks(read_table(index, DecodedTracks), settings["tracks_max"]))
    ablated = ablated_tracks(examined, len(listed), settings["deep_tracks"])
    of_truths = spread_tracks(len(listed), settings["deep_tracks"])
    refit = refit_gains(examined, training, width)
    truths = load_truths(truth_weights, truth_provenance)  # not before: to refit takes most memory
    targets = scored_sources(settings["target"])
    rows, progress = [], Progress(f"ablate {model} seed {seed}", len(listed), "tracks")
    for number, track in enumerate(progress.over(listed)):
        estimators = {"trained": estimates_of(examined, filters, width if number in ablated else None, refit)}
        if number in of_truths:
            estimators |= {name: band_estimates(examine(truth), width) for (name, _), truth in truths.items()}
        decoded = tracks / track.track_id, targets, track.n_samples
        for subject, estimate in estimators.items():
            sdr = target_sdr(*decoded, estimate, stft, scoring)
            keys = (model, seed, track.track_id, track.track, subject, "best")
            rows += [(*keys, f"sdr_{name}", value) for name, value in sdr.items()]
    write_table(measures, pd.DataFrame(rows, columns=columns(AblationMeasures)), AblationMeasures)


if __name__ == "__main__":
    run(main)
