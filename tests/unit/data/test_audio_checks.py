"""What is said of a track's audio: planted faults are named, what music does is not."""

import itertools

import numpy as np
import pytest

from singmap.data.audio_checks import PEAK_POSSIBLE, AudioChecks, to_mono
from singmap.runtime.errors import InputError

RNG = np.random.default_rng(0)


def noise(level: float = 0.1, n_samples: int = 4000) -> np.ndarray:
    return (level * RNG.standard_normal((n_samples, 2))).astype(np.float32)


def checked(vocals, accompaniment, mixture=None) -> AudioChecks:
    """Pass a track to the checks in blocks of uneven size."""
    signals = {"vocals": vocals, "accompaniment": accompaniment}
    signals["mixture"] = vocals + accompaniment if mixture is None else mixture
    checks = AudioChecks("A song", "vocals")
    cuts = [0, 1, 1000, len(vocals)]
    blocks = ({name: audio[a:b] for name, audio in signals.items()} for a, b in itertools.pairwise(cuts))
    assert sum(len(block["mixture"]) for block in checks.over(blocks)) == len(vocals)
    return checks


def test_music_has_no_remarks():
    checks = checked(noise(), noise())
    checks.require_possible()
    assert checks.remarks() == []
    assert checks.mixture_difference_db < -140, "single precision"
    assert not checks.target_is_silent


@pytest.mark.parametrize(("level_db", "n_remarks"), [(-14.5, 1), (-15.5, 0)])
def test_the_difference_is_a_ratio_of_energies(level_db, n_remarks):
    vocals, accompaniment = noise(n_samples=100_000), noise(n_samples=100_000)
    wrong = noise(np.sqrt(2) * 0.1 * 10 ** (level_db / 20), n_samples=100_000)
    checks = checked(vocals, accompaniment, vocals + accompaniment + wrong)
    expected = 10 * np.log10((wrong**2).sum() / ((vocals + accompaniment + wrong) ** 2).sum())
    assert checks.mixture_difference_db == pytest.approx(expected, abs=1e-3)
    assert len(checks.remarks()) == (n_remarks if abs(expected - level_db) < 0.4 else -1)


def test_a_fault_in_one_channel_is_seen_though_the_mean_of_both_hides_it():
    vocals, accompaniment = noise(), noise()
    flipped = np.array([[0.1, -0.1]], np.float32) * np.ones_like(vocals)
    checks = checked(vocals, accompaniment, vocals + accompaniment + flipped)
    assert np.allclose(to_mono(flipped), 0)
    assert "the mixture differs from the sum" in checks.remarks()[0]


def without_left(audio):
    return audio * np.array([0, 1], np.float32)


@pytest.mark.parametrize(
    ("vocals", "accompaniment", "remark"),
    [
        (noise(), without_left(noise()), "the left channel of accompaniment is silent"),
        (without_left(noise())[:, ::-1], noise(), "the right channel of vocals is silent"),
        (noise(), noise(2.0), "accompaniment has samples up to"),
        (noise() + np.float32(0.05), noise(), "vocals has an offset of 0.05"),
        (noise(1e-5), noise(1e-5), "the mixture's peak is only"),
    ],
)
def test_faults_that_may_be_right_are_remarked(vocals, accompaniment, remark):
    checks = checked(vocals, accompaniment)
    checks.require_possible()
    assert any(found.startswith(remark) for found in checks.remarks()), checks.remarks()


def test_a_tiny_offset_of_a_silent_stem_is_nobodys_worry():
    checks = checked(np.full((4000, 2), 1e-4, np.float32), noise())
    assert checks.remarks() == []


def test_a_silent_target_is_told_and_no_dead_channel():
    checks = checked(np.zeros((4000, 2), np.float32), noise())
    assert (checks.target_is_silent, checks.remarks()) == (True, [])


@pytest.mark.parametrize(
    ("vocals", "accompaniment", "message"),
    [
        (noise(16_000 / 4), noise(16_000 / 4), "mixture: expected samples of full scale 1, found .*32768"),
        (noise(), -2 * PEAK_POSSIBLE * np.ones((4000, 2), np.float32), "mixture: expected samples of full"),
        (
            noise(),
            noise() + np.float32(0.5),
            "mixture: expected audio around zero, found a mean of 0",
        ),
        (*[np.zeros((4000, 2), np.float32)] * 2, "mixture: expected music, found digital silence"),
    ],
)
def test_what_no_music_is_is_refused(vocals, accompaniment, message):
    with pytest.raises(InputError, match=f"track 'A song', {message}"):
        checked(vocals, accompaniment).require_possible()


def test_opposite_extremes_do_not_cancel_unseen():
    """The mixture is in range, its sources are not."""
    huge = noise(4000)
    with pytest.raises(InputError, match="vocals: expected samples of full scale 1"):
        checked(huge, -huge + noise()).require_possible()


def test_the_digest_depends_on_every_sample_and_not_on_blocks():
    vocals, accompaniment = noise(), noise()
    first = checked(vocals, accompaniment).digest
    whole = AudioChecks("A song", "vocals")
    block = {"vocals": vocals, "accompaniment": accompaniment, "mixture": vocals + accompaniment}
    list(whole.over(iter([block])))
    assert whole.digest == first
    vocals = vocals.copy()
    vocals[3999, 1] += np.float32(1e-3)
    assert checked(vocals, accompaniment).digest != first
