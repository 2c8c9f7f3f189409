# What the trained models do to the test frames: segments, mapping matrices, their structure and controls.

METHODS = CONFIG["mapping"]["methods"]
# What a control shows is compared with what the same method shows of the trained model.
CONTROL_METHODS = [
    m for m in CONFIG["mapping"]["control_methods"] if m in METHODS
] or METHODS[:1]


# Models of one's own that don't tell their layers; some methods need them.
FUNCTIONS = [name for name, own in OWN_MODELS.items() if not own.has_layers]


def methods_of(model):
    """The configured methods that a model can be examined by."""
    return [m for m in METHODS if not (model in FUNCTIONS and method_needs_layers(m))]


def control_methods_of(model):
    """Those of them that its controls are examined by."""
    own = methods_of(model)
    return [m for m in own if m in CONTROL_METHODS] or own[:1]


if without := [model for model in MODELS if not methods_of(model)]:
    raise WorkflowError(
        f"mapping.methods: expected one that needs no layers, for {', '.join(without)}, "
        f"found none: add jacobian or least_squares"
    )


# Methods are loaded by name: their modules' digests rerun their own jobs only.
METHOD_MODULES = {method: method_module(method) for method in METHODS}
# Those that optimise, and so record a curve.
ITERATIVE_METHODS = [
    m for m in METHODS if "record_every_iterations" in method_settings(m)
]


rule select_segments:
    input:
        index=only(rules.compute_spectra.output.index, subset="test"),
        target=only(rules.compute_spectra.output.target, subset="test"),
    output:
        segments=f"{RESULTS}/mappings/segments.csv",
    log:
        log_of("select_segments/all"),
    benchmark:
        benchmark_of("select_segments/all")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=1000, minutes=20),
    params:
        **code_digests("select_segments"),
        settings=mapping_settings("segment_frames", "segments_per_track", "tracks_max"),
    message:
        "Choosing the test frames to examine"
    script:
        "../scripts/select_segments.py"


# The frames that mappings are examined on.
EXAMINED = {
    "segments": rules.select_segments.output.segments,
    "mixture": only(rules.compute_spectra.output.mixture, subset="test"),
}


rule map_model:
    input:
        **TRAINED,
        **EXAMINED,
    output:
        mapping=f"{RESULTS}/mappings/{{model}}/seed{{seed}}/{{method}}.npy",
        curve=f"{RESULTS}/mappings/{{model}}/seed{{seed}}/{{method}}_curve.csv",
    log:
        log_of("map_model/{model}_seed{seed}_{method}"),
    benchmark:
        benchmark_of("map_model/{model}_seed{seed}_{method}")
    wildcard_constraints:
        method="|".join(METHODS),
    conda:
        ENVIRONMENT
    threads: CONFIG["mapping"]["threads"]
    resources:
        **needs(mem_mb=4000, minutes=720),
        gpu=gpus,
    params:
        **code_digests_by("method", "map_model", METHOD_MODULES),
        code=digests_for_script("map_model", "method", METHOD_MODULES),
        settings=lambda wildcards: settings_of_methods([wildcards.method]),
        device=CONFIG["device"],
        unfinished=unfinished_folder,
    message:
        "Examining {wildcards.model}, seed {wildcards.seed}, by {wildcards.method}"
    script:
        "../scripts/map_model.py"


def of_own_methods(pattern):
    """A file of a job's model and seed by every method that the model can be examined by."""
    return lambda wildcards: expand(
        pattern, method=methods_of(wildcards.model), **wildcards
    )


def mappings_of(pattern, seeds, methods):
    """A file of all models by those of the methods that each can be examined by."""
    return [
        path
        for model in MODELS
        for path in expand(
            pattern,
            model=model,
            seed=seeds_of(model, seeds),
            method=[m for m in methods if m in methods_of(model)],
        )
    ]


rule measure_structure:
    input:
        **TRAINED,
        **EXAMINED,
        mappings=of_own_methods(rules.map_model.output.mapping),
    output:
        structure=f"{RESULTS}/structure/{{model}}_seed{{seed}}.csv",
    log:
        log_of("measure_structure/{model}_seed{seed}"),
    benchmark:
        benchmark_of("measure_structure/{model}_seed{seed}")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=2000, minutes=120),
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
