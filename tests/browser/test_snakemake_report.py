"""Snakemake's own report: its start page links to the study's page, and the answer's entry really shows."""

import shutil
import subprocess
import sys

import pytest
from selenium.webdriver.common.by import By

# The rule of the page as far as Snakemake's report sees it.
SNAKEFILE = """
report: "workflow.rst"

rule render_page:
    input:
        "summary.html",
    output:
        report("results/report/summary.html", category="Study", caption="study.rst"),
    shell:
        "cp {input} {output}"
"""
ANSWER = "results/report/summary.html"


@pytest.fixture(scope="module")
def report(root, study, tmp_path_factory):
    """A report of a study whose page lies where the study's rule writes it."""
    folder = tmp_path_factory.mktemp("reported")
    (folder / "Snakefile").write_text(SNAKEFILE)
    for name in ("workflow.rst", "study.rst"):
        shutil.copy(root / "workflow" / "report" / name, folder)
    shutil.copy(study.with_name("summary.html"), folder)
    for arguments in (
        ["--cores=1", "--", ANSWER],
        ["--cores=1", "--report=results/report.html", "--", ANSWER],
    ):
        command = [sys.executable, "-m", "snakemake", *arguments]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    shutil.copy(study, folder / "results" / "report")
    return folder / "results" / "report.html"


def test_the_start_page_links_to_the_study_s_page_and_the_entry_shows(chromium, report):
    chromium.get(report.as_uri())
    chromium.implicitly_wait(20)
    try:
        link = chromium.find_element(By.LINK_TEXT, "report/study.html").get_attribute("href")
        assert link == (report.parent / "report" / "study.html").as_uri()
        for text in ("Results", "Study"):
            chromium.find_element(By.LINK_TEXT, text).click()
        chromium.find_element(By.CSS_SELECTOR, "a[iconname=eye]").click()
        chromium.switch_to.frame(chromium.find_element(By.TAG_NAME, "iframe"))
        assert chromium.find_element(By.CSS_SELECTOR, "#F1 .verdict").text.endswith("supported")
    finally:
        chromium.switch_to.default_content()
        chromium.implicitly_wait(0)
