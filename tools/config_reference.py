"""Write config/README.md, the reference of every configuration key, from schema and defaults."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from singmap.configuration import read_yaml

ROOT = Path(__file__).resolve().parents[1]
INTRODUCTION = """\
# Configuration

<!-- Made by `make references` from workflow/schemas/config.schema.yaml and config.yaml. -->

`config.yaml` holds the defaults: the embedded demo. Overlays change some keys of it:

| overlay | study |
|---|---|
{overlays}

    snakemake --cores 8 --resources gpu=1 --configfile config/paper.yaml

Single keys can be changed on the command line: `--config seeds='[0, 1, 2]' training='{{epochs_max: 4}}'`.
Every key is checked before any job starts; unknown ones are refused.
"""


def reference(schema: dict[str, Any], defaults: dict[str, Any], overlays: dict[str, str]) -> str:
    """Return the reference as Markdown: a table for the plain keys, then one for each section."""
    rows = "\n".join(f"| `{name}` | {purpose} |" for name, purpose in overlays.items())
    parts = [INTRODUCTION.format(overlays=rows)]
    keys = schema["properties"]
    plain = {key: entry for key, entry in keys.items() if entry.get("type") != "object"}
    parts.append(_table("General", plain, defaults, schema))
    for section, entry in keys.items():
        if section not in plain:
            parts.append(_table(section, entry["properties"], defaults[section], schema, f"{section}."))
    return "\n".join(parts)


def _table(title: str, keys: dict, defaults: dict, schema: dict, prefix: str = "") -> str:
    lines = [f"## {title}", "", "| key | default | allowed | meaning |", "|---|---|---|---|"]
    for key, entry in keys.items():
        shown = "null" if defaults[key] is None else str(defaults[key]).replace("'", "")
        lines.append(f"| `{prefix}{key}` | `{shown}` | {_allowed(entry, schema)} | {entry['description']} |")
    return "\n".join([*lines, ""])


def _allowed(entry: dict, schema: dict) -> str:
    if "$ref" in entry:
        return "`all`, a number of tracks, or a list of names and patterns"
    if "then" in entry:
        own = schema["$defs"][entry["then"]["$ref"].rpartition("/")[2]]
        return f"{_allowed(entry['else'], schema)} or {{{', '.join(own['properties'])}}}"
    if "enum" in entry:
        return ", ".join(f"`{value}`" for value in entry["enum"])
    if "items" in entry:
        return f"list of {_allowed(entry['items'], schema)}"
    kinds = entry["type"] if isinstance(entry["type"], list) else [entry["type"]]
    return ", ".join([" or ".join(kinds), *_bounds(entry)])


def _bounds(entry: dict) -> Iterator[str]:
    symbols = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    return (f"{symbol} {entry[key]}" for key, symbol in symbols.items() if key in entry)


def main() -> None:
    """Write the reference beside the configuration."""
    print_to = ROOT / "config" / "README.md"
    print_to.write_text(current(), encoding="utf-8")


def current() -> str:
    """Return the reference of the files as they are now."""
    folder = ROOT / "config"
    overlays = {
        path.name: path.read_text(encoding="utf-8").splitlines()[0].lstrip("# ")
        for path in sorted(folder.glob("*.yaml"))
        if path.name != "config.yaml"
    }
    schema = read_yaml(ROOT / "workflow" / "schemas" / "config.schema.yaml")
    return reference(schema, read_yaml(folder / "config.yaml"), overlays)


if __name__ == "__main__":
    main()
