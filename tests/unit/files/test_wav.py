"""The study's WAV files: what is written is read back, what is broken is named."""

import numpy as np
import pytest
import soundfile

from singmap.files.wav import read_wav, write_audio, write_wav
from singmap.runtime.errors import InputError


@pytest.mark.parametrize(("subtype", "tolerance"), [("FLOAT", 0), ("PCM_24", 2e-7), ("PCM_16", 4e-5)])
def test_round_trip(tmp_path, subtype, tolerance):
    audio = np.random.default_rng(0).uniform(-0.9, 0.9, (2, 500)).astype(np.float32)
    write_wav(tmp_path / "a.wav", audio, subtype)
    np.testing.assert_allclose(read_wav(tmp_path / "a.wav"), audio, atol=tolerance)


@pytest.mark.parametrize(
    ("subtype", "name"), [("FLOAT", "a.wav"), ("PCM_24", "a.flac"), ("PCM_16", "a.flac")]
)
def test_audio_is_written_without_loss_in_the_smallest_form_that_holds_it(tmp_path, subtype, name):
    audio = np.random.default_rng(0).integers(-(2**15), 2**15, (2, 500)) / 2**15
    write_audio(tmp_path / "a", audio, subtype)
    (written,) = tmp_path.iterdir()
    assert (written.name, soundfile.info(written).subtype) == (name, subtype)
    found, rate_hz = soundfile.read(written)
    assert rate_hz == 44100
    np.testing.assert_array_equal(found.T, audio)


def test_clipping_is_told(tmp_path, capsys):
    loud = np.full((1, 10), 1.5, dtype=np.float32)
    write_wav(tmp_path / "a.wav", loud, "PCM_16")
    assert "10 samples clip" in capsys.readouterr().err
    write_wav(tmp_path / "a.wav", loud, "FLOAT")
    assert capsys.readouterr().err == ""


def test_damaged_file_is_named(tmp_path):
    (tmp_path / "vocals.wav").write_bytes(b"RIFF no more")
    with pytest.raises(InputError, match=r"vocals\.wav"):
        read_wav(tmp_path / "vocals.wav")


def test_other_sample_rates_are_refused(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros((10, 2)), 48000)
    with pytest.raises(InputError, match="48000"):
        read_wav(tmp_path / "a.wav")


def test_a_file_cut_short_is_refused_not_read_as_far_as_it_goes(tmp_path):
    path = tmp_path / "vocals.wav"
    write_wav(path, np.ones((2, 1000)))
    path.write_bytes(path.read_bytes()[:-800])
    with pytest.raises(InputError, match=r"vocals\.wav: expected \d+ bytes, as its header says"):
        read_wav(path)


def test_what_is_no_audio_at_all_is_refused(tmp_path):
    (tmp_path / "vocals.wav").write_bytes(b"a page instead of the file" * 10)
    with pytest.raises(InputError, match=r"vocals\.wav: expected a whole WAV file"):
        read_wav(tmp_path / "vocals.wav")
