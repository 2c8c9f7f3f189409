# Separation by models and baselines, their scores, tables and statistics.

SCORING = {
    "target": TARGET,
    "window_s": CONFIG["scoring"]["window_s"],
    "hop_s": CONFIG["scoring"]["hop_s"],
}
# The baseline that is learnt, and knows no truth; all others are oracles.
EQUALISER = "equaliser"
ORACLES = [name for name in BASELINES if name != EQUALISER]
# What makes a system's estimates is loaded by name: an edit there reruns the systems that it makes.
SEPARATORS = {name: f"singmap.separation.oracles.{name}" for name in ORACLES}
SEPARATORS |= {EQUALISER: "singmap.separation.static_filter"}
SEPARATORS = {
    system: SEPARATORS.get(system, "singmap.separation.trained") for system in SYSTEMS
}
# All that shapes separated audio and its scores.
SEPARATED_AND_SCORED = SCORING | {
    "engine": CONFIG["scoring"]["engine"],
    "estimator": CONFIG["separation"]["estimator"],
    "stft": CONFIG["stft"],
}
KEEP = CONFIG["separation"]["keep"]
# Estimates wait on disk, but for a target that is to be kept: that is whole as it is written, and encoded.
SCORING_MB_PER_S = 2 if KEEP == "all" else 0.6
SEPARATED = f"{RESULTS}/separated/{{system}}"
EXCERPTS_OF = f"{RESULTS}/excerpts/{{system}}"
# No rule reads it, so it is a target: or a finished study would not separate again to keep it.
KEPT_AUDIO = expand(SEPARATED, system=SYSTEMS if KEEP == "all" else [])


rule learn_equaliser:
    input:
        **spectra_of("train"),
    output:
        gains=f"{RESULTS}/equaliser/gains.csv",
    log:
        log_of("learn_equaliser/all"),
    benchmark:
        benchmark_of("learn_equaliser/all")
    priority: 3  # seconds, and trained truths wait for it
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(
            mem_mb=1000, minutes=lambda tracks: 10 + 0.002 * tracks["train"].total_s
        ),
    params:
        **code_digests("learn_equaliser"),
        settings={"stft": CONFIG["stft"]},
    message:
        "Learning the gain of every bin on the training tracks"
    script:
        "../scripts/learn_equaliser.py"


rule choose_excerpts:
    input:
        **TEST_AUDIO,
    output:
        stretches=f"{RESULTS}/excerpts/stretches.csv",
    log:
        log_of("choose_excerpts/all"),
    benchmark:
        benchmark_of("choose_excerpts/all")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=1000, minutes=lambda tracks: 10 + 0.002 * tracks["test"].total_s),
    params:
        **code_digests("choose_excerpts"),
        settings={
            "target": TARGET,
            "excerpt_tracks": CONFIG["report"]["excerpt_tracks"],
            "excerpt_s": CONFIG["report"]["excerpt_s"],
        },
    message:
        "Choosing the excerpts to listen to"
    script:
        "../scripts/choose_excerpts.py"


# What a job that scores systems writes of each, by name.
SCORED_FILES = {
    **({"excerpts": EXCERPTS_OF} if KEEP != "none" else {}),
    **({"separated": SEPARATED} if KEEP == "all" else {}),
    "frames": f"{RESULTS}/scores/{{system}}/frames.parquet",
    "whole_tracks": f"{RESULTS}/scores/{{system}}/tracks.csv",
}
SCORED_FOLDERS = ("excerpts", "separated")
# One job scores all of these, and each of the others has its own.
SYSTEMS_TOGETHER = SYSTEMS if FEW_JOBS else []
SYSTEMS_ALONE = [system for system in SYSTEMS if system not in SYSTEMS_TOGETHER]


# Jobs that share the test tracks of each of these systems, where there are thousands.
SHARDS = CONFIG["scoring"]["shards"]


# It leaves the scores of its tracks where score_system finds them, and so need not do them.
rule score_shard:
    input:
        unpack(lambda wildcards: separator_files([wildcards.system])),
        **TEST_AUDIO,
    output:
        done=temp(f"{RESULTS}/scores/shards/{{system}}_{{shard}}"),
    log:
        log_of("score_shard/{system}_{shard}"),
    benchmark:
        benchmark_of("score_shard/{system}_{shard}")
    wildcard_constraints:
        shard=r"\d+",
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(
            mem_mb=lambda tracks: 900 + SCORING_MB_PER_S * tracks["test"].longest_s,
            minutes=lambda tracks: 20 + 0.015 * tracks["test"].total_s / SHARDS,
        ),
        gpu=lambda wildcards: gpus_to_separate([wildcards.system]),
    params:
        **code_digests_by("system", "score_shard", SEPARATORS),
        code=digests_for_script("score_system", "system", SEPARATORS),
        separator=lambda wildcards: SEPARATORS[wildcards.system],
        settings=lambda wildcards: separated_and_scored([wildcards.system]),
        audio_subtype=CONFIG["separation"]["audio_subtype"],
        shards=SHARDS,
        kept=lambda wildcards, output: kept_scores(output) / wildcards.system,
    message:
        "Separating a share of the test tracks with {wildcards.system} and scoring it"
    script:
        "../scripts/score_shard.py"


