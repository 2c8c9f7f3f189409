"""How Sphinx builds the documentation: `make docs` writes it to docs/_build/html."""

import shutil
import tomllib
from pathlib import Path

from docutils.nodes import SkipNode, math, math_block
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

from tools.docstrings import restructured  # `make` has the checkout on PYTHONPATH

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DEMO_PAGE = ROOT / "results" / "demo" / "report"

project = PROJECT["name"]
release = version = PROJECT["version"]
author = "The maintainers of this repository"
html_title = "What do denoising autoencoders learn to do to a song?"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode"]
exclude_patterns = ["_build", "findings/*/*"]
suppress_warnings = ["myst.header"]  # pages that are included begin below their own title

# Pages are read on GitHub, too: plain Markdown, with formulas between dollars.
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True}

html_theme = "furo"
html_math_renderer = "mathml"
html_copy_source = False
html_show_sphinx = False


def visit_formula(writer: HTML5Translator, node: math) -> None:
    """Write a formula as MathML, which browsers show without a script or a font from elsewhere."""
    writer.body.append(tex2mathml(node.astext()))
    raise SkipNode


def visit_formula_block(writer: HTML5Translator, node: math_block) -> None:
    """The same of a formula on lines of its own."""
    writer.body.append(tex2mathml(node.astext(), as_block=True))
    raise SkipNode


def plain_docstring(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Turn this project's docstrings, plain text with Markdown's backticks, into reStructuredText."""
    lines[:] = restructured(lines)


def copy_demo(app: Sphinx, error: Exception | None) -> None:
    """Put the demo's report into the site, as it is, where `make demo` has made it."""
    if DEMO_PAGE.is_dir() and not error:
        shutil.copytree(DEMO_PAGE, app.outdir / "report", dirs_exist_ok=True)


def setup(app: Sphinx) -> None:
    """Register what this file adds to Sphinx."""
    app.add_html_math_renderer("mathml", (visit_formula, None), (visit_formula_block, None))
    app.connect("autodoc-process-docstring", plain_docstring)
    app.connect("build-finished", copy_demo)
