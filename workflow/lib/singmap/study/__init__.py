"""The study itself: what models do to whole test tracks, controls, hypotheses and their verdicts."""
