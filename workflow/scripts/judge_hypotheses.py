"""Give the hypotheses, fixed before the study's run, their verdicts; see docs/study.md."""

from pathlib import Path

from singmap.files.tables import TrackMeasures, TruthChecks, Verdicts, read_table, write_table
from singmap.runtime.job import run
from singmap.study.hypotheses import read_hypotheses
from singmap.study.verdicts import judge


def main(*, measures: Path, sources: Path, verdicts: Path, truth_checks: Path) -> None:
    """Write one row per hypothesis of `sources`, and what every measure showed of the trained truths."""
    schema = sources / "schemas" / "hypotheses.schema.yaml"
    hypotheses = read_hypotheses(sources / "hypotheses.yaml", schema)
    judged, checked = judge(read_table(measures, TrackMeasures), hypotheses)
    write_table(verdicts, judged, Verdicts)
    write_table(truth_checks, checked, TruthChecks)


if __name__ == "__main__":
    run(main)
