"""Stems of WAV, FLAC and the like, read in blocks without seams."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from singmap.data import audio_files
from singmap.data.audio_files import stem_blocks
from singmap.data.tracks import Stem, Track
from singmap.runtime.errors import InputError
from tests.helpers.audio_files import RATE_HZ, tone, voice_and_band
from tests.helpers.decoded_tracks import folder_track

STEP = 1 / 32768  # of 16-bit audio


def joined(track: Track, root: Path) -> dict[str, np.ndarray]:
    """All blocks of all stems of a track put together."""
    blocks = list(stem_blocks(track.stems, root, track.n_samples))
    return {name: np.concatenate([block[name] for block in blocks]) for name in track.stems}


@pytest.mark.parametrize(
    "n_samples",
    [1, audio_files.BLOCK_SAMPLES - 1, audio_files.BLOCK_SAMPLES, audio_files.BLOCK_SAMPLES + 1],
)
def test_blocks_join_without_seams(tmp_path, n_samples):
    stems = voice_and_band(n_samples)
    found = joined(folder_track(tmp_path, stems), tmp_path)
    for name, expected in stems.items():
        assert np.array_equal(found[name], expected.astype(np.float32))


def test_other_rate_is_resampled_in_blocks_as_in_one_piece(tmp_path):
    stems = voice_and_band(3 * audio_files.BLOCK_SAMPLES // 2, rate_hz=48000)
    found = joined(folder_track(tmp_path, stems, rate_hz=48000), tmp_path)
    expected = soxr.resample(stems["vocals"].astype(np.float32), 48000, 44100, quality="VHQ")
    assert np.abs(found["vocals"] - expected).max() < 0.51 * STEP
    heard = tone(440, len(expected))
    assert np.abs(found["vocals"] - heard)[2000:-2000].max() < 1e-4, "a 440 Hz tone stays one"


def test_mono_goes_to_both_channels(tmp_path):
    stems = voice_and_band(1000, n_channels=1)
    found = joined(folder_track(tmp_path, stems), tmp_path)["vocals"]
    assert found.shape == (1000, 2)
    assert np.array_equal(found[:, 0], found[:, 1])


def test_flac(tmp_path):
    stems = voice_and_band(5000)
    found = joined(folder_track(tmp_path, stems, suffix="flac"), tmp_path)
    assert np.abs(found["vocals"] - stems["vocals"]).max() < 1 / 32768


def test_finer_samples_are_rounded_as_musdb_does_and_16_bits_are_kept(tmp_path):
    coarse = np.arange(-32768, 32768, dtype=np.float32)[:, None] * np.float32([STEP, -STEP])
    fine = coarse + np.float32(0.3 * STEP)
    track = folder_track(tmp_path, {"vocals": fine, "accompaniment": 3 * coarse})
    found = joined(track, tmp_path)
    assert np.array_equal(found["vocals"], coarse)
    assert np.array_equal(found["accompaniment"], 3 * coarse), "above full scale nothing is clipped"


def test_lengths_that_differ_despite_the_headers(tmp_path):
    track = folder_track(tmp_path, voice_and_band(1000))
    soundfile.write(tmp_path / "track/vocals.wav", tone(1, 999), RATE_HZ)
    with pytest.raises(InputError, match=r"1000 samples, as listed, found 999; run snakemake --forcerun"):
        joined(track, tmp_path)


class Short(soundfile.SoundFile):
    """A decoder that finds less than the header promises, in all stems alike."""

    def read(self, *arguments, **keywords):
        return super().read(*arguments, **keywords)[:-100]


def test_stems_that_deliver_less_than_they_promise(tmp_path, monkeypatch):
    track = folder_track(tmp_path, voice_and_band(1000))
    monkeypatch.setattr(soundfile, "SoundFile", Short)
    with pytest.raises(InputError, match="1000 samples, as it promises, found 900; it was cut short"):
        joined(track, tmp_path)


@pytest.mark.parametrize("form", ["WAV", "RF64", "W64", "AIFF", "FLAC", "OGG", "MP3"])
def test_files_cut_after_they_were_listed(tmp_path, form):
    """As when a disk fails between listing and decoding; all stems alike."""
    folder = tmp_path / "track"
    folder.mkdir()
    for name in ("vocals", "accompaniment"):
        noise = np.random.default_rng(0).uniform(-0.1, 0.1, (88200, 2))
        soundfile.write(folder / f"{name}.audio", noise, RATE_HZ, format=form)
    stems = {name: Stem(f"track/{name}.audio") for name in ("vocals", "accompaniment")}
    track = Track("track", "A track", "test", 88200, RATE_HZ, stems)
    joined(track, tmp_path)
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match=r"\.audio: expected"):
        joined(track, tmp_path)


def test_unreadable_audio_is_named(tmp_path):
    track = folder_track(tmp_path, voice_and_band(100), suffix="flac")
    (tmp_path / "track/vocals.flac").write_bytes(b"no audio at all" * 10)
    with pytest.raises(InputError, match=r"vocals\.flac: expected readable audio"):
        joined(track, tmp_path)


@pytest.mark.parametrize("rate_hz", [22050, 48000, 96000])
def test_resampled_audio_has_the_length_that_its_time_asks_for(tmp_path, rate_hz):
    stems = voice_and_band(rate_hz + audio_files.BLOCK_SAMPLES, rate_hz=rate_hz)
    found = joined(folder_track(tmp_path, stems, rate_hz=rate_hz), tmp_path)["vocals"]
    assert len(found) == pytest.approx(len(stems["vocals"]) * 44100 / rate_hz, abs=1)
