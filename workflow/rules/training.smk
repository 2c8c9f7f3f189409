# Trained models: one independent job for each model and seed, and the table of how they trained.

# Without effect on the weights, but for rounding: these retrain nothing.
UNTRACKED_TRAINING = {"tensorboard", "threads"}


rule train_model:
    input:
        train_mixture=f"{RESULTS}/spectra/train/mixture.npy",
        train_target=f"{RESULTS}/spectra/train/target.npy",
        train_index=f"{RESULTS}/spectra/train/index.csv",
        valid_mixture=f"{RESULTS}/spectra/valid/mixture.npy",
        valid_target=f"{RESULTS}/spectra/valid/target.npy",
        valid_index=f"{RESULTS}/spectra/valid/index.csv",
    output:
        weights=f"{RESULTS}/models/{{model}}/seed{{seed}}/weights.safetensors",
        history=f"{RESULTS}/models/{{model}}/seed{{seed}}/history.csv",
        provenance=f"{RESULTS}/models/{{model}}/seed{{seed}}/provenance.json",
    log:
        f"{RESULTS}/logs/train_model/{{model}}_seed{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/train_model/{{model}}_seed{{seed}}.tsv"
    conda:
        ENVIRONMENT
    threads: CONFIG["training"]["threads"]
    resources:
        gpu=gpus,
        mem_mb=megabytes(5000),
        runtime=minutes(240),
    params:
        **code_digests("train_model"),
        code=digests_for_script("train_model"),
        settings={
            key: value
            for key, value in sorted(CONFIG["training"].items())
            if key not in UNTRACKED_TRAINING
        },
        device=CONFIG["device"],
        states=unfinished_folder,
    message:
        "Training {wildcards.model}, seed {wildcards.seed}"
    script:
        "../scripts/train_model.py"


rule tabulate_training:
    input:
        provenance=expand(
            f"{RESULTS}/models/{{model}}/seed{{seed}}/provenance.json",
            model=MODELS,
            seed=SEEDS,
        ),
    output:
        table=f"{RESULTS}/tables/training.csv",
    log:
        f"{RESULTS}/logs/tabulate_training/table.log",
    benchmark:
        f"{RESULTS}/benchmarks/tabulate_training/table.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=minutes(10),
    params:
        **code_digests("tabulate_training"),
        settings={},
    message:
        "Tabulating the training of all models"
    script:
        "../scripts/tabulate_training.py"


rule export_tensorboard:
    input:
        histories=expand(
            f"{RESULTS}/models/{{model}}/seed{{seed}}/history.csv",
            model=MODELS,
            seed=SEEDS,
        ),
    output:
        logs=directory(f"{RESULTS}/tensorboard"),
    log:
        f"{RESULTS}/logs/export_tensorboard/all.log",
    benchmark:
        f"{RESULTS}/benchmarks/export_tensorboard/all.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=megabytes(2000),
        runtime=minutes(10),
    params:
        **code_digests("export_tensorboard"),
        settings={},
    message:
        "Writing the loss histories for TensorBoard"
    script:
        "../scripts/export_tensorboard.py"


# What `all` asks for beside the report.
TENSORBOARD = (
    rules.export_tensorboard.output if CONFIG["training"]["tensorboard"] else []
)
