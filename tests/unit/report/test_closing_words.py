"""What a run has found: a line per tested hypothesis, and one for each reason why others were not tested."""

from singmap.report.closing_words import NO_EVIDENCE, closing_words
from tests.helpers import study_tables


def test_tested_hypotheses_have_a_line_each_and_others_share_their_reason():
    lines = closing_words(study_tables.verdicts(), "musdb18")
    assert lines == [
        "Verdicts on the 6 hypotheses of workflow/hypotheses.yaml:",
        "  F1: supported: 0.0812 [0.06, 0.1] share, below 0.25?",
        "  F2: contradicted: 0.0812 [0.06, 0.1] share, below 0.25?",
        "  F3: undecided: 0.0812 [0.06, 0.1] share, below 0.25? "
        "(would be supported, but the measure misjudges band (sf))",
        "  F4: undecided: 0.0812 [0.06, 0.1] share, below 0.25? (p = 0.0012 after Holm; few tracks)",
        "  not testable (too few seeds: 1, needs 3): F5",
        "  not testable (not measured): F6",
    ]


def test_the_demo_is_no_evidence_and_all_untested_are_one_line():
    untested = study_tables.verdicts().query("id == 'F5'")
    assert closing_words(untested, "demo") == [
        NO_EVIDENCE,
        "Verdicts on the 1 hypotheses of workflow/hypotheses.yaml:",
        "  not testable (too few seeds: 1, needs 3): all",
    ]
