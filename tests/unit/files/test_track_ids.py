"""What is taken for a track id, and what is not, wherever one is read."""

import pytest

from singmap.files.tables import DecodedTracks, SpectraIndex, columns, read_table
from singmap.files.track_ids import ID_CHARACTERS_MAX, require_track_ids
from singmap.runtime.errors import InputError

HOSTILE = ["../../x", "/etc", "..", "", "a/b", "a\nb", "-rf", "a" * (ID_CHARACTERS_MAX + 1), "Größe", None, 3]


@pytest.mark.parametrize("track_id", HOSTILE)
def test_what_could_leave_a_folder_or_is_no_name_is_refused(track_id):
    with pytest.raises(InputError, match=r"x\.csv: expected track ids of letters"):
        require_track_ids("x.csv", ["good", track_id])


def test_ids_of_the_study_pass():
    require_track_ids("x.csv", ["a", "0", "Falcon_69_-_remix_000", "a" * ID_CHARACTERS_MAX])


@pytest.mark.parametrize("table", [DecodedTracks, SpectraIndex])
@pytest.mark.parametrize("track_id", ["../../x", ""])
def test_every_table_of_tracks_is_checked_when_it_is_read(tmp_path, table, track_id):
    names = columns(table)
    values = [f'"{track_id}"' if name == "track_id" else "1" for name in names]
    (tmp_path / "index.csv").write_text(f"{','.join(names)}\n{','.join(values)}\n")
    with pytest.raises(InputError, match=r"index\.csv: expected track ids"):
        read_table(tmp_path / "index.csv", table)
