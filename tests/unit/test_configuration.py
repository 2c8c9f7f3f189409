"""Wrong settings: each gives one readable line with key path, what is allowed, and what came."""

import copy
import re

import pytest

from singmap.configuration import check_numbers, check_settings, merged, numbers_from_text, read_yaml
from singmap.runtime.errors import InputError


@pytest.fixture(scope="module")
def schema(root):
    return read_yaml(root / "workflow/schemas/config.schema.yaml")


@pytest.fixture
def settings(root):
    return read_yaml(root / "config/config.yaml")


@pytest.mark.parametrize("overlay", [None, "paper.yaml", "musdb18-7s.yaml"])
def test_our_own_configurations_are_valid(root, schema, settings, overlay):
    changes = read_yaml(root / "config" / overlay) if overlay else {}
    check_settings(merged(settings, changes), schema)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("training.learning_rat", 1, "training.learning_rat: unknown key, did you mean learning_rate?"),
        ("modles", ["dae"], "modles: unknown key, did you mean models?"),
        ("training.zzz", 1, "training.zzz: unknown key, known here: epochs_max,"),
        ("training.learning_rate", "1e-3", "'1e-3' (YAML reads 1e-3 as text: write 1.0e-3)"),
        (
            "training.learning_rate",
            -1,
            "training.learning_rate: expected number, above 0, at most 1, found -1",
        ),
        ("training.epochs_max", 2.5, "training.epochs_max: expected integer, at least 1, found 2.5"),
        ("training.loss", "mae", "training.loss: expected one of mse, l1, kl, found the text 'mae'"),
        ("models", ["dae", "unet"], "models.1: expected one of dae, mdae, sf, found the text 'unet'"),
        ("models", [{"name": "own"}], "models.0: key file is missing"),
        ("models", [{"name": "a b", "file": "a.py"}], "models.0.name: expected string, of the form"),
        (
            "models",
            [{"name": "own", "file": "a.py", "weights": "a.pt"}],
            "models.0.weights: expected string, of the form [.]safetensors$",
        ),
        (
            "models",
            [{"name": "dae", "file": "a.py"}],
            "models: expected a name of its own for each model, found 'dae' twice or taken",
        ),
        (
            "models",
            [{"name": "own", "file": "a.py"}, {"name": "own", "file": "b.py"}],
            "models: expected a name of its own for each model, found 'own' twice or taken",
        ),
        ("models", [], "models: expected at least one value, found []"),
        ("seeds", [1, 1], "seeds: expected no value twice, found [1, 1]"),
        ("seeds", 3, "seeds: expected array, found 3"),
        ("seeds", [1.0], "seeds.0: expected integer, at least 0, at most 4294967295, found 1.0"),
        ("datasets", "results/demo/", "results, datasets: expected two folders, found 'results/demo' twice"),
        ("stft.fft_samples", 1023, "stft.fft_samples: expected integer, at least 16, a multiple of 2"),
        ("dataset.test", 0, "dataset.test: expected `all`, a number of tracks, or a list"),
        ("dataset.url", "ftp://x", "dataset.url: expected string or null, of the form ^(https?|file)://"),
        ("dataset", 3, "dataset: expected object, found 3"),
        (
            "structure.band_bins",
            [1, 2, 5000],
            "band_bins: expected at most 512, as there are 513 bins",
        ),
        (
            "figures.zoom_hz",
            80,
            "zoom_hz: expected two bins or more below 80 Hz, found bins 43.07 Hz",
        ),
        ("report.spectrogram_max_hz", 1, "report.spectrogram_max_hz: expected two bins or more below 1 Hz"),
        (
            "training.kept_epochs",
            [1, 31],
            "kept_epochs: expected at most training.epochs_max, found [31]",
        ),
        (
            "statistics.confidence",
            0.9999,
            "statistics.bootstrap_samples: expected 2 or more of them outside",
        ),
        (
            "statistics.reference",
            "nobody",
            "statistics.reference: expected one of the models, found 'nobody'",
        ),
    ],
)
def test_each_wrong_value_is_one_readable_line(schema, settings, path, value, message):
    *sections, key = path.split(".")
    holder = settings
    for section in sections:
        holder = holder[section]
    holder[key] = value
    with pytest.raises(InputError) as caught:
        check_settings(settings, schema)
    lines = str(caught.value).splitlines()
    assert lines[0].endswith("1 wrong:")
    assert len(lines) == 2
    assert message in lines[1]


