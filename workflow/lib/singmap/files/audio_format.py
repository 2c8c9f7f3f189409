"""What the audio of every study is: its sample rate, and the names of a track's signals, which name files."""

SAMPLE_RATE_HZ = 44100  # of MUSDB18, and of all the paper's models
MIXTURE = "mixture"
ACCOMPANIMENT = "accompaniment"  # the sum of all sources but the one under study


def scored_sources(target: str) -> list[str]:
    """The two sources of every separation, in the order of files and scores: the target and the rest."""
    return [target, ACCOMPANIMENT]
