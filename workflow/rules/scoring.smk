# Separated audio of models and baselines, their museval scores, tables and statistics.


SCORING = {
    "target": TARGET,
    "window_s": CONFIG["scoring"]["window_s"],
    "hop_s": CONFIG["scoring"]["hop_s"],
}


rule separate_tracks:
    input:
        index=f"{RESULTS}/audio/test/index.csv",
        tracks=f"{RESULTS}/audio/test/tracks",
        weights=f"{RESULTS}/models/{{model}}/seed{{seed}}/weights.safetensors",
        provenance=f"{RESULTS}/models/{{model}}/seed{{seed}}/provenance.json",
    output:
        separated=directory(f"{RESULTS}/separated/{{model}}_seed{{seed}}"),
    log:
        f"{RESULTS}/logs/separate_tracks/{{model}}_seed{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/separate_tracks/{{model}}_seed{{seed}}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        gpu=gpus,
        mem_mb=megabytes(5000),
        runtime=minutes(60),
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
        index=f"{RESULTS}/audio/test/index.csv",
        tracks=f"{RESULTS}/audio/test/tracks",
    output:
        separated=directory(f"{RESULTS}/separated/{{baseline}}"),
    log:
        f"{RESULTS}/logs/separate_baselines/{{baseline}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/separate_baselines/{{baseline}}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=megabytes(12000),
        runtime=minutes(60),
    params:
        **code_digests("separate_baselines"),
        settings={
            "stft": CONFIG["stft"],
            "target": TARGET,
            "audio_subtype": CONFIG["separation"]["audio_subtype"],
        },
    message:
        "Making the estimates of the baseline {wildcards.baseline}"
    script:
        "../scripts/separate_baselines.py"


rule score_track:
    input:
        index=f"{RESULTS}/audio/test/index.csv",
        tracks=f"{RESULTS}/audio/test/tracks",
        separated=expand(f"{RESULTS}/separated/{{system}}", system=SYSTEMS),
    output:
        frames=f"{RESULTS}/scores/{{track_id}}/frames.csv",
        museval=directory(f"{RESULTS}/scores/{{track_id}}/museval"),
    log:
        f"{RESULTS}/logs/score_track/{{track_id}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/score_track/{{track_id}}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=megabytes(4000),
        runtime=minutes(60),
    params:
        **code_digests("score_track"),
        settings=SCORING | {"engine": CONFIG["scoring"]["engine"]},
    message:
        "Scoring all systems on {wildcards.track_id}"
    script:
        "../scripts/score_track.py"


rule audit_scores:
    input:
        tracks=f"{RESULTS}/audio/test/tracks",
        separated=expand(f"{RESULTS}/separated/{{system}}", system=SYSTEMS),
        frames=frames_of_test_tracks,
    output:
        audit=f"{RESULTS}/tables/audit.csv",
    log:
        f"{RESULTS}/logs/audit_scores/audit.log",
    benchmark:
        f"{RESULTS}/benchmarks/audit_scores/audit.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=megabytes(5000),
        runtime=minutes(60),
    params:
        **code_digests("audit_scores"),
        settings=SCORING | {"audit_pairs": CONFIG["scoring"]["audit_pairs"]},
    message:
        "Letting museval score a sample of systems and tracks again"
    script:
        "../scripts/audit_scores.py"


rule tabulate_scores:
    input:
        frames=frames_of_test_tracks,
        museval=museval_of_test_tracks,
    output:
        scores=f"{RESULTS}/tables/scores.csv",
        store=directory(f"{RESULTS}/museval"),
    log:
        f"{RESULTS}/logs/tabulate_scores/scores.log",
    benchmark:
        f"{RESULTS}/benchmarks/tabulate_scores/scores.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=minutes(10),
    params:
        **code_digests("tabulate_scores"),
    message:
        "Gathering the scores of all test tracks"
    script:
        "../scripts/tabulate_scores.py"


rule compare_systems:
    input:
        scores=rules.tabulate_scores.output.scores,
    output:
        summary=f"{RESULTS}/tables/score_summary.csv",
        statistics=f"{RESULTS}/tables/statistics.csv",
    log:
        f"{RESULTS}/logs/compare_systems/statistics.log",
    benchmark:
        f"{RESULTS}/benchmarks/compare_systems/statistics.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=minutes(10),
    params:
        **code_digests("compare_systems"),
        settings=CONFIG["statistics"] | {"baselines": sorted(BASELINES)},
    message:
        "Testing which systems differ"
    script:
        "../scripts/compare_systems.py"
