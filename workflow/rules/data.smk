# From a data set to what every later stage reads: audio files and spectra of the chosen tracks.


# Compute nodes of clusters rarely reach the internet.
localrules:
    fetch_dataset,


rule fetch_dataset:
    output:
        manifest=f"{RESULTS}/manifest.json",
    log:
        log_of("fetch_dataset/all"),
    benchmark:
        benchmark_of("fetch_dataset/all")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=1000, minutes=720),
    params:
        **code_digests("fetch_dataset"),
        folder=dataset_folder,
        archive=archive_settings,
        settings={key: CONFIG["dataset"][key] for key in ("name", "root")}
        | {"demo": CONFIG["demo"] if CONFIG["dataset"]["name"] == "demo" else None},
    message:
        f"Making data set {CONFIG['dataset']['name']} ready"
    script:
        "../scripts/fetch_dataset.py"


# Of jobs that read audio. A small study's take a second, and would wait until that many cores are free.
THREADS_TO_READ = 1 if FEW_JOBS else 8
# Whose decoded audio goes once its spectra are there, the only thing that is made of it.
SPARED_SUBSETS = ["train", "valid"] if CONFIG["dataset"]["keep"] == "test" else []


rule decode_tracks:
    input:
        manifest=rules.fetch_dataset.output.manifest,
    output:
        index=f"{RESULTS}/audio/{{subset}}/index.csv",
        tracks=directory(f"{RESULTS}/audio/{{subset}}/tracks"),
    log:
        log_of("decode_tracks/{subset}"),
    benchmark:
        benchmark_of("decode_tracks/{subset}")
    wildcard_constraints:
        subset="test" if SPARED_SUBSETS else "train|valid|test",
    conda:
        ENVIRONMENT
    threads: THREADS_TO_READ
    resources:
        **needs(
            mem_mb=1000,
            minutes=lambda tracks: 20
            + 0.004 * max(t.total_s for t in tracks.values()),
        ),
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


if SPARED_SUBSETS:

    use rule decode_tracks as decode_tracks_for_a_while with:
        output:
            index=f"{RESULTS}/audio/{{subset}}/index.csv",
            tracks=temp(directory(f"{RESULTS}/audio/{{subset}}/tracks")),
        wildcard_constraints:
            subset="|".join(SPARED_SUBSETS),


TRACK_TABLE = f"{RESULTS}/tables/tracks.csv"


rule tabulate_tracks:
    input:
        indices=expand(
            rules.decode_tracks.output.index, subset=["train", "valid", "test"]
        ),
    output:
        table=TRACK_TABLE,
    log:
        log_of("tabulate_tracks/all"),
    benchmark:
        benchmark_of("tabulate_tracks/all")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **needs(mem_mb=1000, minutes=5),
    params:
        **code_digests("tabulate_tracks"),
    message:
        "Comparing the tracks of train, valid and test"
    script:
        "../scripts/tabulate_tracks.py"


TEST_AUDIO = {
    "index": only(rules.decode_tracks.output.index, subset="test"),
    "tracks": only(rules.decode_tracks.output.tracks, subset="test"),
}


# How spectra are made of audio; those of test tracks where they are read: little of them is.
SPECTRA = {
    "target": TARGET,
    "stft": CONFIG["stft"],
    "dtype": CONFIG["spectra"]["dtype"],
}


rule compute_spectra:
    input:
        decoded=rules.decode_tracks.output.index,
        tracks=rules.decode_tracks.output.tracks,
    output:
        mixture=f"{RESULTS}/spectra/{{subset}}/mixture.npy",
        target=f"{RESULTS}/spectra/{{subset}}/target.npy",
        index=f"{RESULTS}/spectra/{{subset}}/index.csv",
    log:
        log_of("compute_spectra/{subset}"),
    benchmark:
        benchmark_of("compute_spectra/{subset}")
    wildcard_constraints:
        subset="train|valid",
    conda:
        ENVIRONMENT
    threads: THREADS_TO_READ
    resources:
        **needs(
            mem_mb=1000,
            minutes=lambda tracks: 20
            + 0.004 * max(t.total_s for t in tracks.values()),
        ),
    params:
        **code_digests("compute_spectra"),
        settings=SPECTRA,
    message:
        "Computing the spectra of the tracks to {wildcards.subset}"
    script:
        "../scripts/compute_spectra.py"
