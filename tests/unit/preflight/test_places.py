"""Configured folders and addresses: what they mean, and one line for each that can't be used."""

import subprocess
from pathlib import Path

import pytest

from singmap.configuration import read_yaml
from singmap.preflight.places import OWN_FOLDERS, address, check_checkout, with_places
from singmap.runtime.errors import InputError


@pytest.fixture
def settings(root):
    return read_yaml(root / "config/config.yaml")


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout in the working directory's parent; the working directory is `work`."""
    for folder in ("checkout/workflow/rules", "checkout/results", "work", "home"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "checkout"


def used(settings, checkout, **changes):
    """The results, datasets, root and url that these settings come to."""
    for key, value in changes.items():
        (settings if key in settings else settings["dataset"])[key] = value
    read = with_places(settings, checkout)
    return read["results"], read["datasets"], read["dataset"]["root"], read["dataset"]["url"]


def test_the_defaults_are_left_as_they_are(settings, checkout):
    assert used(settings, checkout) == ("results/demo", "results/datasets", None, None)
    assert with_places(settings, checkout) == settings


def test_the_home_is_found_in_every_place(settings, checkout, tmp_path):
    home = tmp_path / "home"
    read = used(
        settings, checkout, results="~/out//x/", datasets="~", root="~/my music", url="file://~/a.zip"
    )
    assert read == (f"{home}/out/x", f"{home}", f"{home}/my music", f"file://{home}/a.zip")
    assert settings["results"] == "~/out//x/", "what came is left as it is"


@pytest.mark.parametrize(
    "results",
    [
        "../elsewhere",
        "/srv/x",
        "../checkout/results/demo",
        "../checkout/.test/results",
        "./~",
        "größe 東京",
        "with space",
        "'q\"",
    ],
)
def test_other_folders_are_taken(settings, checkout, results):
    assert used(settings, checkout, results=f"{results}/x/../")[0] == results.removeprefix("./")


OWN = "a folder of its own, which does not hold the working directory"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"results": "/"}, OWN),
        ({"results": ".."}, OWN),
        ({"results": "x/.."}, OWN),
        ({"datasets": "."}, OWN),
        ({"results": "../checkout"}, "a folder that does not hold the checkout"),
        ({"results": "../checkout/workflow"}, "a folder outside the checkout's own workflow/"),
        ({"results": "../checkout/.test"}, "a folder outside the checkout's own .test/config/"),
        ({"datasets": "../checkout/.git/x"}, "a folder outside the checkout's own .git/"),
        ({"results": " \t"}, "the name of a folder, found ' \\t'"),
        ({"root": ""}, "the name of a folder, found ''"),
        ({"results": "a\0b"}, "a folder without control characters, found 'a\\x00b'"),
        ({"root": "a\nb"}, "a folder without control characters, found 'a\\nb'"),
        ({"results": "a\udcff"}, "a folder without control characters, found 'a\\udcff'"),
        ({"results": "x/{a}"}, "a folder without braces, which Snakemake takes for wildcards, found 'x/{a}'"),
        ({"results": "~nobody-here/x"}, "the home of a user of this machine"),
        ({"results": "file"}, "a folder, not a file, found 'file'"),
        ({"results": "data", "root": "../work/data/"}, "a folder outside the data set ../work/data"),
        ({"datasets": "data/train/new", "root": "data"}, "a folder outside the data set data"),
    ],
)
def test_each_place_that_cannot_be_used_is_one_line(settings, checkout, changes, expected):
    Path("file").touch()
    with pytest.raises(InputError) as caught:
        used(settings, checkout, **changes)
    first, *lines = str(caught.value).splitlines()
    assert first == "configuration: expected places that a study can use, found 1 wrong:"
    assert len(lines) == 1
    (key,) = changes.keys() - ({"root"} if len(changes) > 1 else set())
    assert lines[0].startswith(f"  {'dataset.' if key == 'root' else ''}{key}: expected {expected}")


def test_all_are_listed_together(settings, checkout):
    with pytest.raises(InputError, match="found 3 wrong:"):
        used(settings, checkout, results="/", datasets="{a}\n", root="")


def test_data_may_lie_beside_results_and_have_braces(settings, checkout):
    assert used(settings, checkout, root=".", results="out")[0] == "out"
    assert used(settings, checkout, datasets="{a}", root="{b}")[1:3] == ("{a}", "{b}")


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file:///my%20songs/%E6%9D%B1.zip", "file:///my songs/東.zip"),
        ("file:///my songs/a.zip", "file:///my songs/a.zip"),
        ("file://localhost/a%2Bb.zip", "file:///a+b.zip"),
        ("file://archive.zip", "file://archive.zip"),
        ("https://host/my%20songs.zip", "https://host/my%20songs.zip"),
    ],
)
def test_an_address_of_a_file_becomes_its_path(url, path):
    assert address(url) == path


def test_a_file_whose_name_holds_a_percent_sign_is_found(tmp_path):
    (tmp_path / "100%20.zip").touch()
    assert address(f"file://{tmp_path}/100%20.zip") == f"file://{tmp_path}/100%20.zip"


@pytest.mark.parametrize("letter", "{}:")
def test_checkouts_where_no_job_could_work_are_refused(letter):
    with pytest.raises(InputError, match=f"expected a path without '{letter}' to this checkout"):
        check_checkout(Path(f"/a/b {letter}x/c"))


def test_checkouts_with_quotes_and_spaces_are_taken():
    check_checkout(Path("/my 'songs' & \"$x\"/%20#/東京"))


def test_the_checkouts_own_folders_are_known(root):
    listed = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=True).stdout
    folders = {Path(line).parent for line in listed.splitlines() if "/" in line} - {Path("results")}
    assert not {folder for folder in folders if not any(map(folder.is_relative_to, OWN_FOLDERS))}


def test_the_files_of_models_are_read_as_other_places_are(settings, checkout, tmp_path):
    own = {"name": "conv", "file": "~/a//conv.py", "weights": "./w.safetensors"}
    read = with_places(settings | {"models": ["sf", own]}, checkout)["models"]
    assert read == ["sf", own | {"file": f"{tmp_path}/home/a/conv.py", "weights": "w.safetensors"}]
    with pytest.raises(InputError, match=r"models\.0\.file: expected the name of a folder, found ' '"):
        with_places(settings | {"models": [own | {"file": " "}]}, checkout)
