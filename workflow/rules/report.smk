# What people look at: excerpts to hear, figures with their data, one page with all of it.

# Templates, style and scripts of the page.
PAGE_SOURCES = sorted(
    path
    for path in Path(ROOT, "workflow", "report", "page").iterdir()
    if path.is_file()
)
# What the page compares a study's settings with.
PAPER_SETTING = merged(
    read_yaml(ROOT / "config" / "config.yaml"),
    read_yaml(ROOT / "config" / "paper.yaml"),
)


# The folders of excerpts that systems left, and all that the list of excerpts names.
HEARD = expand(EXCERPTS_OF, system=SYSTEMS if KEEP != "none" else [])


rule cut_excerpts:
    input:
        tracks=TEST_AUDIO["tracks"],
        stretches=rules.choose_excerpts.output.stretches,
        separated=HEARD,
    output:
        excerpts=f"{RESULTS}/excerpts/index.csv",
        truth=directory(f"{RESULTS}/excerpts/truth"),
    log:
        log_of("cut_excerpts/all"),
    benchmark:
        benchmark_of("cut_excerpts/all")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=lambda tracks: 500 + 1.5 * tracks["test"].longest_s, minutes=10),
    params:
        **code_digests("cut_excerpts"),
        order=SYSTEMS,
        target=TARGET,
    message:
        "Cutting excerpts to listen to"
    script:
        "../scripts/cut_excerpts.py"


# What a job on the excerpts reads.
EXCERPTS = {
    "excerpts": rules.cut_excerpts.output.excerpts,
    "heard": [rules.cut_excerpts.output.truth, *HEARD],
}


rule plot_training:
    input:
        histories=of_all_models(rules.train_model.output.history, models=TRAINED_MODELS),
    output:
        **figure_files("loss_curves"),
    log:
        log_of("plot_training/all"),
    benchmark:
        benchmark_of("plot_training/all")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=1000, minutes=10),
    params:
        **code_digests("plot_training"),
        order=[MODELS, SEEDS],
        settings={**figure_settings(), "loss": CONFIG["training"]["loss"]},
    message:
        "Drawing the loss curves"
    script:
        "../scripts/plot_training.py"


rule plot_mappings:
    input:
        **EXAMINED,
        mappings=mappings_of(MATRICES, [FIRST_SEED], METHODS),
        planted=rules.study_planted.output.planted,
        # Of the seed that is shown alone: another seed draws nothing anew, for which matrices might have to be remade.
        measured=of_all_models(rules.measure_structure.output.structure, [FIRST_SEED]),
    output:
        **figure_files("mappings_full"),
        **figure_files("mappings_zoom"),
        **figure_files("mappings_weighted"),
        **figure_files("mappings_other"),
    log:
        log_of("plot_mappings/all"),
    benchmark:
        benchmark_of("plot_mappings/all")
    priority: READS_MATRICES
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=2000, minutes=20),
    params:
        **code_digests("plot_mappings"),
        order=[MODELS, METHODS],
        settings={
            **figure_settings("zoom_hz", "range_db", "cells_max"),
            "stft": CONFIG["stft"],
        },
    message:
        "Drawing the mapping matrices"
    script:
        "../scripts/plot_mappings.py"


rule plot_methods:
    input:
        structure=rules.tabulate_structure.output.structure,
        controls=rules.tabulate_controls.output.controls,
        planted=rules.study_planted.output.planted,
        curves=mappings_of(CURVES, MAPPED_SEEDS, ITERATIVE_METHODS),
    output:
        **figure_files("structure"),
        **figure_files("harmonics"),
        **figure_files("fidelity"),
        **figure_files("planted_truth"),
        **figure_files("convergence"),
    log:
        log_of("plot_methods/all"),
    benchmark:
        benchmark_of("plot_methods/all")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=1000, minutes=10),
    params:
        **code_digests("plot_methods"),
        order=[MODELS, MAPPED_SEEDS, ITERATIVE_METHODS],
        settings={
            **figure_settings(),
            "iterations": CONFIG["mapping"]["iterations"],
            "lobe_bins": MAIN_LOBE_BINS,
        },
    message:
        "Drawing what the methods find, beside controls and planted truths"
    script:
        "../scripts/plot_methods.py"


rule plot_scores:
    input:
        scores=rules.tabulate_scores.output.scores,
        summary=rules.compare_systems.output.summary,
        statistics=rules.compare_systems.output.statistics,
    output:
        **figure_files("scores"),
        **figure_files("differences"),
    log:
        log_of("plot_scores/all"),
    benchmark:
        benchmark_of("plot_scores/all")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=1000, minutes=10),
    params:
        **code_digests("plot_scores"),
        settings={
            **figure_settings(),
            "models": MODELS,
            "confidence": CONFIG["statistics"]["confidence"],
            "reference": CONFIG["statistics"]["reference"],
        },
    message:
        "Drawing the scores"
    script:
        "../scripts/plot_scores.py"


rule plot_verdicts:
    input:
        verdicts=rules.judge_hypotheses.output.verdicts,
        measures=rules.tabulate_measures.output.measures,
        training=rules.tabulate_training.output.table,
    output:
        **figure_files("effects"),
        **figure_files("effects_other"),
        **figure_files("subjects"),
        **figure_files("trajectories"),
    log:
        log_of("plot_verdicts/all"),
    benchmark:
        benchmark_of("plot_verdicts/all")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=1000, minutes=10),
    params:
        **code_digests("plot_verdicts"),
        **source_digests("hypotheses.yaml", "schemas/hypotheses.schema.yaml"),
        sources=lambda wildcards, input: ROOT / "workflow",
        settings=figure_settings(),
    message:
        "Drawing what decides the hypotheses"
    script:
        "../scripts/plot_verdicts.py"


