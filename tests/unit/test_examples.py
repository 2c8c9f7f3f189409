"""The worked examples run and find what was planted."""

import runpy


def test_a_foreign_model_is_examined_and_its_structure_found(root, capsys):
    runpy.run_path(str(root / "examples" / "examine_model.py"), run_name="__main__")
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.split()[:2] == ["model", "method"]
    found = {(row[:14].strip(), row[14:29].strip()): row[29:].split() for row in rows}
    diagonal, octave, error, other = map(float, found["as layers", "jacobian"])
    assert 0.8 < diagonal < 1, "half of each bin stays on the diagonal, a quarter comes from the octave above"
    assert octave > 0.95
    assert max(error, other) < 0.1
    assert float(found["as a function", "diagonal"][2]) > 1.5 * float(
        found["as a function", "least_squares"][2]
    )
