# What the trained models do to the test frames: segments, mapping matrices, their structure and controls.

METHODS = CONFIG["mapping"]["methods"]
ITERATIVE_METHODS = [m for m in METHODS if m in ("nca", "nca_converged", "student")]
DIRECT_METHODS = [m for m in METHODS if m not in ITERATIVE_METHODS]
# What a control shows is compared with what the same method shows of the trained model.
CONTROL_METHODS = [
    m for m in CONFIG["mapping"]["control_methods"] if m in METHODS
] or METHODS[:1]
SETTINGS_BY_METHOD = {
    "nca": {"iterations", "learning_rate", "bias_axis", "precision"},
    "nca_converged": {"converged", "bias_axis", "precision"},
    "student": {"iterations", "learning_rate", "precision"},
}


rule select_segments:
    input:
        index=f"{RESULTS}/spectra/test/index.csv",
        target=f"{RESULTS}/spectra/test/target.npy",
    output:
        segments=f"{RESULTS}/mappings/segments.csv",
    log:
        f"{RESULTS}/logs/select_segments/segments.log",
    benchmark:
        f"{RESULTS}/benchmarks/select_segments/segments.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=minutes(20),
    params:
        **code_digests("select_segments"),
        settings=mapping_settings("segment_frames", "segments_per_track", "tracks_max"),
    message:
        "Choosing the test frames to examine"
    script:
        "../scripts/select_segments.py"


# Optimisations get a job each: they are what takes long.
rule map_model:
    input:
        weights=f"{RESULTS}/models/{{model}}/seed{{seed}}/weights.safetensors",
        provenance=f"{RESULTS}/models/{{model}}/seed{{seed}}/provenance.json",
        segments=rules.select_segments.output.segments,
        mixture=f"{RESULTS}/spectra/test/mixture.npy",
    output:
        mappings=[f"{RESULTS}/mappings/{{model}}/seed{{seed}}/{{method}}.npy"],
        curves=[f"{RESULTS}/mappings/{{model}}/seed{{seed}}/{{method}}_curve.csv"],
    log:
        f"{RESULTS}/logs/map_model/{{model}}_seed{{seed}}_{{method}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/map_model/{{model}}_seed{{seed}}_{{method}}.tsv"
    wildcard_constraints:
        method="|".join(SETTINGS_BY_METHOD),
    conda:
        ENVIRONMENT
    threads: CONFIG["mapping"]["threads"]
    resources:
        gpu=gpus,
        mem_mb=megabytes(4000),
        runtime=minutes(720),
    params:
        **code_digests("map_model"),
        code=digests_for_script("map_model"),
        methods=lambda wildcards: [wildcards.method],
        settings=lambda wildcards: mapping_settings(
            "record_every_iterations", *SETTINGS_BY_METHOD[wildcards.method]
        ),
        device=CONFIG["device"],
        unfinished=unfinished_folder,
    message:
        "Examining {wildcards.model}, seed {wildcards.seed}, by {wildcards.method}"
    script:
        "../scripts/map_model.py"


# The other methods take seconds and share one job, so that start-up does not dominate.
rule map_model_directly:
    input:
        weights=rules.map_model.input.weights,
        provenance=rules.map_model.input.provenance,
        segments=rules.select_segments.output.segments,
        mixture=rules.map_model.input.mixture,
    output:
        mappings=expand(
            f"{RESULTS}/mappings/{{{{model}}}}/seed{{{{seed}}}}/{{method}}.npy",
            method=DIRECT_METHODS or "none",
        ),
        curves=expand(
            f"{RESULTS}/mappings/{{{{model}}}}/seed{{{{seed}}}}/{{method}}_curve.csv",
            method=DIRECT_METHODS or "none",
        ),
    log:
        f"{RESULTS}/logs/map_model_directly/{{model}}_seed{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/map_model_directly/{{model}}_seed{{seed}}.tsv"
    conda:
        ENVIRONMENT
    threads: CONFIG["mapping"]["threads"]
    resources:
        gpu=gpus,
        mem_mb=megabytes(4000),
        runtime=minutes(240),
    params:
        **code_digests("map_model"),
        code=digests_for_script("map_model"),
        methods=DIRECT_METHODS,
        settings=mapping_settings("bias_axis", "precision"),
        device=CONFIG["device"],
        unfinished=unfinished_folder,
    message:
        "Examining {wildcards.model}, seed {wildcards.seed}, without optimisation"
    script:
        "../scripts/map_model.py"


