"""Docstrings of this project as reStructuredText, for the API pages of the documentation.

They are written to be read in the source: prose with Markdown's backticks, formulas and tables as indented or
`|`-lines, and the sections of numpydoc with `name : meaning` entries. Sphinx would take half of that for
markup of its own.
"""

import itertools
import re

SECTION = re.compile(r"^-{3,}$")
ENTRY = re.compile(r"^(\S.*?) : (.*)$")
IN_ENTRY = re.compile(r"- \*\*|  \S")
MARKUP = re.compile(r"(``.*?``|`[^`]*`)|([*|_])")


def restructured(lines: list[str]) -> list[str]:
    """Return the lines of a docstring as reStructuredText that shows the same.

    Sections become bold lines, entries list items, and indented lines and tables keep their form.
    """
    result: list[str] = []
    for line, following in itertools.pairwise([*lines, ""]):
        if SECTION.match(line):
            continue
        if SECTION.match(following):
            result += ["", f"**{line}**", ""]
        elif entry := ENTRY.match(line):
            result += ["", f"- **{escaped(entry[1])}**: {escaped(entry[2])}"]
        elif line.startswith(("    ", "|")):
            result += literal(line, result)
        else:
            result.append(escaped(line))
    return [*result, ""]


def literal(line: str, before: list[str]) -> list[str]:
    """A line that keeps its form, and what opens its block where it is the first; or an entry's next line."""
    if before and IN_ENTRY.match(before[-1]) and line.startswith("    "):
        return [f"  {escaped(line.strip())}"]
    own = "    " + line
    return [own] if before and before[-1].startswith("    ") else ["", "::", "", own]


def escaped(text: str) -> str:
    """Prose in which only backticks are markup."""
    return MARKUP.sub(lambda found: code(found[1]) if found[1] else f"\\{found[2]}", text)


def code(quoted: str) -> str:
    return f"``{quoted.strip('`')}``"
