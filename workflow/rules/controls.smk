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
    conda:
        ENVIRONMENT
    threads: CONFIG["training"]["threads"]
    resources:
        **needs(mem_mb=5000, minutes=240),
        gpu=gpus,
    params:
        **code_digests("train_truth"),
        code=digests_for_script("train_truth"),
        design=lambda wildcards: asdict(design_of(wildcards.model)),
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
    conda:
        ENVIRONMENT
    threads: CONFIG["mapping"]["threads"]
    resources:
        **needs(mem_mb=4000, minutes=240),
        gpu=gpus,
    params:
        **code_digests("examine_controls", *map(METHOD_MODULES.get, CONTROL_METHODS)),
        methods=CONTROL_METHODS,
        settings=settings_of_methods(CONTROL_METHODS),
        band_bins=BAND_BINS,
        segments_max=CONFIG["controls"]["segments_max"],
        device=CONFIG["device"],
    message:
        "Examining controls of {wildcards.model}, seed {wildcards.seed}"
    script:
        "../scripts/examine_controls.py"


rule tabulate_controls:
    input:
        examined=expand(
            rules.examine_controls.output.controls, model=MODELS, seed=EXAMINED_SEEDS
        ),
        measured=expand(
            rules.measure_structure.output.structure, model=MODELS, seed=EXAMINED_SEEDS
        ),
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
