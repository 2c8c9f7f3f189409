# From a data set to what every later stage reads: audio files and spectra of the chosen tracks.


# Compute nodes of clusters rarely reach the internet.
localrules:
    fetch_dataset,


checkpoint fetch_dataset:
    output:
        manifest=f"{RESULTS}/manifest.json",
    log:
        f"{RESULTS}/logs/fetch_dataset/dataset.log",
    benchmark:
        f"{RESULTS}/benchmarks/fetch_dataset/dataset.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=minutes(720),
    params:
        **code_digests("fetch_dataset"),
        folder=dataset_folder,
        settings={
            key: CONFIG["dataset"][key] for key in ("name", "root", "url", "sha256")
        }
        | {"demo": CONFIG["demo"] if CONFIG["dataset"]["name"] == "demo" else None},
    message:
        f"Making data set {CONFIG['dataset']['name']} ready"
    script:
        "../scripts/fetch_dataset.py"


rule decode_tracks:
    input:
        manifest=rules.fetch_dataset.output.manifest,
    output:
        index=f"{RESULTS}/audio/{{subset}}/index.csv",
        tracks=directory(f"{RESULTS}/audio/{{subset}}/tracks"),
    log:
        f"{RESULTS}/logs/decode_tracks/{{subset}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/decode_tracks/{{subset}}.tsv"
    conda:
        ENVIRONMENT
    threads: 8
    resources:
        mem_mb=megabytes(1000),
        runtime=minutes(60),
    params:
        **code_digests("decode_tracks"),
        settings=lambda wildcards: {
            "subset": wildcards.subset,
            "selection": sorted_selection(wildcards.subset),
            "target": TARGET,
        },
    message:
        "Decoding the tracks to {wildcards.subset}"
    script:
        "../scripts/decode_tracks.py"


rule compute_spectra:
    input:
        index=rules.decode_tracks.output.index,
        tracks=rules.decode_tracks.output.tracks,
    output:
        mixture=f"{RESULTS}/spectra/{{subset}}/mixture.npy",
        target=f"{RESULTS}/spectra/{{subset}}/target.npy",
        index=f"{RESULTS}/spectra/{{subset}}/index.csv",
    log:
        f"{RESULTS}/logs/compute_spectra/{{subset}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/compute_spectra/{{subset}}.tsv"
    conda:
        ENVIRONMENT
    threads: 8
    resources:
        mem_mb=megabytes(1000),
        runtime=minutes(60),
    params:
        **code_digests("compute_spectra"),
        settings={
            "target": TARGET,
            "stft": CONFIG["stft"],
            "dtype": CONFIG["spectra"]["dtype"],
        },
    message:
        "Computing the spectra of the tracks to {wildcards.subset}"
    script:
        "../scripts/compute_spectra.py"
