"""What the post-filters change: scores of the same trained models by each estimator, on the same tracks.

    PYTHONPATH=workflow/lib:. python benchmarks/effect_estimators.py results/demo [overlay.yaml] [tracks]

Reads models and test tracks of a finished run, and the settings that it was made with. Prints the median over
tracks of the medians over frames in dB, and in brackets the median difference to the first estimator.
"""

import sys
from pathlib import Path

import pandas as pd
import torch

from singmap.configuration import merged, read_yaml
from singmap.files.audio_format import MIXTURE, SAMPLE_RATE_HZ, scored_sources
from singmap.files.audio_pieces import StackedAudio, read_stacked
from singmap.files.tables import DecodedTracks, read_table
from singmap.files.wav import read_wav
from singmap.models.checkpoints import load_model
from singmap.scoring.tables import score_frame_table, track_table
from singmap.scoring.track_scores import TrackScorer
from singmap.separation.mixture import accompaniment_of
from singmap.separation.separate import ESTIMATORS, separate
from singmap.separation.trained import model_magnitudes
from singmap.spectra.settings import StftSettings

DEFAULTS = Path(__file__).resolve().parents[1] / "config" / "config.yaml"


def score_models(results: Path, settings: dict, n_tracks: int) -> pd.DataFrame:
    """Scores by track (see `track_table`) of all models of a run with all estimators, named in `system`."""
    targets = scored_sources(settings["dataset"]["target"])
    stft, scoring = StftSettings(**settings["stft"]), settings["scoring"]
    win, hop = (round(scoring[name] * SAMPLE_RATE_HZ) for name in ("window_s", "hop_s"))
    folders = sorted(path.parent for path in results.glob("models/*/*/weights.safetensors"))
    models = {
        f"{folder.parent.name} {folder.name}": load_model(
            folder / "weights.safetensors", folder / "provenance.json"
        )
        for folder in folders
    }
    tables = []
    track_ids = read_table(results / "audio" / "test" / "index.csv", DecodedTracks)["track_id"]
    for track_id in track_ids.iloc[:n_tracks]:
        folder = results / "audio" / "test" / "tracks" / track_id
        mixture = read_wav(folder / f"{MIXTURE}.wav")
        scorer = TrackScorer(read_stacked(folder, targets), win, hop, scoring["engine"], track_id)
        for name, model in models.items():
            for estimator in ESTIMATORS:
                estimate = model_magnitudes(model, torch.device("cpu"))
                target, system = separate(mixture, estimate, stft, estimator), f"{name} {estimator}"
                estimates = StackedAudio([target, accompaniment_of(mixture, target)])
                scores = scorer.score(estimates, system)
                tables.append(
                    score_frame_table(scores, system, track_id, track_id, targets, scoring["hop_s"])
                )
        print(track_id, flush=True)
    return track_table(pd.concat(tables))


def main() -> None:
    """Print one row per model and estimator, one column per target and metric."""
    results = Path(sys.argv[1])
    settings = read_yaml(DEFAULTS)
    if len(sys.argv) > 2:
        settings = merged(settings, read_yaml(sys.argv[2]))
    table = score_models(results, settings, int(sys.argv[3]) if len(sys.argv) > 3 else 10)
    columns = ["target", "metric"]
    by_track = table.pivot_table("value", [*columns, "track_id"], "system", sort=False)
    first = next(iter(ESTIMATORS))
    model = by_track.columns.str.rsplit(" ", n=1).str[0]
    change = by_track - by_track[model + " " + first].to_numpy()
    shown = by_track.groupby(columns, sort=False).median().round(2).astype(str)
    shown += " (" + change.groupby(columns, sort=False).median().map("{:+.2f}".format) + ")"
    print(shown.T.to_string())


if __name__ == "__main__":
    main()
