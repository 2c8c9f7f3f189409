"""The data stages as Snakemake runs them: odd names, other targets, bad input, and what reruns."""

import csv
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from singmap.files.tables import Audit, DecodedTracks, Scores, Segments, read_table, write_table
from singmap.runtime.errors import InputError
from singmap.spectra.cache import SpectraCache
from singmap.spectra.decoded import DecodedSpectra
from tests.helpers.audio_files import RATE_HZ, tone, voice_and_band, write_folder, write_stems
from tests.helpers.scored_tracks import score_oracles
from tests.workflow.dryrun import dry_run, planned_jobs
from tests.workflow.running import ROOT, run_snakemake
from workflow.scripts import select_segments
from workflow.scripts.decode_tracks import main as decode_main
from workflow.scripts.fetch_dataset import main as fetch_main

ODD_NAMES = ["$(touch pwned) `touch pwned`", 'it\'s "quoted"; {wildcards} \\n', "line\nbreak & Größe 東京"]
MISREAD_NAMES = ["01", "02", "NA", "null", "None", "lone\rreturn"]  # as numbers, as missing, as two lines
STFT = {"window": "hamming", "window_samples": 256, "fft_samples": 256, "hop_samples": 128}
RESULTS = "results/tiny"


def spectra_of(*subsets: str) -> list[str]:
    """Arguments that ask Snakemake for these subsets' spectra, of the test its audio, and nothing later."""
    kinds = {subset: "audio" if subset == "test" else "spectra" for subset in subsets}
    return ["--cores=2", *(f"{RESULTS}/{kind}/{subset}/index.csv" for subset, kind in kinds.items())]


def folder_config(root: Path, **changes) -> dict:
    return {"dataset": {"name": "folder", "root": str(root), **changes}}


def index_rows(path: Path) -> list[dict]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_odd_names_go_all_the_way(tmp_path):
    root = write_folder(tmp_path / "my music", tuple(ODD_NAMES))
    for name in MISREAD_NAMES:
        write_stems(root / "test" / name, voice_and_band())
    write_stems(root / "test" / "silent", voice_and_band() | {"vocals": np.zeros((22050, 2))})
    done = run_snakemake(tmp_path, *spectra_of("train", "valid", "test"), config=folder_config(root))
    assert done.returncode == 0, done.stderr[-3000:]
    assert "kept, though vocals is silent throughout: 'silent'" in done.stderr
    assert "resampled" not in done.stderr
    rows = index_rows(tmp_path / RESULTS / "audio/test/index.csv")
    assert {row["track"]: row["target_is_silent"] for row in rows} == {
        **dict.fromkeys([ODD_NAMES[2], *MISREAD_NAMES], "False"),
        "silent": "True",
    }
    for row in rows:
        folder = tmp_path / RESULTS / "audio/test/tracks" / row["track_id"]
        assert sorted(path.name for path in folder.iterdir()) == [
            "accompaniment.wav",
            "mixture.wav",
            "vocals.wav",
        ]
    assert not list(tmp_path.rglob("pwned"))
    names = {row["track_id"]: row["track"] for row in rows}
    segments = segments_of(tmp_path / RESULTS)
    heard = {track_id: name for track_id, name in names.items() if name != "silent"}
    assert dict(zip(segments["track_id"], segments["track"], strict=True)) == heard
    some = {track_id: name for track_id, name in names.items() if name in ("01", "NA", "lone\rreturn")}
    scores, audit = scores_of(tmp_path / RESULTS, list(some))
    assert dict(zip(scores["track_id"], scores["track"], strict=True)) == some
    assert set(audit["track"]) <= set(some.values())
    exported = {path.stem for path in tmp_path.glob(f"{RESULTS}/museval/mixture/test/*.json")}
    assert exported == set(some.values())


def segments_of(results: Path) -> pd.DataFrame:
    """Choose segments of the test tracks as the rule would, without Snakemake."""
    audio = results / "audio/test"
    sizes = {"segment_frames": 20, "segments_per_track": 1, "tracks_max": None}
    select_segments.main(
        index=audio / "index.csv",
        tracks=audio / "tracks",
        segments=results / "segments.csv",
        mixture=results / "mixture.npy",
        settings=sizes,
        spectra={"target": "vocals", "stft": STFT, "dtype": "float32"},
    )
    return read_table(results / "segments.csv", Segments)


