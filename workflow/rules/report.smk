# What people look at: excerpts to hear, figures with their data, one page with all of it.


rule cut_excerpts:
    input:
        index=f"{RESULTS}/audio/test/index.csv",
        tracks=f"{RESULTS}/audio/test/tracks",
        separated=expand(
            f"{RESULTS}/separated/{{system}}",
            system=[f"{model}_seed{FIRST_SEED}" for model in MODELS]
            + [name for name in BASELINES if name == "irm"],
        ),
    output:
        excerpts=f"{RESULTS}/excerpts/index.csv",
        audio=directory(f"{RESULTS}/excerpts/audio"),
    log:
        f"{RESULTS}/logs/cut_excerpts/excerpts.log",
    benchmark:
        f"{RESULTS}/benchmarks/cut_excerpts/excerpts.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=minutes(10),
    params:
        **code_digests("cut_excerpts"),
        settings={
            "target": TARGET,
            "excerpt_tracks": CONFIG["report"]["excerpt_tracks"],
            "excerpt_s": CONFIG["report"]["excerpt_s"],
        },
    message:
        "Cutting excerpts to listen to"
    script:
        "../scripts/cut_excerpts.py"


rule plot_training:
    input:
        histories=expand(
            f"{RESULTS}/models/{{model}}/seed{{seed}}/history.csv",
            model=MODELS,
            seed=SEEDS,
        ),
    output:
        **figure_files("loss_curves"),
    log:
        f"{RESULTS}/logs/plot_training/figures.log",
    benchmark:
        f"{RESULTS}/benchmarks/plot_training/figures.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=minutes(10),
    params:
        **code_digests("plot_training"),
        settings={**figure_settings(), "loss": CONFIG["training"]["loss"]},
    message:
        "Drawing the loss curves"
    script:
        "../scripts/plot_training.py"


rule plot_mappings:
    input:
        mappings=expand(
            f"{RESULTS}/mappings/{{model}}/seed{FIRST_SEED}/{{method}}.npy",
            model=MODELS,
            method=CONFIG["mapping"]["methods"],
        ),
        segments=f"{RESULTS}/mappings/segments.csv",
        mixture=f"{RESULTS}/spectra/test/mixture.npy",
    output:
        **figure_files("mappings_full"),
        **figure_files("mappings_zoom"),
        **figure_files("mappings_weighted"),
    log:
        f"{RESULTS}/logs/plot_mappings/figures.log",
    benchmark:
        f"{RESULTS}/benchmarks/plot_mappings/figures.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=megabytes(2000),
        runtime=minutes(20),
    params:
        **code_digests("plot_mappings"),
        settings={
            **figure_settings("zoom_hz", "range_db", "cells_max"),
            "stft": CONFIG["stft"],
        },
    message:
        "Drawing the mapping matrices"
    script:
        "../scripts/plot_mappings.py"


rule plot_structure:
    input:
        structure=f"{RESULTS}/tables/structure.csv",
    output:
        **figure_files("structure"),
        **figure_files("harmonics"),
        **figure_files("fidelity"),
    log:
        f"{RESULTS}/logs/plot_structure/figures.log",
    benchmark:
        f"{RESULTS}/benchmarks/plot_structure/figures.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=minutes(10),
    params:
        **code_digests("plot_structure"),
        settings=figure_settings(),
    message:
        "Drawing structure and fidelity of the mappings"
    script:
        "../scripts/plot_structure.py"


rule plot_convergence:
    input:
        curves=expand(
            f"{RESULTS}/mappings/{{model}}/seed{{seed}}/{{method}}_curve.csv",
            model=MODELS,
            seed=SEEDS,
            method=ITERATIVE_METHODS,
        ),
    output:
        **figure_files("convergence"),
    log:
        f"{RESULTS}/logs/plot_convergence/figures.log",
    benchmark:
        f"{RESULTS}/benchmarks/plot_convergence/figures.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=minutes(10),
    params:
        **code_digests("plot_convergence"),
        settings={
            **figure_settings(),
            "iterations": CONFIG["mapping"]["iterations"],
        },
    message:
        "Drawing how the mappings settle"
    script:
        "../scripts/plot_convergence.py"


