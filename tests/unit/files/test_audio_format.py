"""What every study's audio is called, and its sample rate."""

from singmap.files.audio_format import ACCOMPANIMENT, MIXTURE, SAMPLE_RATE_HZ, scored_sources


def test_two_sources_are_scored_the_target_first():
    assert scored_sources("drums") == ["drums", "accompaniment"]


def test_the_signals_of_a_track_have_names_of_their_own():
    """They name files of one folder."""
    assert len({MIXTURE, ACCOMPANIMENT, *scored_sources("vocals")}) == 3


def test_the_sample_rate_stands_once(root):
    """A second one would be forgotten when the first changes."""
    library = root / "workflow" / "lib" / "singmap"
    found = {path.name for path in library.rglob("*.py") if str(SAMPLE_RATE_HZ) in path.read_text()}
    assert found == {"audio_format.py"}