def scores_of(results: Path, track_ids: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Separate with a baseline, score and audit the test tracks as the rules would, without Snakemake."""
    audio = {"index": results / "audio/test/some.csv", "tracks": results / "audio/test/tracks"}
    index = read_table(results / "audio/test/index.csv", DecodedTracks)
    write_table(audio["index"], index[index["track_id"].isin(track_ids)], DecodedTracks)
    scoring = {"target": "vocals", "window_s": 0.5, "hop_s": 0.5, "engine": "fast", "audit_pairs": 1}
    scoring |= {"estimator": "magnitude", "stft": STFT, "device": "cpu"}
    score_oracles(audio, ["mixture"], scoring, results)
    return read_table(results / "tables/scores.csv", Scores), read_table(results / "tables/audit.csv", Audit)


def test_a_study_in_between_leaves_what_another_one_reads(tmp_path):
    """Two studies of one working directory, with data sets of the same kind and the same track names."""
    roots = {name: write_folder(tmp_path / name) for name in ("mine", "other")}
    write_stems(roots["other"] / "test/C", {"vocals": tone(990, 22050), "accompaniment": tone(55, 22050)})
    configs = {name: folder_config(root) | {"results": f"results/{name}"} for name, root in roots.items()}
    wanted = {name: f"results/{name}/audio/test/index.csv" for name in roots}

    def decode(name: str) -> np.ndarray:
        done = run_snakemake(tmp_path, "--cores=2", wanted[name], config=configs[name])
        assert done.returncode == 0, done.stderr[-3000:]
        return soundfile.read(tmp_path / f"results/{name}/audio/test/tracks/C/vocals.wav")[0]

    before = decode("mine")
    assert not np.array_equal(decode("other"), before)
    assert planned_jobs(dry_run(tmp_path, ROOT, configs["mine"], "--", wanted["mine"])) == {}
    shutil.rmtree(tmp_path / "results/mine/audio/test")
    assert np.array_equal(decode("mine"), before)


def test_tracks_with_the_names_of_folders_of_the_results(tmp_path):
    """No output of the whole study lies in a folder that another rule makes, and would remove first."""
    root = write_folder(tmp_path / "data", ("A", "B", "museval"))
    for name in ("tracks", "audio", "index", "unfinished", "irm"):
        write_stems(root / "test" / name, voice_and_band())
    fetch_main(
        manifest=tmp_path / RESULTS / "manifest.json",
        folder=tmp_path / "folder",
        settings={"name": "folder", "root": str(root), "demo": None},
        archive={"url": None, "sha256": None},
    )
    summary = dry_run(tmp_path, ROOT, folder_config(root), "--summary")
    outputs = {Path(name) for name in re.findall(rf"^({RESULTS}/\S+)\t", summary, re.MULTILINE)}
    assert Path(RESULTS, "scores/mixture/frames.parquet") in outputs
    assert [path for path in outputs if outputs.intersection(path.parents)] == []


def test_data_that_are_gone_are_named_with_the_way_to_get_them(tmp_path):
    root = write_folder(tmp_path / "data")
    run_scripts(tmp_path, root)
    root.rename(tmp_path / "elsewhere")
    with pytest.raises(InputError, match=r"data: expected the data set folder, .*--forcerun fetch_dataset"):
        decode_main(
            manifest=tmp_path / "manifest.json",
            index=tmp_path / "index.csv",
            tracks=tmp_path / "tracks",
            settings={"subset": "train", "selection": "all", "target": "vocals"},
            threads=1,
        )


def test_another_target_and_what_a_test_selection_reruns(tmp_path):
    root = write_folder(tmp_path / "data")
    for subset in ("train", "valid", "test"):
        stems = {
            name: tone(100 * k, 9000) for k, name in enumerate(("vocals", "drums", "bass", "other"), start=1)
        }
        (track,) = (root / subset).iterdir()
        (track / "accompaniment.wav").unlink()
        write_stems(track, stems)
    write_stems(root / "test" / "D", stems)
    config = folder_config(root, target="drums")
    done = run_snakemake(tmp_path, *spectra_of("train", "valid", "test"), config=config)
    assert done.returncode == 0, done.stderr[-3000:]
    assert soundfile.info(tmp_path / RESULTS / "audio/test/tracks/C/drums.wav").channels == 2
    assert soundfile.info(tmp_path / RESULTS / "audio/train/tracks/A/drums.wav").channels == 1
    config["dataset"]["test"] = ["D"]
    planned = run_snakemake(tmp_path, *spectra_of("train", "valid", "test"), "--dry-run", config=config)
    assert planned_jobs(planned.stdout) == {"decode_tracks": 1}
    assert "audio/test" in planned.stdout
    assert not any(f"audio/{subset}" in planned.stdout for subset in ("train", "valid"))


def a_missing_stem(track):
    (track / "vocals.wav").unlink()


def not_a_number(track):
    audio = tone(440, 22050)
    audio[12345] = np.nan
    soundfile.write(track / "vocals.wav", audio, RATE_HZ, subtype="FLOAT")


def no_samples(track):
    for path in track.iterdir():
        soundfile.write(path, np.zeros((0, 2)), RATE_HZ)


def damage(track):
    (track / "vocals.wav").write_bytes(b"no audio")


def run_scripts(tmp_path, root, selection="all", target="vocals") -> None:
    """Fetch and decode as the rules would, without Snakemake."""
    manifest = tmp_path / "manifest.json"
    fetch_main(
        manifest=manifest,
        folder=tmp_path / "folder",
        settings={"name": "folder", "root": str(root), "demo": None},
        archive={"url": None, "sha256": None},
    )
    audio = tmp_path / "audio"
    decode_main(
        manifest=manifest,
        index=audio / "index.csv",
        tracks=audio / "tracks",
        settings={"subset": "train", "selection": selection, "target": target},
        threads=2,
    )


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (a_missing_stem, r"the target and at least one other stem as audio files, found \['accompaniment'\]"),
        (damage, r"vocals\.wav: expected an audio file, found damaged data"),
        (no_samples, "expected audio, found no samples"),
        (not_a_number, r"vocals\.wav: expected finite samples, found NaN or infinity"),
    ],
)
def test_bad_track_leaves_nothing_half_written(tmp_path, spoil, message):
    root = write_folder(tmp_path / "data")
    spoil(root / "train/A")
    with pytest.raises(InputError, match=message):
        run_scripts(tmp_path, root)
    assert not (tmp_path / "audio/index.csv").exists()
    assert not [path for path in tmp_path.glob("audio/tracks/*") if not path.name.startswith(".part-")]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"root": "/nowhere"}, r"dataset\.root: expected an existing folder, found nothing at /nowhere"),
        ({"selection": ["Nobody"]}, r"dataset\.train: .* found 'Nobody'; the nearest name is 'A'"),
        ({"target": "drums"}, "expected a stem named drums, found 'A' has accompaniment, vocals"),
    ],
)
def test_wrong_place_selection_or_target(tmp_path, changes, message):
    with pytest.raises(InputError, match=message):
        run_scripts(tmp_path, **({"root": write_folder(tmp_path / "data")} | changes))


def test_resampling_is_told(tmp_path, capsys):
    root = write_folder(tmp_path / "data")
    write_stems(root / "train/A", voice_and_band(rate_hz=48000), rate_hz=48000)
    run_scripts(tmp_path, root)
    assert "[decode train] resampled to 44100 Hz: 'A'" in capsys.readouterr().err
    (row,) = index_rows(tmp_path / "audio/index.csv")
    assert int(row["n_samples"]) == round(22050 * 44100 / 48000)


def test_full_disk_is_noticed_before_decoding(tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(InputError, match=r"decoded train tracks in .* GB of free disk space"):
        run_scripts(tmp_path, write_folder(tmp_path / "data"))
    assert not (tmp_path / "audio").exists()


def test_error_is_one_line_on_the_terminal(tmp_path):
    root = write_folder(tmp_path / "data")
    not_a_number(root / "train/A")
    done = run_snakemake(tmp_path, *spectra_of("train"), config=folder_config(root))
    assert done.returncode != 0
    (line,) = {line for line in done.stderr.splitlines() if line.startswith("Error: ")}
    assert "vocals.wav: expected finite samples, found NaN or infinity" in line
    assert line.endswith(f"(log: {RESULTS}/logs/decode_tracks/train.log)")
    assert not list((tmp_path / RESULTS).glob("audio/train/*"))


@pytest.mark.long
@pytest.mark.shared
def test_all_real_clips(shared, tmp_path):
    """The preview's 119 clips from the archive to the spectra, with the paper's transform."""
    changes = {
        "dataset": {"name": "musdb18-7s", "url": f"file://{shared}/data/MUSDB18-7-STEMS.zip"},
        "stft": {"window_samples": 2049, "fft_samples": 4096, "hop_samples": 384},
    }
    done = run_snakemake(tmp_path, *spectra_of("train", "valid", "test"), config=changes)
    assert done.returncode == 0, done.stderr[-3000:]
    test = tmp_path / RESULTS / "audio/test"
    spectra = {"target": "vocals", "stft": STFT | changes["stft"], "dtype": "float32"}
    caches = {
        "train": SpectraCache(tmp_path / RESULTS / "spectra/train"),
        "valid": SpectraCache(tmp_path / RESULTS / "spectra/valid"),
        "test": DecodedSpectra(test / "index.csv", test / "tracks", spectra),
    }
    for (subset, cache), n_tracks in zip(caches.items(), (80, 14, 25), strict=True):
        assert (len(cache.tracks), cache.n_bins) == (n_tracks, 2049)
        assert np.isfinite(cache.target[cache.n_frames - 100 : cache.n_frames]).all()
        rows = index_rows(tmp_path / RESULTS / f"audio/{subset}/index.csv")
        assert {row["target_is_silent"] for row in rows} == {"False"}
        assert sum(1 + int(row["n_samples"]) // 384 for row in rows) == cache.n_frames
