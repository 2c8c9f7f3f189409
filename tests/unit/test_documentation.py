"""What the documentation says of the checkout is so: links, paths, rules, functions, messages, code."""

import ast
import contextlib
import io
import itertools
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import singmap
from singmap.mapping.registry import method_module, method_names, method_needs_layers
from singmap.runtime.code_digests import code_digests
from tools import fidelity_reference
from tools.results_reference import table_of

ROOT = Path(__file__).resolve().parents[2]
TRACKED = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
PAGES = [ROOT / name for name in TRACKED.splitlines() if name.endswith(".md")]
IDS = [str(page.relative_to(ROOT)) for page in PAGES]
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PATH = re.compile(r"`((?:workflow|tools|benchmarks|tests|examples|profiles|config|docs|envs)/[\w./-]+)`")
CALL = re.compile(r"`(\w+)` in `(workflow/[\w./]+\.py)`")


def slugs(page: Path) -> set[str]:
    """Anchors of a page's headings, as GitHub and MyST make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_links_lead_somewhere(page):
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        if re.match(r"\w+:", link):
            continue
        name, _, anchor = link.partition("#")
        place = (page.parent / name) if name else page
        assert place.exists(), link
        assert not anchor or anchor in slugs(place), link


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_paths_of_the_checkout_exist(page):
    found = set(PATH.findall(page.read_text(encoding="utf-8")))
    assert not {path for path in found if not (ROOT / path).exists()}


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_functions_are_where_they_are_said_to_be(page):
    for name, module in CALL.findall(page.read_text(encoding="utf-8")):
        tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
        assert name in {getattr(node, "name", None) for node in tree.body}, f"{name} in {module}"


def test_the_tour_names_files_of_the_data_dictionary_and_their_rules():
    rows = re.findall(r"^\| \d \| `R/(.+?)` \| `(\w+)` \|", (ROOT / "docs/tour.md").read_text(), re.MULTILINE)
    assert len(rows) == 7
    dictionary = (ROOT / "docs/results.md").read_text(encoding="utf-8")
    for file, rule in rows:
        general = file.replace("dae_seed0", "<model>_seed<seed>").replace("dae/seed0", "<model>/seed<seed>")
        general = general.replace("/test/", "/<subset>/").replace("mixture.wav", "<source>.wav")
        makers = re.search(rf"^\| `{re.escape(general)}` \| (.+?) \|", dictionary, re.MULTILINE)
        assert makers, file
        assert f"`{rule}`" in makers[1], file
        assert (ROOT / f"workflow/scripts/{rule}.py").is_file()
        assert not file.endswith(".csv") or table_of(file) is not None


def errors_of_the_code() -> Iterator[re.Pattern]:
    """A pattern for every message that the code raises, or writes as one, with words of its own."""
    for path in sorted((ROOT / "workflow/lib").rglob("*.py")):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        phrases = defaultdict(set)  # variable -> what is assigned to it, anywhere in the module
        for node in nodes:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                phrases[node.targets[0].id].add(pattern(node.value, {}))
        for node in nodes:
            if isinstance(node, ast.JoinedStr):
                written = pattern(node, phrases).removeprefix(re.escape("Error: "))
                if re.escape(": expected ") in written:
                    yield re.compile(written)
            name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if name.endswith("Error") and len(node.args) > 2:
                where, expected, found, *rest = (pattern(part, phrases) for part in node.args)
                remedy = f"; {rest[0]}" if rest else "(; .+)?"
                if expected != ".+":
                    yield re.compile(f"{where}: expected {expected}, found {found}{remedy}")


def pattern(node: ast.expr, phrases: dict[str, set[str]]) -> str:
    """A regular expression for what a phrase may be when the code runs."""
    if isinstance(node, ast.Constant):
        return re.escape(str(node.value))
    if isinstance(node, ast.JoinedStr):
        return "".join(pattern(part, phrases) for part in node.values)
    if isinstance(node, ast.Name) and phrases.get(node.id):
        return f"(?:{'|'.join(sorted(phrases[node.id]))})"
    return ".+"


def test_messages_of_troubleshooting_are_those_of_the_code():
    text = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")
    messages = re.findall(r"^    (\S.*: expected .*)$", text, re.MULTILINE)
    assert len(messages) > 20
    known = list(errors_of_the_code())
    unknown = [message for message in messages if not any(error.fullmatch(message) for error in known)]
    # Phrases that the code keeps in variables match anything: their words must stand somewhere in it.
    assert not unknown
    words = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "workflow/lib").rglob("*.py"))
    for message in messages:
        remedy = message.partition("; ")[2]
        start = " ".join(remedy.split()[:2])
        assert start in words, remedy


def snippets(page: str) -> list[str]:
    return [
        code for kind, code in FENCE.findall((ROOT / page).read_text(encoding="utf-8")) if kind == "python"
    ]


@pytest.mark.parametrize("page", ["README.md", "docs/library.md"])
def test_code_of_the_pages_runs(page):
    codes = snippets(page)
    assert codes
    for code in codes:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, page, "exec"), {})  # noqa: S102
        assert printed.getvalue()


def test_the_readme_s_disk_of_the_paper_s_setting_is_that_of_the_page_on_clusters():
    (told,) = re.findall(r"config/paper\.yaml .*, (\d+) GB", (ROOT / "README.md").read_text(encoding="utf-8"))
    clusters = (ROOT / "docs/clusters.md").read_text(encoding="utf-8")
    assert f"| in all | | {told} GB |" in clusters


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").split()) <= 700


def test_the_fidelity_page_is_current():
    text = fidelity_reference.PAGE.read_text(encoding="utf-8")
    assert text == fidelity_reference.reference(), "run `make references`"


def test_every_page_of_the_docs_is_in_the_site_s_contents():
    index = (ROOT / "docs/index.md").read_text(encoding="utf-8")
    listed = set(itertools.chain(*(block.split() for block in re.findall(r"\n\n([^`]+)```", index))))
    pages = {str(page.relative_to(ROOT / "docs").with_suffix("")) for page in PAGES if "docs" in page.parts}
    assert not pages - listed - {"index"}


def test_every_picture_of_the_docs_is_shown():
    shown = {
        (page.parent / link).resolve() for page in PAGES for link in LINK.findall(page.read_text("utf-8"))
    }
    pictures = {ROOT / name for name in TRACKED.splitlines() if re.match(r"docs/images/", name)}
    assert not pictures - shown


def test_the_methods_that_need_layers_are_those_of_the_code():
    rows = re.findall(
        r"^\| `(\w+)` \| .+ \| (yes|no) \|$", (ROOT / "docs/mapping.md").read_text(), re.MULTILINE
    )
    assert {name: told == "yes" for name, told in rows} == {
        name: method_needs_layers(name) for name in method_names()
    }


# What the README's table calls a rerun, as the rules whose own digest covers the module that is edited.
TRAINED, EXAMINED = {"train_model", "train_truth"}, {"map_model", "examine_controls", "study_planted"}
RERUNS = {
    "nothing": set(),
    "training": TRAINED | {"import_weights"},  # given weights are judged by the same losses
    "training, mapping": TRAINED | EXAMINED,
}
# Loaded by name: an edit reruns what has that name (tests/workflow/test_reruns.py sees it happen).
BY_NAME = {
    "methods/<name>.py": "that method (demo: all)",
    "oracles/<name>.py": "that oracle",
    "designs.py": "that model",
}
OF_EACH_TABLE = ("tables.py", "that table's writers, readers")


def test_the_readme_s_map_of_packages_is_true():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| `?([\w/<>.]+| *any module)`? \| .+? \| (.+?) \|$", text, re.MULTILINE)
    assert [package for package, *_ in rows] == re.findall(r"^    (\w+)  ", singmap.__doc__, re.MULTILINE)
    methods = [method_module(name) for name in method_names()]
    digests = {
        path.stem: code_digests(path, ROOT, methods if path.stem in EXAMINED else ()).keys()
        for path in (ROOT / "workflow/scripts").glob("*.py")
    }
    for package, edited, reruns in rows:
        if (edited, reruns) in {*BY_NAME.items(), OF_EACH_TABLE}:
            continue
        module = "" if edited == "any module" else "." + edited.removesuffix(".py").replace("/", ".")
        prefix = f"singmap.{package}{module}"
        found = {
            rule
            for rule, names in digests.items()
            if any(f"{name}.".startswith(f"{prefix}.") for name in names)
        }
        assert found == RERUNS.get(reruns, {reruns.strip("`")}), f"{package}: {edited}"
        assert not module or (ROOT / "workflow/lib" / (prefix.replace(".", "/") + ".py")).is_file()
