"""A tidy lock has a headline and leaves out what one build or system needs alone."""

from tools.tidy_lock import tidied

FROM_UV = """\
absl-py==2.5.1
colorama==0.4.6 ; sys_platform == 'win32'
nvidia-cublas==13.1.1.3 ; sys_platform == 'linux'
torch==2.13.0
triton==3.7.1 ; sys_platform == 'linux'
"""


def test_packages_of_one_build_of_pytorch_and_of_windows_are_left_out():
    headline, *pins = tidied(FROM_UV, "requirements.lock").splitlines()
    assert headline.startswith("# Resolved from requirements.in")
    assert pins == ["absl-py==2.5.1", "torch==2.13.0"]


def test_a_tidy_lock_stays_as_it_is():
    once = tidied(FROM_UV, "requirements-dev.lock")
    assert tidied(once, "requirements-dev.lock") == once
