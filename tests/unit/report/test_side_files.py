"""Side files: what is put in comes out, and no name becomes markup."""

import pytest

from singmap.report.side_files import read_side_file, script_json, write_side_file
from singmap.runtime.errors import InputError

HOSTILE = "</script><!-- \" ' \\ \u202e gnos & \u2028 ü"


def test_what_is_written_is_read_whatever_its_names(tmp_path):
    value = {HOSTILE: [HOSTILE, 1.5, None]}
    write_side_file(tmp_path / "a.js", HOSTILE, value)
    assert read_side_file(tmp_path / "a.js") == (HOSTILE, value)


def test_a_script_is_ascii_without_markup(tmp_path):
    write_side_file(tmp_path / "a.js", HOSTILE, HOSTILE)
    text = (tmp_path / "a.js").read_bytes().decode("ascii")
    assert not set("<>&") & set(text)
    assert text.startswith("singmap.put(")


def test_numbers_that_json_lacks_are_refused():
    with pytest.raises(ValueError, match="JSON"):
        script_json(float("nan"))


@pytest.mark.parametrize("text", ["", "alert(1);\n", 'singmap.put("a");\n', 'singmap.put("a",1'])
def test_another_script_is_no_side_file(tmp_path, text):
    (tmp_path / "a.js").write_text(text)
    with pytest.raises(InputError, match=r"a\.js"):
        read_side_file(tmp_path / "a.js")
