"""The study in a plain Python session, free of Snakemake: a package per stage, each using those above it.

    runtime        what shapes no number: errors, logs, progress, locks, the job runner
    files          arrays, tables and audio on disk, whole or absent
    data           from a data set's name to decoded audio
    spectra        short-time Fourier transform and the cache of magnitudes
    compute        devices, number formats, fast kernels
    models         the networks and their checkpoints
    training       from spectra to weights
    mapping        what a model does to frames, by several methods, and measures of it
    separation     from a model, or an oracle, to separated audio
    scoring        BSSEval v4, tables and statistics
    study          measures of whole models, controls, hypotheses and verdicts
    report         figures and the page
    configuration  the settings of a study, checked
    preflight      what can be known before any job starts, checked

It has a name of its own, because others have packages called ``workflow`` and ``lib``.
"""
