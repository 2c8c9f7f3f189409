"""The dry build of the image reads a Dockerfile as an engine does, and starts processes with its settings."""

from subprocess import CompletedProcess

import pytest

from singmap.runtime.errors import InputError
from tools import dry_build
from tools.dry_build import Image, build, read_steps

DOCKERFILE = """\
# The base.
FROM python:3.11-slim-bookworm

RUN one \\
    # hadolint ignore=DL3008
    && two
ARG INDEX=https://example.org/simple
COPY LICENSE /opt/study/LICENSE
RUN pip install "${INDEX}"
ENV HOME=/elsewhere \\
    NAME="of two words"
WORKDIR /study
CMD ["snakemake", "--cores", "all"]
"""


@pytest.fixture
def started(monkeypatch):
    """Command lines that would be run."""
    commands: list[list[str]] = []

    def run(command: list[str], check: bool) -> CompletedProcess:
        commands.append(command)
        return CompletedProcess(command, 3 if "broken" in command[-1] else 0)

    monkeypatch.setattr(dry_build.subprocess, "run", run)
    return commands


def test_lines_are_joined_and_comments_left_out_also_between_joined_ones():
    assert read_steps(DOCKERFILE)[1:3] == [
        ("RUN", "one && two"),
        ("ARG", "INDEX=https://example.org/simple"),
    ]


def test_an_image_is_its_files_and_what_its_processes_are_started_with(tmp_path, started):
    image, certificates = Image(tmp_path / "image"), tmp_path / "certificates"
    certificates.mkdir()
    build(read_steps(DOCKERFILE), image, [certificates])
    assert (image.folder, image.command) == ("/study", ["snakemake", "--cores", "all"])
    assert image.environment.items() >= {"HOME": "/elsewhere", "NAME": "of two words"}.items()
    assert "INDEX" not in image.environment
    assert (image.root / "opt/study/LICENSE").read_bytes() == (dry_build.ROOT / "LICENSE").read_bytes()
    base, python, first, second = (command[-1] if command[0] == "unshare" else command for command in started)
    assert base[-2:] == ["bookworm", str(image.root)]
    assert python.endswith("/usr/bin/python3.11 -m venv /usr/local")
    assert first.endswith("/bin/sh -c 'one && two'")
    assert "INDEX=" not in first
    assert "INDEX=https://example.org/simple" in second
    assert f"mount --bind -o ro {certificates} {image.root}{certificates}" in second.splitlines()


def test_of_a_built_image_only_its_settings_are_read(tmp_path, started):
    image = Image(tmp_path)
    build(read_steps(DOCKERFILE), image, [], built=True)
    assert image.environment["HOME"] == "/elsewhere"
    assert image.command
    assert not started
    assert [path.name for path in tmp_path.iterdir()] == ["study"]


def test_an_instruction_that_would_be_left_out_is_an_error(tmp_path):
    with pytest.raises(InputError, match="expected an instruction that this script knows, found USER"):
        build([("USER", "nobody")], Image(tmp_path), [])
    with pytest.raises(InputError, match="found debian:12"):
        build([("FROM", "debian:12")], Image(tmp_path), [])


def test_a_step_that_fails_ends_the_build(tmp_path, started):
    with pytest.raises(SystemExit) as ended:
        build([("RUN", "broken"), ("RUN", "next")], Image(tmp_path), [])
    assert ended.value.code == 3
    assert len(started) == 1


def test_all_of_the_project_s_own_image_is_known(tmp_path, started):
    image = Image(tmp_path)
    build(read_steps((dry_build.ROOT / dry_build.DOCKERFILE).read_text()), image, [])
    assert image.command[0] == "snakemake"
    assert "--requirement /opt/study/requirements.lock" in started[-1][-1]
