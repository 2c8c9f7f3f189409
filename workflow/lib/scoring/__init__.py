"""BSSEval v4, its tables, statistics and audit."""
