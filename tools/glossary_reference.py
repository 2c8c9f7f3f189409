"""Write docs/glossary.md from the terms that the study's page explains."""

from collections.abc import Mapping
from pathlib import Path

from singmap.configuration import read_yaml

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "glossary.md"
TERMS = ROOT / "workflow" / "report" / "page" / "glossary.yaml"
INTRODUCTION = """\
# Glossary

<!-- Made by `make references` from workflow/report/page/glossary.yaml. -->

The study's page explains the same terms. More on [scores](scoring.md),
[hypotheses and verdicts](study.md#hypotheses-and-verdicts), [examining a mapping](mapping.md).

| term | meaning |
|---|---|
"""


def reference(terms: Mapping[str, str]) -> str:
    """Return the page of terms with their meanings."""
    return INTRODUCTION + "".join(f"| {term} | {meaning} |\n" for term, meaning in terms.items())


def current() -> str:
    """Return the page of the terms as they are now."""
    return reference(read_yaml(TERMS))


def main() -> None:
    """Write the page."""
    PAGE.write_text(current(), encoding="utf-8")


if __name__ == "__main__":
    main()
