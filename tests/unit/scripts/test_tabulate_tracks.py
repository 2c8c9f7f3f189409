"""The tracks of all subsets in one table."""

import pytest

from singmap.files.tables import DecodedTracks, Tracks, read_table, write_table
from singmap.runtime.errors import InputError
from tests.helpers import study_tables
from workflow.scripts import tabulate_tracks


def indices(folder, **changes):
    """Lists of decoded tracks of three subsets, one track each."""
    paths = []
    for subset in ("train", "valid", "test"):
        index = study_tables.decoded_tracks({subset: changes.get(subset, f"Song of {subset}")})
        paths.append(folder / f"{subset}.csv")
        write_table(paths[-1], index.assign(subset=subset), DecodedTracks)
    return paths


def test_rows_of_all_subsets_in_their_order(tmp_path):
    tabulate_tracks.main(indices=indices(tmp_path), table=tmp_path / "tracks.csv")
    table = read_table(tmp_path / "tracks.csv", Tracks)
    assert list(table["subset"]) == ["train", "valid", "test"]
    assert list(table["track"]) == ["Song of train", "Song of valid", "Song of test"]


def test_a_shared_song_leaves_no_table(tmp_path):
    with pytest.raises(InputError, match="train 'Song' and test 'Song' have the same name"):
        tabulate_tracks.main(
            indices=indices(tmp_path, train="Song", test="Song"), table=tmp_path / "tracks.csv"
        )
    assert not (tmp_path / "tracks.csv").exists()
