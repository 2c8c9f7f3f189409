# Controls: what is known to be scalar or structured, or to have learnt nothing, examined as the models are.


rule train_truth:
    input:
        **spectra_of("train"),
        **spectra_of("valid"),
        gains=rules.learn_equaliser.output.gains,
    output:
        weights=f"{RESULTS}/truths/{{truth}}/{{model}}/seed{{seed}}/weights.safetensors",
        history=f"{RESULTS}/truths/{{truth}}/{{model}}/seed{{seed}}/history.csv",
        provenance=f"{RESULTS}/truths/{{truth}}/{{model}}/seed{{seed}}/provenance.json",
    log:
        log_of("train_truth/{truth}_{model}_seed{seed}"),
    benchmark:
        benchmark_of("train_truth/{truth}_{model}_seed{seed}")
    priority: earlier(1)
    conda:
        ENVIRONMENT
    threads: CONFIG["training"]["threads"]
    resources:
        **needs(
            mem_mb=5000, minutes=lambda tracks: 60 + 0.012 * tracks["train"].total_s
        ),
        gpu=gpus,
    params:
        **code_digests("train_truth"),
        code=digests_for_script("train_truth"),
        design=design_fields,
        half_width=MAIN_LOBE_BINS,
        settings=TRAINING | {"kept_epochs": []},
        device=CONFIG["device"],
        unfinished=unfinished_folder,
    message:
        "Training {wildcards.model}, seed {wildcards.seed}, on the known function {wildcards.truth}"
    script:
        "../scripts/train_truth.py"


# What a job on the controls of a trained model reads of them.
TRUTHS = {
    "truth_weights": of_all_truths(rules.train_truth.output.weights),
    "truth_provenance": of_all_truths(rules.train_truth.output.provenance),
}


CONTROL_MODULES = {
    model: [METHOD_MODULES[m] for m in control_methods_of(model)] for model in MODELS
}
EXAMINED_SEEDS = [seed for seed in CONTROL_SEEDS if seed in MAPPED_SEEDS]


# Each control costs as much as the model itself: `controls.segments_max` and `controls.seeds_max` bound them.
rule examine_controls:
    input:
        **TRAINED,
        **EXAMINED,
        **TRUTHS,
    output:
        controls=f"{RESULTS}/controls/{{model}}_seed{{seed}}.csv",
    log:
        log_of("examine_controls/{model}_seed{seed}"),
    benchmark:
        benchmark_of("examine_controls/{model}_seed{seed}")
    priority: earlier(0)
    conda:
        ENVIRONMENT
    threads: CONFIG["mapping"]["threads"]
    resources:
        **needs(mem_mb=4000, minutes=240),
        gpu=gpus,
    params:
        **code_digests_by("model", "examine_controls", CONTROL_MODULES),
        methods=lambda wildcards: control_methods_of(wildcards.model),
        settings=lambda wildcards: settings_of_methods(
            control_methods_of(wildcards.model)
        ),
        band_bins=BAND_BINS,
        segments_max=CONFIG["controls"]["segments_max"],
        device=CONFIG["device"],
    message:
        "Examining controls of {wildcards.model}, seed {wildcards.seed}"
    script:
        "../scripts/examine_controls.py"


rule tabulate_controls:
    input:
        examined=of_all_models(rules.examine_controls.output.controls, EXAMINED_SEEDS),
        measured=of_all_models(rules.measure_structure.output.structure, EXAMINED_SEEDS),
    output:
        controls=f"{RESULTS}/tables/controls.csv",
    log:
        log_of("tabulate_controls/all"),
    benchmark:
        benchmark_of("tabulate_controls/all")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=1000, minutes=10),
    params:
        **code_digests("tabulate_controls"),
        order=[MODELS, EXAMINED_SEEDS],
    message:
        "Tabulating the controls"
    script:
        "../scripts/tabulate_controls.py"
