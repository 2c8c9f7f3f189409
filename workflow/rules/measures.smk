# What whole models do on all test tracks, and what the hypotheses say of it.


rule measure_model:
    input:
        **TRAINED,
        **TEST_AUDIO,
        **TRUTHS,
        epochs=lambda wildcards: (
            []
            if wildcards.model in GIVEN_MODELS
            else expand(list(KEPT_EPOCHS.values()), **wildcards)
        ),
    output:
        measures=f"{RESULTS}/measures/models/{{model}}_seed{{seed}}.csv",
    log:
        log_of("measure_model/{model}_seed{seed}"),
    benchmark:
        benchmark_of("measure_model/{model}_seed{seed}")
    conda:
        ENVIRONMENT
    threads: CONFIG["measures"]["threads"]
    resources:
        **needs(mem_mb=3000, minutes=lambda tracks: 60 + 4 * measured_tracks(tracks)),
    params:
        **code_digests("measure_model"),
        settings={
            key: value for key, value in CONFIG["measures"].items() if key != "threads"
        }
        | {"lobe_bins": MAIN_LOBE_BINS, "overlap_frames": overlap_frames(STFT)},
        spectra=SPECTRA,
    message:
        "Measuring {wildcards.model}, seed {wildcards.seed}, and its controls on all test tracks"
    script:
        "../scripts/measure_model.py"


rule measure_ablations:
    input:
        **TEST_AUDIO,
        **TRAINED,
        **TRUTHS,
        **spectra_of("train"),
        gains=rules.learn_equaliser.output.gains,
    output:
        measures=f"{RESULTS}/measures/ablations/{{model}}_seed{{seed}}.csv",
    log:
        log_of("measure_ablations/{model}_seed{seed}"),
    benchmark:
        benchmark_of("measure_ablations/{model}_seed{seed}")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(
            mem_mb=lambda tracks: 1600 + 0.6 * tracks["test"].longest_s,
            minutes=lambda tracks: 30
            + ablated_s(tracks)
            * (
                0.03 * measured_tracks(tracks)
                + 0.5 * CONFIG["ablation"]["deep_tracks"]
            ),
        ),
    params:
        **code_digests("measure_ablations"),
        settings={
            **SCORING,
            "estimator": CONFIG["separation"]["estimator"],
            "stft": CONFIG["stft"],
            **CONFIG["ablation"],
            "tracks_max": CONFIG["measures"]["tracks_max"],
        },
    message:
        "Scoring what is left of {wildcards.model}, seed {wildcards.seed}, without other bins"
    script:
        "../scripts/measure_ablations.py"


rule measure_agreement:
    input:
        **TEST_AUDIO,
        weights=of_all_seeds(rules.train_model.output.weights),
        provenance=of_all_seeds(rules.train_model.output.provenance),
        truth_weights=of_control_seeds(rules.train_truth.output.weights),
        truth_provenance=of_control_seeds(rules.train_truth.output.provenance),
    output:
        measures=f"{RESULTS}/measures/agreement/{{model}}.csv",
    log:
        log_of("measure_agreement/{model}"),
    benchmark:
        benchmark_of("measure_agreement/{model}")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=4000, minutes=lambda tracks: 60 + 2 * measured_tracks(tracks)),
    params:
        **code_digests("measure_agreement"),
        seeds=lambda wildcards: seeds_of(wildcards.model),
        settings={
            **CONFIG["agreement"],
            "half_width": MAIN_LOBE_BINS,
            "tracks_max": CONFIG["measures"]["tracks_max"],
        },
        spectra=SPECTRA,
    message:
        "Measuring what the seeds of {wildcards.model} agree on"
    script:
        "../scripts/measure_agreement.py"


rule tabulate_measures:
    input:
        measured=[
            *of_all_models(rules.measure_model.output.measures),
            *of_all_models(rules.measure_ablations.output.measures),
            *expand(rules.measure_agreement.output.measures, model=MODELS),
        ],
        structure=rules.tabulate_structure.output.structure,
        controls=rules.tabulate_controls.output.controls,
        segments=rules.select_segments.output.segments,
    output:
        measures=f"{RESULTS}/tables/measures.csv",
        skipped=f"{RESULTS}/tables/skipped.csv",
    log:
        log_of("tabulate_measures/all"),
    benchmark:
        benchmark_of("tabulate_measures/all")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=1000, minutes=10),
    params:
        **code_digests("tabulate_measures"),
        order=[MODELS, SEEDS],
        settings={
            "lobe_bins": MAIN_LOBE_BINS,
            "functions": FUNCTIONS,
            "layer_methods": [m for m in METHODS if method_needs_layers(m)],
        },
    message:
        "Gathering the measures of all models"
    script:
        "../scripts/tabulate_measures.py"


rule judge_hypotheses:
    input:
        measures=rules.tabulate_measures.output.measures,
    output:
        verdicts=f"{RESULTS}/tables/verdicts.csv",
        truth_checks=f"{RESULTS}/tables/truth_checks.csv",
    log:
        log_of("judge_hypotheses/all"),
    benchmark:
        benchmark_of("judge_hypotheses/all")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=1000, minutes=10),
    params:
        **code_digests("judge_hypotheses"),
        **source_digests("hypotheses.yaml", "schemas/hypotheses.schema.yaml"),
        sources=lambda wildcards, input: ROOT / "workflow",
    message:
        "Giving the hypotheses their verdicts"
    script:
        "../scripts/judge_hypotheses.py"
