"""Choosing and cutting excerpts by the scripts of their rules."""

from pathlib import Path

from singmap.files.tables import Stretches, read_table
from singmap.files.wav import read_wav, write_wav
from workflow.scripts import choose_excerpts, cut_excerpts


def cut(folder: Path, n_tracks: int) -> dict[str, Path]:
    """Cut excerpts of at most `n_tracks` of the tracks in `folder`; returns what the next rules take.

    What the system sf_seed0 made of the track "song" lies in <folder>/sf_seed0/song.
    """
    places = folder / "excerpts"
    settings = {"target": "vocals", "excerpt_tracks": n_tracks, "excerpt_s": 0.6}
    choose_excerpts.main(
        index=folder / "index.csv",
        tracks=folder / "tracks",
        stretches=places / "stretches.csv",
        settings=settings,
    )
    for row in read_table(places / "stretches.csv", Stretches).itertuples():
        for path in (folder / "sf_seed0" / row.track_id).glob("*.wav"):
            heard = read_wav(path)[:, row.first_sample : row.first_sample + row.n_samples]
            write_wav(places / "sf_seed0" / row.track_id / path.name, heard)
    cut_excerpts.main(
        tracks=folder / "tracks",
        stretches=places / "stretches.csv",
        separated=[places / "sf_seed0", places / "mixture"],
        excerpts=places / "index.csv",
        truth=places / "truth",
        target="vocals",
    )
    return {"excerpts": places / "index.csv", "audio": places}
