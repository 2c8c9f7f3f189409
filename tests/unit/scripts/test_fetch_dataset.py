"""The data set made ready: a manifest that lists its tracks."""

from singmap.data.tracks import read_manifest
from tests.helpers.audio_files import write_folder
from workflow.scripts import fetch_dataset

NO_ARCHIVE = {"url": None, "sha256": None}
DEMO = {"train_remixes": 1, "valid_remixes": 1, "seed": 0}


def test_an_existing_copy_is_listed_and_left_as_it_is(tmp_path):
    root = write_folder(tmp_path / "mine", names=("A", "B", "Größe; $(x)"))
    before = sorted(root.rglob("*"))
    settings = {"name": "folder", "root": str(root), "demo": None}
    fetch_dataset.main(
        manifest=tmp_path / "manifest.json", folder=tmp_path / "made", settings=settings, archive=NO_ARCHIVE
    )
    manifest = read_manifest(tmp_path / "manifest.json")
    assert (manifest.name, manifest.root) == ("folder", root)
    assert [track.name for track in manifest.tracks] == ["A", "B", "Größe; $(x)"]
    assert sorted(root.rglob("*")) == before


def test_the_demo_is_made_in_the_folder_that_studies_share(tmp_path):
    settings = {"name": "demo", "root": None, "demo": DEMO}
    fetch_dataset.main(
        manifest=tmp_path / "manifest.json",
        folder=tmp_path / "sets/demo",
        settings=settings,
        archive=NO_ARCHIVE,
    )
    manifest = read_manifest(tmp_path / "manifest.json")
    assert manifest.root.parent == tmp_path / "sets/demo"
    assert len(manifest.tracks) == 4
    assert all(
        (manifest.root / stem.path).is_file() for track in manifest.tracks for stem in track.stems.values()
    )
