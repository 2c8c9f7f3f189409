"""All problems of a run come in one message."""

import shlex
from dataclasses import replace

import pytest

from singmap.data.tracks import read_manifest, write_manifest
from singmap.preflight import device
from singmap.preflight.plan import Plan
from singmap.preflight.run import check_run, run_warnings
from singmap.runtime.errors import InputError
from singmap.runtime.records import record_outputs

PLAN = Plan(
    {"decode_tracks": [{"subset": "test"}], "train_model": [{"model": "dae"}]}, frozenset({"train_model"})
)


@pytest.fixture
def written(manifest, tmp_path):
    write_manifest(tmp_path / "manifest.json", manifest)
    return tmp_path / "manifest.json"


def test_a_run_without_problems_passes(settings, written, tmp_path):
    check_run(settings | {"results": str(tmp_path)}, PLAN, written)
    check_run(settings, Plan({"fetch_dataset": [{}]}), tmp_path / "none.json")


def test_every_problem_is_a_line_of_one_message(settings, written, monkeypatch):
    monkeypatch.setattr(device, "gpu_present", lambda: False)
    settings["device"] = "cuda"
    settings["dataset"]["test"] = ["nobody", "Lang", "Short"]
    with pytest.raises(InputError) as caught:
        check_run(settings, PLAN, written)
    lines = str(caught.value).splitlines()
    assert lines[0] == "this run: expected what its jobs need, found 2 problems before the first job:"
    assert [line.strip().split(":")[0] for line in lines[1:]] == [
        "device",
        "dataset.test",
        "dataset.test",
        "dataset.test",
    ]
    assert "'nobody'" in lines[3]
    assert "'Lang'" in lines[4]


def test_a_data_set_to_be_fetched_is_not_compared_with_an_old_manifest(settings, written):
    settings["dataset"] |= {"test": ["nobody"], "root": str(written.parent / "gone")}
    plan = Plan(PLAN.jobs | {"fetch_dataset": [{}]})
    with pytest.raises(InputError, match="found 1 problem before") as caught:
        check_run(settings, plan, written)
    assert "dataset.root: expected an existing folder" in str(caught.value)


def test_a_damaged_manifest_is_one_problem(settings, written):
    written.write_text("{}")
    with pytest.raises(InputError, match=r"found 1 problem before.*\n.*manifest\.json: expected a data set"):
        check_run(settings, PLAN, written)


def test_the_data_in_use_are_compared_unless_they_are_fetched_anew(settings, written, tmp_path):
    source = {"url": "https://a/a.zip", "sha256": "a" * 64, "configured_url": None}
    write_manifest(written, replace(read_manifest(written), source=source))
    settings = settings | {"results": str(tmp_path)}
    settings["dataset"] |= {"sha256": "b" * 64, "url": "https://b/b.zip"}
    fetching = Plan(PLAN.jobs | {"fetch_dataset": [{}]})
    with pytest.raises(InputError, match=r"found 1 problem before.*\n.*dataset\.sha256"):
        check_run(settings, Plan({}), written)
    assert len(list(run_warnings(settings, Plan({}), written))) == 1
    check_run(settings, fetching, written)
    assert list(run_warnings(settings, fetching, written)) == []
    assert list(run_warnings(settings, Plan({}), tmp_path / "none.json")) == []
    written.write_text("{}")
    assert list(run_warnings(settings, Plan({}), written)) == []


def test_files_that_are_gone_from_a_folder_are_named_with_what_makes_them_again(settings, tmp_path):
    folder = tmp_path / "report" / "page's files"
    for name in ("a.csv", "b.csv", "c.csv"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    record_outputs(tmp_path, "render_page", [folder])
    settings = settings | {"results": str(tmp_path)}
    assert list(run_warnings(settings, Plan({}), tmp_path / "none.json")) == []
    (folder / "a.csv").unlink()
    (folder / "c.csv").unlink()
    (warning,) = run_warnings(settings, Plan({}), tmp_path / "none.json")
    told, _, command = warning.partition("; run snakemake again with ")
    assert told == f"{folder}: a.csv and 1 more are gone"
    assert shlex.split(command) == ["--forcerun", str(folder)]
    planned = Plan({"render_page": [{}]}, outputs=[folder])
    assert list(run_warnings(settings, planned, tmp_path / "none.json")) == [], "it is made again"
