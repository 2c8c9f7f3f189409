"""Docstrings show in Sphinx what they show in the source."""

from tools.docstrings import restructured

DOCSTRING = """\
Energy |P|^2 of `x_p`, times 2 * n.

    E = sum_n |x[n]|^2
      + |y|^2

| name | unit |
|---|---|

Parameters
----------
x, y : (n_samples,) signals,
    of one length

Raises ValueError.
"""

SHOWN = r"""Energy \|P\|^2 of ``x_p``, times 2 \* n.

::

        E = sum_n |x[n]|^2
          + |y|^2

::

    | name | unit |
    |---|---|

**Parameters**

- **x, y**: (n\_samples,) signals,
  of one length

Raises ValueError."""


def collapsed(lines):
    """Without the blank lines that mean nothing."""
    kept = [line for line, before in zip(lines, ["", *lines], strict=False) if line or before]
    return "\n".join(kept).strip()


def test_what_is_markup_to_sphinx_alone_stays_text():
    assert collapsed(restructured(DOCSTRING.splitlines())) == SHOWN


def test_no_docstring_is_none():
    assert restructured([]) == [""]
