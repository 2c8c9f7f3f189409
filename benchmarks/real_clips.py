"""Real music for tests and benchmarks: clips of the preview in ../shared/data, decoded as the study does."""

import zipfile
from pathlib import Path

import numpy as np

from singmap.data.decoding import decode_track
from singmap.data.stem_streams import MUSDB_STEMS
from singmap.data.tracks import Stem, Track
from singmap.files.audio_format import MIXTURE, SAMPLE_RATE_HZ, scored_sources
from singmap.files.wav import read_wav
from singmap.separation.baseline import baseline_estimates
from singmap.spectra.settings import StftSettings

ARCHIVE = "data/MUSDB18-7-STEMS.zip"
TARGETS = scored_sources("vocals")
STFT = StftSettings("hamming", 2049, 4096, 384)


def clip_names(shared: Path) -> list[str]:
    """Members of the archive, one per clip, sorted."""
    with zipfile.ZipFile(shared / ARCHIVE) as archive:
        return sorted(name for name in archive.namelist() if name.endswith(".stem.mp4"))


def read_clip(shared: Path, name: str, folder: Path) -> dict[str, np.ndarray]:
    """Decode one clip below `folder`; returns mixture, vocals and accompaniment, (n_channels, n_samples)."""
    with zipfile.ZipFile(shared / ARCHIVE) as archive:
        archive.extract(name, folder)
    stems = {stem: Stem(name, stream) for stream, stem in enumerate(MUSDB_STEMS)}
    track = Track("clip", name, "test", 0, SAMPLE_RATE_HZ, stems)
    decode_track(track, folder, "vocals", folder / "decoded", with_accompaniment=True)
    return {part: read_wav(folder / "decoded" / "clip" / f"{part}.wav") for part in (MIXTURE, *TARGETS)}


def museval_layout(signals: dict[str, np.ndarray] | tuple[np.ndarray, ...]) -> np.ndarray:
    """References or estimates of both targets as (2, n_samples, n_channels)."""
    chosen = [signals[name] for name in TARGETS] if isinstance(signals, dict) else signals
    return np.stack([signal.T for signal in chosen])


def estimates_of(clip: dict[str, np.ndarray], baseline: str) -> np.ndarray:
    """Both targets' estimates by a baseline, (2, n_samples, n_channels)."""
    mixture, target, rest = (clip[part] for part in (MIXTURE, *TARGETS))
    estimates = baseline_estimates(baseline, mixture, target, rest, STFT)
    return museval_layout(tuple(np.asarray(estimate) for estimate in estimates))


def joined_track(
    shared: Path, folder: Path, duration_s: float, baseline: str
) -> tuple[np.ndarray, np.ndarray]:
    """References and a baseline's estimates of clips played one after the other, cut to `duration_s`."""
    n_samples, pieces = int(duration_s * SAMPLE_RATE_HZ), []
    for name in clip_names(shared):
        clip = read_clip(shared, name, folder)
        pieces.append((museval_layout(clip), estimates_of(clip, baseline)))
        if sum(references.shape[1] for references, _ in pieces) >= n_samples:
            break
    references, estimates = (
        np.concatenate(part, axis=1)[:, :n_samples] for part in zip(*pieces, strict=True)
    )
    return references, estimates
