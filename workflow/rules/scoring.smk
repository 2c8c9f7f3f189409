# Separated audio of models and baselines, their museval scores, tables and statistics.

SCORING = {
    "target": TARGET,
    "window_s": CONFIG["scoring"]["window_s"],
    "hop_s": CONFIG["scoring"]["hop_s"],
}
# The baseline that is learnt, and knows no truth; all others are oracles.
EQUALISER = "equaliser"
ORACLES = [name for name in BASELINES if name != EQUALISER]
# Oracles are loaded by name: their modules' digests rerun their own jobs only.
ORACLE_MODULES = {name: f"singmap.separation.oracles.{name}" for name in ORACLES}
# What separate_tracks makes of models, separate_equaliser of the equaliser and separate_baselines of the rest.
SEPARATED = f"{RESULTS}/separated/{{system}}"


rule separate_tracks:
    input:
        **TEST_AUDIO,
        **TRAINED,
    output:
        separated=directory(f"{RESULTS}/separated/{{model}}_seed{{seed}}"),
    log:
        log_of("separate_tracks/{model}_seed{seed}"),
    benchmark:
        benchmark_of("separate_tracks/{model}_seed{seed}")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=2500, minutes=60),
        gpu=gpus,
    params:
        **code_digests("separate_tracks"),
        settings={
            **CONFIG["separation"],
            "stft": CONFIG["stft"],
            "target": TARGET,
            "device": CONFIG["device"],
        },
    message:
        "Separating the test tracks with {wildcards.model}, seed {wildcards.seed}"
    script:
        "../scripts/separate_tracks.py"


rule separate_baselines:
    input:
        **TEST_AUDIO,
    output:
        separated=directory(f"{RESULTS}/separated/{{baseline}}"),
    log:
        log_of("separate_baselines/{baseline}"),
    benchmark:
        benchmark_of("separate_baselines/{baseline}")
    wildcard_constraints:
        baseline="|".join(ORACLES) or "none",
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=1500, minutes=60),
    params:
        **code_digests_by("baseline", "separate_baselines", ORACLE_MODULES),
        settings={
            "stft": CONFIG["stft"],
            "target": TARGET,
            "audio_subtype": CONFIG["separation"]["audio_subtype"],
        },
    message:
        "Making the estimates of the baseline {wildcards.baseline}"
    script:
        "../scripts/separate_baselines.py"


rule learn_equaliser:
    input:
        **spectra_of("train"),
    output:
        gains=f"{RESULTS}/equaliser/gains.csv",
    log:
        log_of("learn_equaliser/all"),
    benchmark:
        benchmark_of("learn_equaliser/all")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=1000, minutes=30),
    params:
        **code_digests("learn_equaliser"),
        settings={"stft": CONFIG["stft"]},
    message:
        "Learning the gain of every bin on the training tracks"
    script:
        "../scripts/learn_equaliser.py"


rule separate_equaliser:
    input:
        **TEST_AUDIO,
        gains=rules.learn_equaliser.output.gains,
    output:
        separated=directory(f"{RESULTS}/separated/{EQUALISER}"),
    log:
        log_of("separate_equaliser/all"),
    benchmark:
        benchmark_of("separate_equaliser/all")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=1500, minutes=60),
    params:
        **code_digests("separate_equaliser"),
        settings={**CONFIG["separation"], "stft": CONFIG["stft"], "target": TARGET},
    message:
        "Separating the test tracks with the learned equaliser"
    script:
        "../scripts/separate_equaliser.py"


rule score_system:
    input:
        **TEST_AUDIO,
        separated=SEPARATED,
    output:
        frames=f"{RESULTS}/scores/{{system}}/frames.csv",
        whole_tracks=f"{RESULTS}/scores/{{system}}/tracks.csv",
    log:
        log_of("score_system/{system}"),
    benchmark:
        benchmark_of("score_system/{system}")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=4000, minutes=240),
    params:
        **code_digests("score_system"),
        settings=SCORING | {"engine": CONFIG["scoring"]["engine"]},
    message:
        "Scoring {wildcards.system} on the test tracks"
    script:
        "../scripts/score_system.py"


rule audit_scores:
    input:
        tracks=TEST_AUDIO["tracks"],
        separated=expand(SEPARATED, system=SYSTEMS),
        frames=expand(rules.score_system.output.frames, system=SYSTEMS),
    output:
        audit=f"{RESULTS}/tables/audit.csv",
    log:
        log_of("audit_scores/all"),
    benchmark:
        benchmark_of("audit_scores/all")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=5000, minutes=60),
    params:
        **code_digests("audit_scores"),
        order=SYSTEMS,
        settings=SCORING | {"audit_pairs": CONFIG["scoring"]["audit_pairs"]},
    message:
        "Letting museval score a sample of systems and tracks again"
    script:
        "../scripts/audit_scores.py"


rule tabulate_scores:
    input:
        frames=expand(rules.score_system.output.frames, system=SYSTEMS),
        whole_tracks=expand(rules.score_system.output.whole_tracks, system=SYSTEMS),
    output:
        scores=f"{RESULTS}/tables/scores.csv",
        store=directory(f"{RESULTS}/museval"),
    log:
        log_of("tabulate_scores/all"),
    benchmark:
        benchmark_of("tabulate_scores/all")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=1000, minutes=10),
    params:
        **code_digests("tabulate_scores"),
        order=SYSTEMS,
        settings=SCORING,
    message:
        "Gathering the scores of all systems"
    script:
        "../scripts/tabulate_scores.py"


rule compare_systems:
    input:
        scores=rules.tabulate_scores.output.scores,
    output:
        summary=f"{RESULTS}/tables/score_summary.csv",
        statistics=f"{RESULTS}/tables/statistics.csv",
    log:
        log_of("compare_systems/all"),
    benchmark:
        benchmark_of("compare_systems/all")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=1000, minutes=10),
    params:
        **code_digests("compare_systems"),
        settings=CONFIG["statistics"] | {"baselines": sorted(BASELINES)},
    message:
        "Testing which systems differ"
    script:
        "../scripts/compare_systems.py"