def test_texts_become_the_numbers_that_the_schema_wants(schema, settings):
    changes = {
        "seeds": ["0", "7"],
        "training": {"epochs_max": "4", "gradient_clip_norm": "null", "tensorboard": "true"},
        "dataset": {"train": "4", "target": "vocals"},
    }
    read = numbers_from_text(merged(settings, changes), schema)
    check_settings(read, schema)
    assert read["seeds"] == [0, 7]
    assert [read["training"][key] for key in changes["training"]] == [4, None, True]
    assert (read["dataset"]["train"], read["dataset"]["target"]) == (4, "vocals")
    assert changes["seeds"] == ["0", "7"], "what came is left as it is"


@pytest.mark.parametrize(
    ("path", "text", "advised"),
    [
        ("training.learning_rate", "1e-3", True),
        ("training.gradient_clip_norm", "5E0", True),
        ("training.learning_rate", "nan", False),
        ("training.learning_rate", "0.1.2", False),
        ("training.epochs_max", "1e3", False),
        ("device", "1e3", False),
        ("dataset.train", "1e3", False),
    ],
)
def test_the_advice_on_exponents_is_given_where_it_helps(schema, settings, path, text, advised):
    *sections, key = path.split(".")
    changes = {sections[0]: {key: text}} if sections else {key: text}
    read = numbers_from_text(merged(settings, changes), schema)
    with pytest.raises(InputError, match=re.escape(f"{path}: expected")) as caught:
        check_settings(read, schema)
    assert ("write 1.0e-3" in str(caught.value)) == advised


@pytest.mark.parametrize("text", ["1e-3", "many", "[", ""])
def test_other_texts_are_left_to_be_refused(schema, settings, text):
    settings["training"]["learning_rate"] = text
    read = numbers_from_text(settings, schema)
    with pytest.raises(InputError, match=r"training\.learning_rate: expected number"):
        check_settings(read, schema)


def test_hops_that_leave_samples_uncovered_are_refused(schema, settings):
    settings["stft"] |= {"window": "hann", "hop_samples": 768}
    message = "stft.hop_samples: expected at most 702 with a hann window of 1024 samples, found 768"
    with pytest.raises(InputError, match=re.escape(message)):
        check_settings(settings, schema)
    settings["stft"]["hop_samples"] = 702
    check_settings(settings, schema)


def test_all_problems_are_listed_together(schema, settings):
    settings["seeds"], settings["device"] = [-1], "tpu"
    del settings["stft"]["window"]
    with pytest.raises(InputError) as caught:
        check_settings(settings, schema)
    assert len(str(caught.value).splitlines()) == 4
    assert "stft: key window is missing" in str(caught.value)


def test_merging_nests_and_leaves_its_arguments_alone():
    base, changes = {"a": {"x": 1, "y": [1, 2]}, "b": 1}, {"a": {"y": [3]}, "c": 2}
    before = copy.deepcopy((base, changes))
    assert merged(base, changes) == {"a": {"x": 1, "y": [3]}, "b": 1, "c": 2}
    assert (base, changes) == before


@pytest.mark.parametrize("text", ["a: [1", "- 1\n- 2", ""])
def test_broken_yaml_is_named(tmp_path, text):
    path = tmp_path / "broken.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=r"broken\.yaml"):
        read_yaml(path)


def test_sizes_out_of_order_are_named_together(schema, settings):
    settings["stft"] |= {"window_samples": 1024, "fft_samples": 512}
    with pytest.raises(
        InputError, match=r"stft: expected hop_samples <= window_samples <= fft_samples, found"
    ):
        check_settings(settings, schema)


def test_wrong_values_that_are_no_texts_are_left_to_be_refused(schema, settings):
    settings["seeds"] = [2.5]
    assert numbers_from_text(settings, schema) == settings


