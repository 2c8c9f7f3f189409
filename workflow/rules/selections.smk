# Which models, methods and seeds go together, and the files of these: what the rules' inputs are made of.

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
# Those that optimise, and so record a curve; the others take seconds.
ITERATIVE_METHODS = [
    m for m in METHODS if "record_every_iterations" in method_settings(m)
]
DIRECT_METHODS = [
    m for m in METHODS if m not in ITERATIVE_METHODS and not method_needs_layers(m)
]
# One job examines a model by all of these, which suit every model; the others have a job each.
METHODS_TOGETHER = (
    [m for m in METHODS if not (FUNCTIONS and method_needs_layers(m))]
    if FEW_JOBS
    else DIRECT_METHODS
)
SINGLE_METHODS = [m for m in METHODS if m not in METHODS_TOGETHER]


def seeds_of(model, seeds=SEEDS):
    """Those of the seeds that a model comes with."""
    return seeds[:1] if model in GIVEN_MODELS else seeds


SYSTEMS = [
    *(f"{model}_seed{seed}" for model in MODELS for seed in seeds_of(model)),
    *BASELINES,
]


def of_all_models(pattern, seeds=SEEDS, models=MODELS):
    """A rule's output for all models and seeds; other wildcards stay.

    Rules that put such files one after the other have a parameter `order` that no script reads: Snakemake does
    not see another order of inputs.
    """
    return [
        path
        for model in models
        for path in expand(
            pattern, model=model, seed=seeds_of(model, seeds), allow_missing=True
        )
    ]


def truths_of(model):
    """Known functions that networks of a model's design are trained on."""
    return [] if model in GIVEN_MODELS else KNOWN_FUNCTIONS


def of_all_truths(pattern):
    """A file of all trained truths of a job's model and seed; none for seeds without controls."""
    return lambda wildcards: expand(
        pattern,
        truth=(
            truths_of(wildcards.model) if int(wildcards.seed) in CONTROL_SEEDS else []
        ),
        **wildcards,
    )


def design_fields(wildcards):
    """What a model is built from: an edit of a user's file trains its own model anew, and no other."""
    own = OWN_MODELS.get(wildcards.model)
    return asdict(own.design if own else design_of(wildcards.model))


def earlier(rank):
    """Priority of jobs that others wait for: those of the first seed, which all controls are of, before others.

    Of those deep models first: at the end no core is left with a long job.
    """

    def of_job(wildcards):
        depth = design_fields(wildcards).get("encoder_layers", 0)
        return rank + (int(wildcards.seed) == FIRST_SEED) + depth / 10

    return of_job


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


def of_all_seeds(pattern):
    """A file of all seeds of a job's model."""
    return lambda wildcards: expand(
        pattern, model=wildcards.model, seed=seeds_of(wildcards.model)
    )


def of_control_seeds(pattern):
    """A file of all trained truths of a job's model, of every seed that has some."""
    return lambda wildcards: expand(
        pattern,
        model=wildcards.model,
        truth=truths_of(wildcards.model),
        seed=CONTROL_SEEDS,
    )


def separator_files(systems):
    """What the separators of systems read, by the names of the inputs of `score_system`."""
    trained = [
        (model, seed)
        for model in MODELS
        for seed in SEEDS
        if f"{model}_seed{seed}" in systems
    ]
    files = {
        name: [expand(path, model=model, seed=seed)[0] for model, seed in trained]
        for name, path in TRAINED.items()
    }
    return files | {
        "gains": [rules.learn_equaliser.output.gains] if EQUALISER in systems else []
    }


OWN_SYSTEMS = {
    f"{model}_seed{seed}" for model in OWN_MODELS for seed in seeds_of(model)
}


def separating_device(systems):
    """Where systems separate: on the CPU, but for models of one's own, which may be of any size.

    There our few layers take a fifth of a job's time. The rest are scores, during which a GPU would idle.
    """
    return CONFIG["device"] if OWN_SYSTEMS & set(systems) else "cpu"


def separated_and_scored(systems):
    """The settings of a job that separates and scores systems."""
    return SEPARATED_AND_SCORED | {"device": separating_device(systems)}


def gpus_to_separate(systems):
    """GPUs that a job asks for to separate with systems."""
    return 0 if separating_device(systems) == "cpu" else gpus(None)


def matrices_of(methods, pattern):
    """The output `pattern` of matrices by these methods, temporary if they are not kept."""
    return pattern if set(methods) <= set(KEPT_MATRICES) else temp(pattern)
