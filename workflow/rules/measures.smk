# What whole models do on all test tracks: what they are worth with less, and what their seeds agree on.


rule measure_ablations:
    input:
        **TEST_AUDIO,
        **TRAINED,
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
        **needs(mem_mb=8000, minutes=240),
    params:
        **code_digests("measure_ablations"),
        settings={
            **SCORING,
            "engine": CONFIG["scoring"]["engine"],
            "estimator": CONFIG["separation"]["estimator"],
            "stft": CONFIG["stft"],
            "deep_tracks": CONFIG["ablation"]["deep_tracks"],
        },
    message:
        "Scoring what is left of {wildcards.model}, seed {wildcards.seed}, without other bins"
    script:
        "../scripts/measure_ablations.py"


rule measure_agreement:
    input:
        **spectra_of("test"),
        weights=expand(rules.train_model.output.weights, seed=SEEDS, allow_missing=True),
        provenance=expand(
            rules.train_model.output.provenance, seed=SEEDS, allow_missing=True
        ),
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
        **needs(mem_mb=4000, minutes=120),
    params:
        **code_digests("measure_agreement"),
        seeds=SEEDS,
        settings={**CONFIG["agreement"], "half_width": MAIN_LOBE_BINS},
    message:
        "Measuring what the seeds of {wildcards.model} agree on"
    script:
        "../scripts/measure_agreement.py"


MEASURED = of_all_models(rules.measure_ablations.output.measures) + expand(
    rules.measure_agreement.output.measures, model=MODELS
)
