"""Magnitudes computed in blocks, and the cache that they are written to."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from singmap.runtime.errors import InputError
from singmap.spectra.cache import SpectraCache
from singmap.spectra.settings import StftSettings
from singmap.spectra.stft import analyse
from singmap.spectra.write_cache import (
    ANALYSIS_FRAMES,
    READ_FRAMES,
    magnitude_blocks,
    mono_reader,
    write_cache,
)

PAPER = StftSettings("hamming", 2049, 4096, 384)
DEMO = StftSettings("hamming", 1024, 1024, 256)
ODD = StftSettings("hann", 1001, 2048, 300)


def noise(n_samples: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(n_samples).astype(np.float32)


@pytest.mark.filterwarnings("ignore:n_fft")
@pytest.mark.parametrize("settings", [PAPER, DEMO, ODD])
@pytest.mark.parametrize(
    "n_samples", [1, 383, 384, 5000, 384 * ANALYSIS_FRAMES, 384 * READ_FRAMES - 1, 384 * READ_FRAMES, 150000]
)
def test_blocks_equal_the_analysis_of_the_whole(tmp_path, settings, n_samples):
    """Both are single-precision FFTs of different libraries: they part by rounding, 1e-7 of the largest."""
    audio = noise(n_samples)
    soundfile.write(tmp_path / "x.wav", audio, 44100, subtype="FLOAT")
    with soundfile.SoundFile(tmp_path / "x.wav") as file:
        blocks = magnitude_blocks(mono_reader(file), settings.n_frames(n_samples), settings)
        found = np.concatenate([block.copy() for block in blocks])
    expected = np.abs(analyse(audio, settings))
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= 1e-6 * expected.max()


@pytest.fixture
def decoded(tmp_path):
    """Three decoded tracks, one of them stereo: their table, their files and their audio in mono."""
    lengths = [5000, 700, 30000]
    audio = {name: [noise(n, seed) for seed, n in enumerate(lengths)] for name in ("mixture", "target")}
    files = {name: [tmp_path / f"{name}{k}.wav" for k in range(3)] for name in audio}
    for name, paths in files.items():
        for path, track in zip(paths, audio[name], strict=True):
            soundfile.write(path, track, 44100, subtype="FLOAT")
    for name, paths in files.items():
        stereo = np.stack([audio[name][1] + 1, audio[name][1] - 1], axis=1)
        soundfile.write(paths[1], stereo, 44100, subtype="FLOAT")
    names = {"track_id": list("abc"), "track": ['A, "1"', "B\n2", "C"]}
    return pd.DataFrame({**names, "subset": ["train", "test", "train"], "n_samples": lengths}), files, audio


@pytest.mark.filterwarnings("ignore:n_fft")
@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-6), ("float16", 2.0**-11)])
@pytest.mark.parametrize("threads", [1, 3])
def test_cache_holds_every_track(tmp_path, decoded, dtype, tolerance, threads):
    """float16 keeps 11 significant bits: at most 2**-11 of each magnitude is lost."""
    table, files, audio = decoded
    write_cache(tmp_path / "cache", table, files, DEMO, dtype, threads)
    cache = SpectraCache(tmp_path / "cache")
    assert cache.mixture.dtype == dtype
    assert cache.tracks.track.tolist() == table.track.tolist()
    assert cache.n_frames == sum(1 + n // 256 for n in table.n_samples)
    for name, array in zip(("mixture", "target"), cache.load(), strict=True):
        for row, track in zip(cache.tracks.itertuples(), audio[name], strict=True):
            expected = np.abs(analyse(track, DEMO))
            found = array[row.first_frame : row.first_frame + row.n_frames]
            assert np.abs(found - expected).max() <= tolerance * expected.max()
    assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == [
        "index.csv",
        "mixture.npy",
        "target.npy",
    ]


def test_same_audio_same_bytes(tmp_path, decoded):
    table, files, _ = decoded
    for name, threads in (("one", 1), ("two", 2)):
        write_cache(tmp_path / name, table, files, DEMO, "float32", threads)
    assert (tmp_path / "one/mixture.npy").read_bytes() == (tmp_path / "two/mixture.npy").read_bytes()


def test_too_small_a_disk_is_noticed_before_writing(tmp_path, decoded, monkeypatch):
    table, files, _ = decoded
    usage = shutil.disk_usage(tmp_path)._replace(free=201_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    long = table.assign(n_samples=44100 * 600)
    with pytest.raises(
        InputError, match=r"cache of spectra in .*1\.47 GB of free disk space, found 0\.20 GB"
    ):
        write_cache(tmp_path / "cache", long, files, DEMO, "float32", 1)
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("damage", [b"", b"RIFF", None])
def test_damaged_audio_leaves_no_cache(tmp_path, decoded, damage):
    table, files, _ = decoded
    victim: Path = files["target"][2]
    content = victim.read_bytes()
    victim.write_bytes(content[: len(content) // 2] if damage is None else damage)
    with pytest.raises(InputError, match=r"target2\.wav"):
        write_cache(tmp_path / "cache", table, files, DEMO, "float32", 2)
    assert not list((tmp_path / "cache").iterdir())


def test_audio_of_another_length_than_its_list_says_is_refused(tmp_path, decoded):
    table, files, _ = decoded
    with pytest.raises(InputError, match=r"mixture1\.wav: expected .* 900 samples, found .* 700 samples"):
        write_cache(tmp_path / "cache", table.assign(n_samples=[5000, 900, 30000]), files, DEMO, "float32", 1)
    assert not list((tmp_path / "cache").iterdir())


@pytest.mark.parametrize("peak", [3e4, 1e30, np.inf, np.nan])
def test_no_cache_holds_what_is_no_finite_number(tmp_path, decoded, peak):
    """Integers that nobody scaled overflow float16 in the spectrum, long before they do in the audio."""
    table, files, _ = decoded
    path = files["target"][1]
    soundfile.write(path, np.full((700, 2), peak), 44100, subtype="FLOAT")
    with pytest.raises(InputError, match=rf"{path.name}: .*65504, what float16 holds, found") as caught:
        write_cache(tmp_path / "cache", table, files, PAPER, "float16", 1)
    assert ("set spectra.dtype: float32" in str(caught.value)) == np.isfinite(peak)
    assert not list(tmp_path.glob("cache/*.npy"))
    if np.isfinite(peak):
        write_cache(tmp_path / "cache", table, files, PAPER, "float32", 1)
        assert np.isfinite(np.load(tmp_path / "cache/target.npy")).all()
