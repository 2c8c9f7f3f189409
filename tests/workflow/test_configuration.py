"""Wrong configurations stop the workflow before any job, with one readable line each."""

import re

import pytest

from tests.workflow.running import run_snakemake


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            {"training": {"learning_rat": 0.1}},
            "learning_rat: unknown key, did you mean learning_rate?",
        ),
        ({"models": ["dea"]}, "models.0: expected one of dae, mdae, sf, found the text 'dea'"),
        ({"dataset": {"name": "musdb"}}, "dataset.name: expected one of demo, musdb18-7s"),
        (
            {"stft": {"hop_samples": 512}},
            "stft: expected hop_samples <= window_samples <= fft_samples, found [512, 256, 256]",
        ),
    ],
)
def test_wrong_configuration_stops_before_any_job(tmp_path, config, message):
    done = run_snakemake(tmp_path, config=config)
    output = done.stdout + done.stderr
    assert done.returncode == 1
    assert message in output
    assert "Traceback" not in output
    assert not (tmp_path / "results").exists()


def test_a_wrong_key_of_the_command_line_is_refused_too(tmp_path):
    done = run_snakemake(tmp_path, "--config", "sede=3")
    assert done.returncode == 1
    assert "sede: unknown key, did you mean seeds?" in done.stdout + done.stderr


def test_values_of_the_command_line_may_be_nested(tmp_path):
    """Snakemake hands over what is inside lists and mappings as texts."""
    changes = [
        "seeds=[0, 3]",
        "models=[sf]",
        "training={epochs_max: 2, learning_rate: 0.01}",
        "results=nested//x/",
    ]
    done = run_snakemake(tmp_path, "--dry-run", "--config", *changes)
    assert done.returncode == 0, done.stderr[-3000:]
    trained = re.findall(r"Training (\w+), seed (\d+)", done.stdout + done.stderr)
    assert sorted(set(trained)) == [("sf", "0"), ("sf", "3")]
    assert "nested/x/models/sf/seed3/weights.safetensors" in done.stdout + done.stderr
    assert "double" not in done.stdout + done.stderr