def number_keys(schema: dict, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Paths of all keys that take a number that need not be whole."""
    properties = schema.get("properties", {})
    found = [(*path, key) for key, value in properties.items() if "number" in value.get("type", "")]
    return found + [key for name, value in properties.items() for key in number_keys(value, (*path, name))]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_no_number_may_be_infinite_or_nan(schema, settings, value):
    keys = number_keys(schema)
    assert len(keys) > 10
    for *sections, key in keys:
        changed = {key: value}
        for section in reversed(sections):
            changed = {section: changed}
        refused = rf"{'.'.join([*sections, key])}: expected number.*found {value}"
        with pytest.raises(InputError, match=refused):
            check_settings(merged(settings, changed), schema)


def test_the_largest_band_and_the_last_epoch_are_allowed(schema, settings):
    changes = {"structure": {"band_bins": [512]}, "training": {"kept_epochs": [30]}}
    check_settings(merged(settings, changes), schema)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "dataset: {test: [010, 011]}",
            ["line 1: 010 is 8 to YAML: write 8, or a name", "011 is 9"],
        ),
        ("dataset:\n  test:\n  - 12:30\n", ["line 3: 12:30 is 750"]),
        ("dataset: {train: 0x10}", ["0x10 is 16"]),
        ("seeds: [007, 1_0]", ["007 is 7", "1_0 is 10"]),
    ],
)
def test_numbers_that_yaml_reads_as_others_are_named(tmp_path, schema, text, found):
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        check_numbers([path], schema)
    assert len(caught.value.problems) == len(found)
    for problem, part in zip(caught.value.problems, found, strict=True):
        assert str(path) in problem
        assert part in problem


@pytest.mark.parametrize(
    "text",
    [
        "dataset: {test: ['010', 8, -1, 0]}",
        "other_workflow: {mode: 0755}",
        "seeds: [",
        "",
        "- 010",
        "a: &x [1]\nb: *x",
    ],
)
def test_plain_numbers_quoted_names_and_keys_of_others_pass(tmp_path, schema, text):
    path = tmp_path / "config.yaml"
    path.write_text(text)
    check_numbers([path], schema)


def test_our_own_files_hold_plain_numbers(root, schema):
    check_numbers(sorted((root / "config").glob("*.yaml")), schema)


def test_the_command_lines_numbers_are_no_octal_ones(settings, schema):
    """Nested values of --config come as texts."""
    given = {"seeds": ["010"], "dataset": {"train": "010", "valid": "3", "test": ["2", "010"]}}
    read = numbers_from_text(merged(settings, given), schema)
    assert (read["seeds"], read["dataset"]["train"], read["dataset"]["valid"]) == (["010"], "010", 3)
    with pytest.raises(InputError) as caught:
        check_settings(read, schema)
    assert re.search(
        r"dataset\.train: expected `all`.*in quotes where.*found the text '010'", str(caught.value)
    )
    assert re.search(r"seeds\.0: .*found the text '010'", str(caught.value))


@pytest.mark.parametrize(
    ("name", "target", "message"),
    [
        ("folder", "guitar", ""),
        ("folder", "lead vocals (left)", ""),
        ("folder", "ギター", ""),
        ("folder", "Guitar", "expected 'guitar', as stems are called here, found 'Guitar'"),
        ("folder", "mixture", "expected a single stem"),
        ("folder", "mixdown", "expected a single stem"),
        ("folder", "accompaniment", "expected a single stem"),
        ("folder", "others", "expected 'accompaniment', as"),
        ("folder", "../x", "of the form"),
        ("folder", "a\nb", "of the form"),
        ("folder", "", "of the form"),
        ("musdb18", "guitar", "expected one of drums, bass, other, vocals, found 'guitar'"),
        ("demo", "Vocals", "expected one of drums, bass, other, vocals, found 'Vocals'"),
        ("musdb18-hq", "drums", ""),
    ],
)
def test_targets(settings, schema, name, target, message):
    given = merged(settings, {"dataset": {"name": name, "target": target}})
    if not message:
        return check_settings(given, schema)
    with pytest.raises(InputError, match=f"dataset.target: .*{message}"):
        check_settings(given, schema)
