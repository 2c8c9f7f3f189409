"""The guided tour's code walks a number of a finished study back to its audio."""

import re

import pandas as pd
import pytest

from singmap.configuration import merged, read_yaml
from tests.workflow.running import ROOT, TINY

# What the page says of the demo, and what is so in the tiny study.
STFT = re.compile(r'stft = \{"window": .*?\}')


@pytest.fixture(scope="module")
def steps(finished_run):
    """What the last line of each of the page's blocks of code gives, in order."""
    text = (ROOT / "docs/tour.md").read_text(encoding="utf-8")
    stft = merged(read_yaml(ROOT / "config/config.yaml"), TINY)["stft"]
    text, n_replaced = STFT.subn(f"stft = {stft}", text)
    assert n_replaced == 1
    text = text.replace("results/demo", str(finished_run / "results/tiny"))
    names, values = {}, []
    for block in re.findall(r"(?:^    .*\n|^\n(?=    ))+", text, re.MULTILINE):
        *lines, last = [line[4:] for line in block.strip("\n").splitlines()]
        exec("\n".join(lines), names)  # noqa: S102
        values.append(eval(last, names))  # noqa: S307
    return values


def test_the_verdict_is_the_median_of_the_table_of_measures(steps):
    verdict, median, *_ = steps
    assert verdict["effect"] == pytest.approx(median, rel=1e-12)


def test_the_table_s_first_number_is_measured_again(finished_run, steps):
    measured = pd.read_csv(finished_run / "results/tiny/measures/models/dae_seed0.csv").iloc[0]
    assert measured["measure"] == "outside_effect"
    # Summation in other orders: the job may run with another number of threads.
    assert steps[2] == pytest.approx(measured["value"], rel=1e-5)


def test_the_spectra_are_those_of_the_audio(steps):
    """In float32, of magnitudes of some units."""
    assert steps[3] < 1e-4