# One job separates all test tracks and scores them, so that no track's audio has to wait on the disk.
rule score_system:
    input:
        unpack(lambda wildcards: separator_files([wildcards.system])),
        **TEST_AUDIO,
        shards=expand(
            rules.score_shard.output.done,
            shard=range(SHARDS) if SHARDS > 1 else [],
            allow_missing=True,
        ),
        stretches=[rules.choose_excerpts.output.stretches] if KEEP != "none" else [],
    output:
        **{
            name: directory(path) if name in SCORED_FOLDERS else path
            for name, path in SCORED_FILES.items()
        },
    log:
        log_of("score_system/{system}"),
    benchmark:
        benchmark_of("score_system/{system}")
    wildcard_constraints:
        system="|".join(SYSTEMS_ALONE) or "none",
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(
            mem_mb=lambda tracks: 900 + SCORING_MB_PER_S * tracks["test"].longest_s,
            minutes=lambda tracks: 20 + 0.015 * tracks["test"].total_s,
        ),
        gpu=lambda wildcards: gpus_to_separate([wildcards.system]),
    params:
        **code_digests_by("system", "score_system", SEPARATORS),
        code=digests_for_script("score_system", "system", SEPARATORS),
        separator=lambda wildcards: SEPARATORS[wildcards.system],
        settings=lambda wildcards: separated_and_scored([wildcards.system]),
        audio_subtype=CONFIG["separation"]["audio_subtype"],
        kept=lambda wildcards, output: kept_scores(output) / wildcards.system,
    message:
        "Separating the test tracks with {wildcards.system} and scoring it"
    script:
        "../scripts/score_system.py"


# A new system, or an edit of one, makes the scores of none of the others anew: they are kept.
rule score_together:
    input:
        **separator_files(SYSTEMS_TOGETHER),
        **TEST_AUDIO,
        stretches=[rules.choose_excerpts.output.stretches] if KEEP != "none" else [],
    output:
        **{
            f"{system}_{name}": (
                directory(only(path, system=system))
                if name in SCORED_FOLDERS
                else only(path, system=system)
            )
            for system in SYSTEMS_TOGETHER or ["none"]
            for name, path in SCORED_FILES.items()
        },
    log:
        log_of("score_together/all"),
    benchmark:
        benchmark_of("score_together/all")
    priority: 1
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(
            mem_mb=lambda tracks: 900
            + SCORING_MB_PER_S * tracks["test"].longest_s
            + 40 * len(SYSTEMS_TOGETHER),
            minutes=lambda tracks: 20
            + 0.015 * tracks["test"].total_s * len(SYSTEMS_TOGETHER),
        ),
        gpu=lambda wildcards: gpus_to_separate(SYSTEMS_TOGETHER),
    params:
        **code_digests("score_together", *map(SEPARATORS.get, SYSTEMS_TOGETHER)),
        code=lambda wildcards, input: {
            system: code_digests("score_together", SEPARATORS[system])
            for system in SYSTEMS_TOGETHER
        },
        separators={system: SEPARATORS[system] for system in SYSTEMS_TOGETHER},
        settings=separated_and_scored(SYSTEMS_TOGETHER),
        audio_subtype=CONFIG["separation"]["audio_subtype"],
        kept=lambda wildcards, output: kept_scores(output),
    message:
        "Separating the test tracks with all systems and scoring them"
    script:
        "../scripts/score_together.py"


rule audit_scores:
    input:
        **separator_files(SYSTEMS),
        tracks=TEST_AUDIO["tracks"],
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
        **needs(
            mem_mb=lambda tracks: 800 + 16 * tracks["test"].longest_s,
            minutes=lambda tracks: 20
            + 0.015 * CONFIG["scoring"]["audit_pairs"] * tracks["test"].longest_s,
        ),
        gpu=lambda wildcards: gpus_to_separate(SYSTEMS),
    params:
        **code_digests("audit_scores", *SEPARATORS.values()),
        separators=SEPARATORS,
        order=SYSTEMS,
        settings=separated_and_scored(SYSTEMS)
        | {"audit_pairs": CONFIG["scoring"]["audit_pairs"]},
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
        **needs(
            mem_mb=lambda tracks: 1000 + 0.01 * tracks["test"].n_tracks * len(SYSTEMS),
            minutes=lambda tracks: 10
            + 0.0005 * tracks["test"].n_tracks * len(SYSTEMS),
        ),
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
        **needs(
            mem_mb=lambda tracks: 1000 + 0.01 * tracks["test"].n_tracks * len(SYSTEMS),
            minutes=lambda tracks: 10
            + 0.0005 * tracks["test"].n_tracks * len(SYSTEMS),
        ),
    params:
        **code_digests("compare_systems"),
        settings=CONFIG["statistics"] | {"baselines": sorted(BASELINES)},
    message:
        "Testing which systems differ"
    script:
        "../scripts/compare_systems.py"
