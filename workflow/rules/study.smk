# What is asked of the trained models on all test tracks, the controls beside them, and the verdicts.

# Networks trained on known functions of the mixture; a measure that misjudges them is marked.
KNOWN_FUNCTIONS = CONFIG["controls"]["known_functions"]
TRUTH_SEEDS = SEEDS[: CONFIG["controls"]["seeds_max"]]
MAIN_LOBE_BINS = main_lobe_bins(StftSettings(**CONFIG["stft"]))


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


rule judge_hypotheses:
    input:
        measures=f"{RESULTS}/tables/measures.csv",
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
