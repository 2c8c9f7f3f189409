# What the trained models do to the test frames: segments, mapping matrices, their structure and controls.


rule select_segments:
    input:
        **TEST_AUDIO,
    output:
        segments=f"{RESULTS}/mappings/segments.csv",
        mixture=f"{RESULTS}/mappings/mixture.npy",
    log:
        log_of("select_segments/all"),
    benchmark:
        benchmark_of("select_segments/all")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=1000, minutes=lambda tracks: 10 + 0.002 * tracks["test"].total_s),
    params:
        **code_digests("select_segments"),
        settings=mapping_settings("segment_frames", "segments_per_track", "tracks_max"),
        spectra=SPECTRA,
    message:
        "Choosing the test frames to examine"
    script:
        "../scripts/select_segments.py"


# The frames that mappings are examined on.
EXAMINED = {
    "segments": rules.select_segments.output.segments,
    "mixture": rules.select_segments.output.mixture,
}


MATRICES = f"{RESULTS}/mappings/{{model}}/seed{{seed}}/{{method}}.npy"
CURVES = f"{RESULTS}/mappings/{{model}}/seed{{seed}}/{{method}}_curve.csv"
MAPPING_FILES = {"mapping": MATRICES, "curve": CURVES}
# Whose matrices stay when all that reads them is done; others go then.
KEPT_MATRICES = {
    "none": [],
    "optimised": [m for m in METHODS if m not in DIRECT_METHODS],
    "all": METHODS,
}[CONFIG["mapping"]["keep"]]


# What reads matrices runs before other jobs, so that those that go do not pile up.
READS_MATRICES = 10


rule map_model:
    input:
        **TRAINED,
        **EXAMINED,
    output:
        mapping=matrices_of(SINGLE_METHODS, MATRICES),
        curve=CURVES,
    log:
        log_of("map_model/{model}_seed{seed}_{method}"),
    benchmark:
        benchmark_of("map_model/{model}_seed{seed}_{method}")
    wildcard_constraints:
        method="|".join(SINGLE_METHODS) or "none",
    conda:
        ENVIRONMENT
    threads: CONFIG["mapping"]["threads"]
    resources:
        **needs(mem_mb=4000, minutes=lambda tracks: 60 + 14 * examined_tracks(tracks)),
        gpu=lambda wildcards: (
            gpus(wildcards) if method_uses_gpu(wildcards.method) else 0
        ),
    params:
        **code_digests_by("method", "map_model", METHOD_MODULES),
        code=digests_for_script("map_model", "method", METHOD_MODULES),
        settings=lambda wildcards: settings_of_methods([wildcards.method]),
        dtype=CONFIG["mapping"]["matrix_dtype"],
        device=CONFIG["device"],
        unfinished=unfinished_folder,
    message:
        "Examining {wildcards.model}, seed {wildcards.seed}, by {wildcards.method}"
    script:
        "../scripts/map_model.py"


# For each segment.
MINUTES_TOGETHER = 3 + 14 * len(set(METHODS_TOGETHER) - set(DIRECT_METHODS))


# An edit of one of these methods makes the matrices of all of them anew: seconds, as is each start of a job.
rule map_together:
    input:
        **TRAINED,
        **EXAMINED,
    output:
        **{
            f"{method}_{kind}": (
                matrices_of([method], only(pattern, method=method))
                if kind == "mapping"
                else only(pattern, method=method)
            )
            for method in METHODS_TOGETHER or ["none"]
            for kind, pattern in MAPPING_FILES.items()
        },
    log:
        log_of("map_together/{model}_seed{seed}"),
    benchmark:
        benchmark_of("map_together/{model}_seed{seed}")
    conda:
        ENVIRONMENT
    threads: CONFIG["mapping"]["threads"]
    resources:
        **needs(
            mem_mb=4000,
            minutes=lambda tracks: 30 + MINUTES_TOGETHER * examined_tracks(tracks),
        ),
        gpu=lambda wildcards: (
            gpus(wildcards) if any(map(method_uses_gpu, METHODS_TOGETHER)) else 0
        ),
    params:
        **code_digests("map_together", *map(METHOD_MODULES.get, METHODS_TOGETHER)),
        code=lambda wildcards, input: code_digests(
            "map_together", *map(METHOD_MODULES.get, METHODS_TOGETHER)
        ),
        methods=METHODS_TOGETHER,
        settings=settings_of_methods(METHODS_TOGETHER),
        dtype=CONFIG["mapping"]["matrix_dtype"],
        device=CONFIG["device"],
        unfinished=unfinished_folder,
    message:
        "Examining {wildcards.model}, seed {wildcards.seed}, by {params.methods}"
    script:
        "../scripts/map_together.py"


rule measure_structure:
    input:
        **TRAINED,
        **EXAMINED,
        mappings=of_own_methods(MATRICES),
    output:
        structure=f"{RESULTS}/structure/{{model}}_seed{{seed}}.csv",
    log:
        log_of("measure_structure/{model}_seed{seed}"),
    benchmark:
        benchmark_of("measure_structure/{model}_seed{seed}")
    priority: READS_MATRICES
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=2000, minutes=lambda tracks: 20 + 2 * examined_tracks(tracks)),
    params:
        **code_digests("measure_structure"),
        order=lambda wildcards: methods_of(wildcards.model),
        settings={"band_bins": BAND_BINS},
    message:
        "Measuring the mappings of {wildcards.model}, seed {wildcards.seed}"
    script:
        "../scripts/measure_structure.py"


rule tabulate_structure:
    input:
        measured=of_all_models(rules.measure_structure.output.structure, MAPPED_SEEDS),
    output:
        structure=f"{RESULTS}/tables/structure.csv",
        fidelity=f"{RESULTS}/tables/fidelity.csv",
    log:
        log_of("tabulate_structure/all"),
    benchmark:
        benchmark_of("tabulate_structure/all")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=1000, minutes=10),
    params:
        **code_digests("tabulate_structure"),
        order=[MODELS, MAPPED_SEEDS],
    message:
        "Tabulating structure and fidelity of all mappings"
    script:
        "../scripts/tabulate_structure.py"


rule study_planted:
    output:
        planted=f"{RESULTS}/tables/planted.csv",
    log:
        log_of("study_planted/all"),
    benchmark:
        benchmark_of("study_planted/all")
    conda:
        ENVIRONMENT
    threads: CONFIG["mapping"]["threads"]
    resources:
        **needs(mem_mb=2000, minutes=120),
    params:
        **code_digests("study_planted", *METHOD_MODULES.values()),
        settings={
            **mapping_settings("planted_bins", "segment_frames"),
            **settings_of_methods(METHODS),
            "methods": METHODS,
            "n_bins": STFT.n_bins,
        },
    message:
        "Examining networks whose mapping is known"
    script:
        "../scripts/study_planted.py"
