"""Names as they may be shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from singmap.runtime.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Größe – 東京 ♪", "Größe – 東京 ♪"),
        ("a\n[train] 9/9 epochs", "a\\n[train] 9/9 epochs"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("two\u2028lines\r\x85", "two\\u2028lines\\r\\x85"),
        ("right\u202eto left", "right\\u202eto left"),
        ("latin-1 \udce9", "latin-1 \\udce9"),
    ],
)
def test_what_could_forge_a_line_or_move_a_cursor_is_escaped(text, shown):
    assert printable(text) == shown


@given(st.text())
def test_the_result_is_one_line_that_every_terminal_takes_and_stays_as_it_is(text):
    shown = printable(text)
    assert shown.isprintable()
    assert len(shown.splitlines()) <= 1
    shown.encode()
    assert printable(shown) == shown
