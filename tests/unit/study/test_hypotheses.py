"""The file of hypotheses: the study's own is whole, and what is wrong with another is said."""

import hashlib

import pytest
import yaml

from singmap.runtime.errors import InputError
from singmap.study.hypotheses import Bound, Control, read_hypotheses


@pytest.fixture
def own(root):
    return root / "workflow" / "hypotheses.yaml"


@pytest.fixture
def read(root, own, tmp_path):
    """Reads the study's hypotheses after `change` was made to their content."""

    def changed(change):
        content = yaml.safe_load(own.read_text(encoding="utf-8"))
        change(content)
        path = tmp_path / "hypotheses.yaml"
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
        return read_hypotheses(path, root / "workflow/schemas/hypotheses.schema.yaml")

    return changed


def test_the_studys_own_hypotheses_ask_what_the_paper_found(read, own, root):
    study = read_hypotheses(own, root / "workflow/schemas/hypotheses.schema.yaml")
    assert study.digest == hashlib.sha256(own.read_bytes()).hexdigest()
    by_id = {hypothesis.id: hypothesis for hypothesis in study.hypotheses}
    scalar = by_id["F1-outside-mdae"]
    assert (scalar.model, scalar.minus, scalar.direction, scalar.threshold) == ("mdae", None, "below", 0.25)
    assert scalar.control == Control("untrained", 0.25)
    assert (by_id["F2-outside"].model, by_id["F2-outside"].minus) == ("sf", "dae")
    assert {h.family for h in study.hypotheses if h.id.startswith("X")} == {"exploratory"}
    assert study.measures["ablation_cost"].difference == ("sdr_model", "sdr_band")
    assert study.measures["jacobian_agreement"].pairs_of_seeds
    assert study.measures["outside_effect"].truths["harmonic"] == Bound(at_least=0.25)


def test_more_structure_of_sf_means_more_from_outside_and_less_within_the_lobe(read):
    """A share of the main lobe falls where the effect of the rest rises: directions differ."""
    study = read(lambda content: None)
    second = {h.measure: h.direction for h in study.hypotheses if h.source == "paper, second finding"}
    assert second == {
        "outside_effect": "above",
        "added_gain": "above",
        "ablation_cost": "above",
        "jacobian_agreement": "below",
    }


def test_a_statement_names_the_model_that_it_is_about(read):
    for hypothesis in read(lambda content: None).hypotheses:
        assert hypothesis.model in hypothesis.statement.replace("-", " ").split(), hypothesis.id


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda c: c["hypotheses"][0].update(direction="up"),
            r"hypotheses\[0\].direction: 'up' is not one of",
        ),
        (lambda c: c["hypotheses"][0].pop("threshold"), "'threshold' is a required property"),
        (lambda c: c["hypotheses"][0].update(treshold=1), "'treshold' was unexpected"),
        (lambda c: c["hypotheses"][0].update(threshold="0.5"), "'0.5' is not of type 'number'"),
        (
            lambda c: c["hypotheses"][0].update(threshold=float("nan")),
            r"hypotheses.0.threshold: a finite number",
        ),
        (
            lambda c: c["hypotheses"][0].update(measure="outside_efect"),
            "measure outside_efect is none of",
        ),
        (lambda c: c["hypotheses"][1].update(id="E0-dae"), "the id E0-dae stands for 2 of them"),
        (lambda c: c["hypotheses"][0].update(minus="dae"), "the model dae is compared with itself"),
        (lambda c: c["hypotheses"][3].update(minus="sf"), "a control goes with one model"),
        (lambda c: c["decision"].update(seeds_min=1), "1 is less than the minimum of 3"),
        (lambda c: c["decision"].update(bootstrap_samples=200), "200 is less than the minimum of 1000"),
        (
            lambda c: c["measures"]["rest_gain"]["truths"]["band"].update(at_least=0),
            "too many properties",
        ),
        (lambda c: c.update(written="30.11.2026"), "does not match"),
    ],
)
def test_what_is_wrong_is_said(read, change, message):
    with pytest.raises(InputError, match=message):
        read(change)


def test_all_mistakes_are_listed_at_once(read):
    def change(content):
        content["hypotheses"][0]["direction"] = "up"
        content["decision"]["confidence"] = 95

    with pytest.raises(InputError, match=r"(?s)2 wrong.*confidence.*direction"):
        read(change)


def test_broken_yaml_is_named(tmp_path, root):
    path = tmp_path / "hypotheses.yaml"
    path.write_text("written: [", encoding="utf-8")
    with pytest.raises(InputError, match=r"hypotheses.yaml: expected valid YAML"):
        read_hypotheses(path, root / "workflow/schemas/hypotheses.schema.yaml")


def test_bounds_hold_what_lies_on_them():
    assert Bound(at_least=1).holds(1)
    assert not Bound(at_least=1).holds(0.9)
    assert Bound(at_most=1).holds(1)
    assert not Bound(at_most=1).holds(1.1)
    assert not Bound(at_most=1).holds(float("nan"))
