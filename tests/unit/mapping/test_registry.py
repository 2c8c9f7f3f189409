"""The registry of mapping methods agrees with the modules and the schema, and loads none of them."""

import json
import subprocess
import sys

import pytest
import yaml

from singmap.mapping import registry
from singmap.mapping.method import load_method
from singmap.mapping.registry import (
    method_module,
    method_names,
    method_needs_layers,
    method_settings,
    method_uses_gpu,
)
from singmap.runtime.errors import InputError


def test_the_configuration_offers_every_method(root):
    schema = yaml.safe_load((root / "workflow/schemas/config.schema.yaml").read_text(encoding="utf-8"))
    settings = schema["properties"]["mapping"]["properties"]
    for key in ("methods", "control_methods"):
        assert sorted(settings[key]["items"]["enum"]) == method_names()
    assert {key for name in method_names() for key in method_settings(name)} < set(settings)


@pytest.mark.parametrize("name", method_names())
def test_what_is_read_from_a_file_is_what_the_module_says(name):
    assert method_settings(name) == load_method(name).SETTINGS
    assert method_needs_layers(name) is load_method(name).NEEDS_LAYERS
    assert method_uses_gpu(name) is load_method(name).USES_GPU
    assert load_method(name).__name__ == method_module(name)


@pytest.mark.parametrize("name", ["lime", "__init__", "../nca", "nca.py", ""])
def test_an_unknown_method_is_an_error_that_lists_all(name):
    message = r"mapping\.methods: expected one of diagonal, jacobian, .*student"
    for ask in (method_module, method_settings, method_needs_layers, load_method):
        with pytest.raises(InputError, match=message):
            ask(name)


def test_a_method_that_does_not_say_what_it_reads_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "silent.py").write_text("NEEDS_LAYERS = False\n")
    monkeypatch.setattr(registry, "FOLDER", tmp_path)
    with pytest.raises(InputError, match=r"silent\.py: expected an assignment SETTINGS"):
        method_settings("silent")
    with pytest.raises(InputError, match=r"silent\.py: expected an assignment USES_GPU"):
        method_uses_gpu("silent")


def test_asking_loads_neither_torch_nor_numpy():
    """The rules ask in every Snakemake process."""
    code = "import json, sys; from singmap.mapping.registry import method_names, method_settings; "
    code += "method_settings(method_names()[0]); print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "numpy"} & set(json.loads(done.stdout))
