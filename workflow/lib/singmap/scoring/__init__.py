"""BSSEval v4, its tables, statistics and audit.

A frame is a score frame here, one of the windows that BSSEval cuts a track into, never an STFT frame.
"""
