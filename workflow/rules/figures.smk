# The figures of the report: their titles, captions and files.


report: "../report/workflow.rst"


# Figure: (category in Snakemake's report, title). Captions: workflow/report/<figure>.rst.
FIGURES = {
    "effects": ("Answer", "Effects beside the thresholds of the findings"),
    "effects_other": ("Answer", "Effects of the published look, and exploratory ones"),
    "spectrograms": ("Audio", "Spectrograms of one excerpt"),
    "scores": ("Scores", "Scores between floor and ceiling"),
    "differences": ("Scores", "Paired differences between systems"),
    "mappings_zoom": (
        "Mappings",
        "Mapping matrices by methods to be trusted, low frequencies",
    ),
    "mappings_weighted": ("Mappings", "Mapping matrices weighted by the input"),
    "mappings_full": ("Mappings", "Mapping matrices, all frequencies"),
    "structure": ("Mappings", "Weight on and near the diagonal, beside controls"),
    "harmonics": ("Mappings", "Energy at harmonic offsets"),
    "fidelity": ("Mappings", "How well a matrix predicts its model"),
    "convergence": ("Checks", "How the optimised mappings settle"),
    "mappings_other": ("Checks", "Mapping matrices by the other methods"),
    "planted_truth": ("Checks", "Recovery of planted mappings"),
    "subjects": ("Checks", "Measures beside their controls"),
    "trajectories": ("Training", "How the measures came about in training"),
    "loss_curves": ("Training", "Loss curves"),
}


FIGURE_KINDS = ["svg", "png", "csv"]


def caption_of(name):
    return ROOT / "workflow" / "report" / f"{name}.rst"


def figure_files(name):
    """Output files of one figure: SVG (shown in Snakemake's report), PNG, and the data as CSV."""
    category, title = FIGURES[name]
    stem = f"{RESULTS}/figures/{name}"
    svg = report(
        f"{stem}.svg",
        category=category,
        caption=caption_of(name),
        labels={"figure": title},
    )
    return {
        f"{name}_svg": svg,
        f"{name}_png": f"{stem}.png",
        f"{name}_csv": f"{stem}.csv",
    }


def figure_settings(*keys):
    """The settings of section `figures` that a rule uses; those of all figures always."""
    of_all = ["dots_per_inch", "models_max"]
    return {key: CONFIG["figures"][key] for key in sorted([*of_all, *keys])}
