"""Which stream of a stem file holds which stem: pictures shift nothing, names in the file decide."""

import pytest
import stempeg

from singmap.data.stem_files import decode_stem_file
from singmap.data.stem_streams import stem_streams
from singmap.runtime.errors import InputError
from tests.helpers.audio_files import MUSDB_STEMS
from tests.helpers.stem_files import HERTZ, PICTURE, heard_hz, write_stem_file

SHUFFLED = ("vocals", "mixture", "other", "drums", "bass")
NI_ORDER = ("mixture", "vocals", "bass", "drums", "other")  # the list names what stands behind the mixture


def heard(path, folder):
    """Decode every stem by the numbers of its stream; returns which stem's tone each holds."""
    numbers = {stream.stem: [number] for number, stream in enumerate(stem_streams(path))}
    decode_stem_file(path, numbers, folder)
    by_hz = {hz: stem for stem, hz in HERTZ.items()}
    return {stem: by_hz[round(heard_hz(folder / f"{stem}.wav"), -1)] for stem in numbers}


@pytest.mark.parametrize("place", range(6))
def test_a_picture_shifts_no_stream(tmp_path, place):
    order = (*MUSDB_STEMS[:place], PICTURE, *MUSDB_STEMS[place:])
    path = write_stem_file(tmp_path / "x.stem.mp4", order)
    assert heard(path, tmp_path) == {stem: stem for stem in MUSDB_STEMS}


@pytest.mark.parametrize(
    ("order", "named"),
    [
        (SHUFFLED, {"titles": ["Vox", "MIX", "Others", "Drums", "Bass"]}),
        (SHUFFLED, {"titles": ["vocals", "mixture", "Synth", "drums", "bass"]}),
        (NI_ORDER, {"listed": ["Vox", "Bass", "Drums", "Other"]}),
        (NI_ORDER, {"listed": ["Vocals", "Bass", "Drums", "Keys and strings"]}),
        (MUSDB_STEMS, {"titles": ["SoundHandler"] * 5}),
        (MUSDB_STEMS, {"titles": ["x", "Drums", "y", "z", "Vox"]}),
        (MUSDB_STEMS, {"listed": ["", "", "", ""]}),
    ],
)
def test_names_in_the_file_decide_where_they_are_there(tmp_path, order, named):
    path = write_stem_file(tmp_path / "x.stem.mp4", order, **named)
    assert heard(path, tmp_path) == {stem: stem for stem in MUSDB_STEMS}


@pytest.mark.parametrize("titles", [["mix", "Drums", "Drums", "Bass", "Vox"], ["mix", "Vox", "a", "b", "c"]])
def test_names_that_do_not_fit_are_refused(tmp_path, titles):
    path = write_stem_file(tmp_path / "x.stem.mp4", titles=titles)
    with pytest.raises(InputError, match=r"x\.stem\.mp4: expected streams named mixture, drums.*found mix"):
        stem_streams(path)


def test_the_example_is_told_by_native_instruments_list():
    streams = stem_streams(stempeg.example_stem_path())
    assert [stream.stem for stream in streams] == list(MUSDB_STEMS)
    assert {(s.n_samples, s.sample_rate_hz, s.n_channels) for s in streams} == {(268288, 44100, 2)}
