"""The script of joined jobs started by hand; what it does in a job is tested with singmap.runtime.parts."""

import runpy
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "workflow/scripts/do_parts.py"


def test_by_hand_it_says_who_starts_it(capsys):
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(SCRIPT), run_name="__main__")
    assert ended.value.code == 2
    assert "workflow/rules/joined.smk" in capsys.readouterr().err