rule plot_trust:
    input:
        planted=f"{RESULTS}/tables/planted.csv",
        controls=f"{RESULTS}/tables/controls.csv",
    output:
        **figure_files("planted_truth"),
        **figure_files("controls"),
    log:
        f"{RESULTS}/logs/plot_trust/figures.log",
    benchmark:
        f"{RESULTS}/benchmarks/plot_trust/figures.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=minutes(10),
    params:
        **code_digests("plot_trust"),
        settings=figure_settings(),
    message:
        "Drawing planted mappings and controls"
    script:
        "../scripts/plot_trust.py"


rule plot_scores:
    input:
        scores=f"{RESULTS}/tables/scores.csv",
        statistics=f"{RESULTS}/tables/statistics.csv",
    output:
        **figure_files("scores"),
        **figure_files("differences"),
    log:
        f"{RESULTS}/logs/plot_scores/figures.log",
    benchmark:
        f"{RESULTS}/benchmarks/plot_scores/figures.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=minutes(10),
    params:
        **code_digests("plot_scores"),
        settings={
            **figure_settings(),
            "confidence": CONFIG["statistics"]["confidence"],
        },
    message:
        "Drawing the scores"
    script:
        "../scripts/plot_scores.py"


rule plot_spectrograms:
    input:
        excerpts=rules.cut_excerpts.output.excerpts,
        audio=rules.cut_excerpts.output.audio,
    output:
        **figure_files("spectrograms"),
    log:
        f"{RESULTS}/logs/plot_spectrograms/figures.log",
    benchmark:
        f"{RESULTS}/benchmarks/plot_spectrograms/figures.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=minutes(10),
    params:
        **code_digests("plot_spectrograms"),
        settings={
            **figure_settings("range_db", "cells_max"),
            "spectrogram_max_hz": CONFIG["report"]["spectrogram_max_hz"],
            "stft": CONFIG["stft"],
            "target": TARGET,
        },
    message:
        "Drawing spectrograms"
    script:
        "../scripts/plot_spectrograms.py"


rule render_page:
    input:
        figures=expand(f"{RESULTS}/figures/{{name}}.svg", name=FIGURES),
        tables=expand(
            f"{RESULTS}/tables/{{name}}.csv",
            name=[
                "scores",
                "statistics",
                "audit",
                "score_summary",
                "structure",
                "training",
            ],
        ),
        excerpts=rules.cut_excerpts.output.excerpts,
        audio=rules.cut_excerpts.output.audio,
        provenance=expand(
            f"{RESULTS}/models/{{model}}/seed{{seed}}/provenance.json",
            model=MODELS,
            seed=SEEDS,
        ),
    output:
        page=report(
            f"{RESULTS}/report/study.html",
            category="Study",
            caption=caption_of("study"),
            labels={"page": "The study on one page, with audio"},
        ),
    log:
        f"{RESULTS}/logs/render_page/page.log",
    benchmark:
        f"{RESULTS}/benchmarks/render_page/page.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=minutes(10),
    params:
        **code_digests("render_page"),
        **source_digests(
            "study.html.j2", "study.css", *(f"{name}.rst" for name in FIGURES)
        ),
        sources=lambda wildcards, input: ROOT / "workflow" / "report",
        settings={
            "dataset": CONFIG["dataset"]["name"],
            "target": TARGET,
            "models": MODELS,
            "seeds": SEEDS,
            "titles": {name: title for name, (_, title) in FIGURES.items()},
            "configuration": CONFIG,
        },
    message:
        "Rendering the study's page"
    script:
        "../scripts/render_page.py"
