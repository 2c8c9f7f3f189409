# Trained models: one independent job for each model and seed, and the table of how they trained.

# Without effect on the weights, but for rounding: these retrain nothing.
UNTRACKED_TRAINING = {"tensorboard", "threads"}
TRAINING = {
    key: value
    for key, value in sorted(CONFIG["training"].items())
    if key not in UNTRACKED_TRAINING
}
# The weights on the way, where the configuration asks for them.
KEPT_EPOCHS = (
    {"epochs": f"{RESULTS}/models/{{model}}/seed{{seed}}/epochs.safetensors"}
    if CONFIG["training"]["kept_epochs"]
    else {}
)


rule train_model:
    input:
        **spectra_of("train"),
        **spectra_of("valid"),
        # No training before the subsets are known to share no song; another test track retrains nothing.
        # By its place: `ancient` would mark the rule's own output for all that read it.
        compared=ancient(TRACK_TABLE),
    output:
        **KEPT_EPOCHS,
        weights=f"{RESULTS}/models/{{model}}/seed{{seed}}/weights.safetensors",
        history=f"{RESULTS}/models/{{model}}/seed{{seed}}/history.csv",
        provenance=f"{RESULTS}/models/{{model}}/seed{{seed}}/provenance.json",
    log:
        log_of("train_model/{model}_seed{seed}"),
    benchmark:
        benchmark_of("train_model/{model}_seed{seed}")
    wildcard_constraints:
        model="|".join(TRAINED_MODELS) or "none",
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
        **code_digests("train_model"),
        code=digests_for_script("train_model"),
        design=design_fields,
        settings=TRAINING,
        device=CONFIG["device"],
        unfinished=unfinished_folder,
    message:
        "Training {wildcards.model}, seed {wildcards.seed}"
    script:
        "../scripts/train_model.py"


rule import_weights:
    input:
        **spectra_of("valid"),
    output:
        weights=rules.train_model.output.weights,
        provenance=rules.train_model.output.provenance,
    log:
        log_of("import_weights/{model}_seed{seed}"),
    benchmark:
        benchmark_of("import_weights/{model}_seed{seed}")
    wildcard_constraints:
        model="|".join(GIVEN_MODELS) or "none",
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=3000, minutes=30),
    params:
        **code_digests("import_weights"),
        design=design_fields,
        content=lambda wildcards: content_digest(OWN_MODELS[wildcards.model].weights),
        given=lambda wildcards, input: OWN_MODELS[wildcards.model].weights,
        loss=CONFIG["training"]["loss"],
    message:
        "Taking over the weights of {wildcards.model}"
    script:
        "../scripts/import_weights.py"


# What a job on a trained model reads of it.
TRAINED = {
    "weights": rules.train_model.output.weights,
    "provenance": rules.train_model.output.provenance,
}


rule tabulate_training:
    input:
        provenance=of_all_models(rules.train_model.output.provenance),
    output:
        table=f"{RESULTS}/tables/training.csv",
    log:
        log_of("tabulate_training/all"),
    benchmark:
        benchmark_of("tabulate_training/all")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=1000, minutes=10),
    params:
        **code_digests("tabulate_training"),
    message:
        "Tabulating the training of all models"
    script:
        "../scripts/tabulate_training.py"


rule export_tensorboard:
    input:
        histories=of_all_models(rules.train_model.output.history, models=TRAINED_MODELS),
    output:
        logs=directory(f"{RESULTS}/tensorboard"),
    log:
        log_of("export_tensorboard/all"),
    benchmark:
        benchmark_of("export_tensorboard/all")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=2000, minutes=10),
    params:
        **code_digests("export_tensorboard"),
    message:
        "Writing the loss histories for TensorBoard"
    script:
        "../scripts/export_tensorboard.py"


# What `all` asks for beside the report.
TENSORBOARD = (
    rules.export_tensorboard.output if CONFIG["training"]["tensorboard"] else []
)
