"""The checkout agrees with itself: environments with the lock, the reference with the schema."""

import re

import pytest

from singmap.configuration import read_yaml
from tools.config_reference import current


def pins(text: str) -> dict[str, str]:
    found = re.findall(r"^[\s-]*([A-Za-z0-9._-]+)==(\S+)$", text, flags=re.MULTILINE)
    return {name.lower().replace("_", "-"): version for name, version in found}


@pytest.fixture(scope="module")
def lock(root):
    return pins((root / "requirements.lock").read_text())


def test_every_requirement_is_locked_as_asked(root, lock):
    lines = [line.partition("#")[0].strip() for line in (root / "requirements.in").read_text().splitlines()]
    for line in filter(None, lines):
        name, _, version = line.partition("==")
        assert name in lock, f"{name} is not in requirements.lock: run `make lock`"
        assert version in ("", lock[name])


def test_conda_environments_hold_the_locked_versions(root, lock):
    for path in sorted((root / "envs").glob("*.yaml")):
        packages = read_yaml(path)["dependencies"][-1]["pip"]
        asked = pins("\n".join(packages))
        assert len(asked) == len(packages)
        assert {name: lock.get(name) for name in asked} == asked, path


def test_config_reference_is_current(root):
    text = (root / "config/README.md").read_text(encoding="utf-8")
    assert text == current(), "run `make config-reference`"