rule plot_spectrograms:
    input:
        **EXCERPTS,
    output:
        **figure_files("spectrograms"),
    log:
        log_of("plot_spectrograms/all"),
    benchmark:
        benchmark_of("plot_spectrograms/all")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=1000, minutes=10),
    params:
        **code_digests("plot_spectrograms"),
        audio=excerpts_folder,
        settings={
            **figure_settings("range_db", "cells_max"),
            "spectrogram_max_hz": CONFIG["report"]["spectrogram_max_hz"],
            "stft": CONFIG["stft"],
            "target": TARGET,
            "systems": [
                "mixture",
                "truth",
                *(
                    f"{m}_seed{FIRST_SEED}"
                    for m in MODELS[: CONFIG["figures"]["models_max"]]
                ),
                "irm",
            ],
        },
    message:
        "Drawing spectrograms"
    script:
        "../scripts/plot_spectrograms.py"


rule encode_mappings:
    input:
        **EXAMINED,
        mappings=of_own_methods(MATRICES),
    output:
        matrices=directory(f"{RESULTS}/report/matrices/{{model}}_seed{{seed}}"),
    log:
        log_of("encode_mappings/{model}_seed{seed}"),
    benchmark:
        benchmark_of("encode_mappings/{model}_seed{seed}")
    priority: READS_MATRICES
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=1000, minutes=lambda tracks: 20 + examined_tracks(tracks)),
    params:
        **code_digests("encode_mappings"),
        order=lambda wildcards: methods_of(wildcards.model),
        settings={"stft": CONFIG["stft"]},
    message:
        "Coding the mappings of {wildcards.model}, seed {wildcards.seed}, for the explorer"
    script:
        "../scripts/encode_mappings.py"


rule encode_excerpts:
    input:
        **EXCERPTS,
    output:
        sounds=directory(f"{RESULTS}/report/sounds"),
    log:
        log_of("encode_excerpts/all"),
    benchmark:
        benchmark_of("encode_excerpts/all")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=1000, minutes=20),
    params:
        **code_digests("encode_excerpts"),
        audio=excerpts_folder,
        settings={
            "spectrogram_max_hz": CONFIG["report"]["spectrogram_max_hz"],
            "stft": CONFIG["stft"],
        },
    message:
        "Coding the excerpts for the player"
    script:
        "../scripts/encode_excerpts.py"


# Rules whose tables the page shows, and keeps copies of.
TABLE_RULES = [
    "tabulate_scores",
    "compare_systems",
    "audit_scores",
    "tabulate_structure",
    "tabulate_training",
    "judge_hypotheses",
    "tabulate_measures",
    "tabulate_tracks",
    "study_planted",
]
PAGE_TABLES = [
    "scores",
    "score_summary",
    "statistics",
    "audit",
    "structure",
    "training",
    "verdicts",
    "truth_checks",
    "tracks",
    "planted",
    "skipped",
]
# Path of every such table -> the rule that writes it.
PAGE_TABLE_RULES = {
    path: name
    for name in TABLE_RULES
    for path in getattr(rules, name).output
    if Path(path).stem in PAGE_TABLES
}


rule render_page:
    input:
        **EXCERPTS,
        figures=expand(
            f"{RESULTS}/figures/{{name}}.{{kind}}", name=FIGURES, kind=["svg", "csv"]
        ),
        tables=list(PAGE_TABLE_RULES),
        segments=rules.select_segments.output.segments,
        provenance=of_all_models(rules.train_model.output.provenance),
        # Beside the page, for its explorer and player: not read here.
        matrices=of_all_models(rules.encode_mappings.output.matrices, MAPPED_SEEDS),
        sounds=rules.encode_excerpts.output.sounds,
    output:
        page=f"{RESULTS}/report/study.html",
        summary=report(
            f"{RESULTS}/report/summary.html",
            category="Study",
            caption=caption_of("study"),
            labels={"page": "The answer"},
        ),
        files=directory(f"{RESULTS}/report/files"),
    log:
        log_of("render_page/all"),
    benchmark:
        benchmark_of("render_page/all")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=1000, minutes=10),
    params:
        **code_digests("render_page"),
        **source_digests(
            *(f"report/page/{path.name}" for path in PAGE_SOURCES),
            *(f"report/{name}.rst" for name in FIGURES),
        ),
        audio=excerpts_folder,
        sources=lambda wildcards, input: ROOT / "workflow" / "report",
        settings={
            "dataset": CONFIG["dataset"]["name"],
            "target": TARGET,
            "models": MODELS,
            "seeds": SEEDS,
            "mapped_seeds": MAPPED_SEEDS,
            "methods": METHODS,
            "examined": {model: methods_of(model) for model in MODELS},
            "full_matrices": KEPT_MATRICES,
            "stft": CONFIG["stft"],
            "spectrogram_max_hz": CONFIG["report"]["spectrogram_max_hz"],
            "figures": FIGURES,
            "models_max": CONFIG["figures"]["models_max"],
            "made_by": {
                f"tables/{Path(path).name}": name
                for path, name in PAGE_TABLE_RULES.items()
            },
            "configuration": CONFIG,
            "paper": PAPER_SETTING,
        },
    message:
        "Rendering the study's page"
    script:
        "../scripts/render_page.py"
