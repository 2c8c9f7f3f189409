"""Choose the frames of the test tracks that the mappings are examined on."""

from singmap.files.storage import load_array, read_csv, write_csv
from singmap.mapping.segments import select_segments


def main(*, index, target, segments, settings):
    """Write the table of segments: the loudest stretches of the target in every test track."""
    tracks = read_csv(index, ["track_id", "track", "first_frame", "n_frames"])
    sizes = (settings[key] for key in ("segment_frames", "segments_per_track", "tracks_max"))
    write_csv(segments, select_segments(tracks, load_array(target), *sizes))


if "snakemake" in globals():
    from singmap.runtime.logs import captured

    with captured(snakemake.log[0]):
        main(
            index=snakemake.input.index,
            target=snakemake.input.target,
            segments=snakemake.output.segments,
            settings=snakemake.params.settings,
        )