rule measure_structure:
    input:
        weights=rules.map_model.input.weights,
        provenance=rules.map_model.input.provenance,
        segments=rules.select_segments.output.segments,
        mixture=rules.map_model.input.mixture,
        mappings=expand(
            f"{RESULTS}/mappings/{{{{model}}}}/seed{{{{seed}}}}/{{method}}.npy",
            method=METHODS,
        ),
    output:
        structure=f"{RESULTS}/structure/{{model}}_seed{{seed}}.csv",
    log:
        f"{RESULTS}/logs/measure_structure/{{model}}_seed{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/measure_structure/{{model}}_seed{{seed}}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=megabytes(2000),
        runtime=minutes(120),
    params:
        **code_digests("measure_structure"),
        settings={"band_bins": sorted(CONFIG["structure"]["band_bins"])},
    message:
        "Measuring the mappings of {wildcards.model}, seed {wildcards.seed}"
    script:
        "../scripts/measure_structure.py"


rule tabulate_structure:
    input:
        measured=expand(
            f"{RESULTS}/structure/{{model}}_seed{{seed}}.csv", model=MODELS, seed=SEEDS
        ),
    output:
        structure=f"{RESULTS}/tables/structure.csv",
        fidelity=f"{RESULTS}/tables/fidelity.csv",
    log:
        f"{RESULTS}/logs/tabulate_structure/tables.log",
    benchmark:
        f"{RESULTS}/benchmarks/tabulate_structure/tables.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=minutes(10),
    params:
        **code_digests("tabulate_structure"),
        settings={},
    message:
        "Tabulating structure and fidelity of all mappings"
    script:
        "../scripts/tabulate_structure.py"


# Each control costs as much as the model itself: one seed shows what there is to see.
rule examine_controls:
    input:
        weights=rules.map_model.input.weights,
        provenance=rules.map_model.input.provenance,
        segments=rules.select_segments.output.segments,
        mixture=rules.map_model.input.mixture,
    output:
        controls=f"{RESULTS}/controls/{{model}}_seed{{seed}}.csv",
    log:
        f"{RESULTS}/logs/examine_controls/{{model}}_seed{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/examine_controls/{{model}}_seed{{seed}}.tsv"
    conda:
        ENVIRONMENT
    threads: CONFIG["mapping"]["threads"]
    resources:
        gpu=gpus,
        mem_mb=megabytes(4000),
        runtime=minutes(240),
    params:
        **code_digests("examine_controls"),
        methods=CONTROL_METHODS,
        settings=mapping_settings(*SETTINGS_BY_METHOD["nca"], "converged"),
        band_bins=sorted(CONFIG["structure"]["band_bins"]),
        device=CONFIG["device"],
    message:
        "Examining controls of {wildcards.model}, seed {wildcards.seed}"
    script:
        "../scripts/examine_controls.py"


rule tabulate_controls:
    input:
        examined=expand(
            f"{RESULTS}/controls/{{model}}_seed{{seed}}.csv",
            model=MODELS,
            seed=SEEDS[:1],
        ),
        measured=expand(
            f"{RESULTS}/structure/{{model}}_seed{{seed}}.csv",
            model=MODELS,
            seed=SEEDS[:1],
        ),
    output:
        controls=f"{RESULTS}/tables/controls.csv",
    log:
        f"{RESULTS}/logs/tabulate_controls/table.log",
    benchmark:
        f"{RESULTS}/benchmarks/tabulate_controls/table.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=minutes(10),
    params:
        **code_digests("tabulate_controls"),
        settings={},
    message:
        "Tabulating the controls"
    script:
        "../scripts/tabulate_controls.py"


rule study_planted:
    output:
        planted=f"{RESULTS}/tables/planted.csv",
    log:
        f"{RESULTS}/logs/study_planted/table.log",
    benchmark:
        f"{RESULTS}/benchmarks/study_planted/table.tsv"
    conda:
        ENVIRONMENT
    threads: CONFIG["mapping"]["threads"]
    resources:
        mem_mb=megabytes(2000),
        runtime=minutes(120),
    params:
        **code_digests("study_planted"),
        settings={
            **mapping_settings("planted_bins", "segment_frames", "converged"),
            **mapping_settings(*SETTINGS_BY_METHOD["nca"]),
            "methods": METHODS,
            "n_bins": CONFIG["stft"]["fft_samples"] // 2 + 1,
        },
    message:
        "Examining networks whose mapping is known"
    script:
        "../scripts/study_planted.py"
