"""The data dictionary: the columns of every table that a study writes, with unit and meaning.

A table is a class. Its attributes are the columns, in order: those of its bases from left to right, then its
own; the annotation is the unit, with ``| None`` where values may be missing, the string below it the meaning.
An attribute `dict[str, Unit]` stands for columns whose names depend on the study. The first line of the
class's docstring says what one row is, `files` where it lies below the study's folder of results: as CSV, or
what may have millions of rows as Parquet (`large_tables`). Classes without files are parts of others.

`python tools/results_reference.py` makes docs/results.md of it.
"""

import inspect
import typing
from pathlib import Path
from typing import Annotated, Any, ClassVar, TypeAlias

import pandas as pd

from singmap.files.storage import read_csv, write_csv
from singmap.files.table_values import Range, Unit, require_values, unit_of
from singmap.files.track_ids import require_track_ids
from singmap.runtime.errors import REBUILD

DIGESTED_BY_DEFINITION = True  # see runtime/code_digests.py: a script reruns for the tables that it uses

Text: TypeAlias = str
"""Letters. In every unit an empty field is a missing one; only columns marked `or empty` have such fields."""
YesNo: TypeAlias = bool
"""`True` or `False`."""
Number: TypeAlias = float
"""A number without a unit."""
Count: TypeAlias = Annotated[int, Range(0)]
"""How many there are; a count that numbers things begins at 1."""
Position: TypeAlias = Annotated[int, Range(0)]
"""A whole number from 0 on: a seed, or a place in a list."""
Samples: TypeAlias = Annotated[int, Range(0)]
"""Samples of audio at 44.1 kHz."""
Bins: TypeAlias = Annotated[int, Range(0)]
"""Frequency bins of the short-time Fourier transform."""
StftFrames: TypeAlias = Annotated[int, Range(0)]
"""Frames of the short-time Fourier transform, `stft.hop_samples` apart; what models see one at a time."""
ScoreFrames: TypeAlias = Annotated[int, Range(0)]
"""Windows that BSSEval scores, each `scoring.window_s` long, `scoring.hop_s` apart: about a second."""
Seconds: TypeAlias = Annotated[float, Range(0)]
"""Time from the start of the track."""
Hertz: TypeAlias = Annotated[float, Range(0)]
"""Frequency."""
Decibels: TypeAlias = float
"""Ratio of powers, 10 log10."""
Score: TypeAlias = Annotated[float, Range(may_be_infinite=True)]
"""Decibels of BSSEval v4; infinite where an error, or all but an error, is nothing at all."""
Magnitude: TypeAlias = Annotated[float, Range(0)]
"""Linear magnitude of spectra, on the scale that models see: window divided by the root of the FFT's size."""
Loss: TypeAlias = Annotated[float, Range(0)]
"""Value of the loss `training.loss`, its mean over STFT frames and bins."""
Share: TypeAlias = Annotated[float, Range(0, 1)]
"""Part of a whole, 0 to 1."""
Ratio: TypeAlias = Annotated[float, Range(0)]
"""Size (or energy) of an error over that of what is true: 0 is perfect, 1 as bad as silence."""
Cosine: TypeAlias = Annotated[float, Range(-1, 1)]
"""Of the angle between two things, -1 to 1: 1 is perfect, whatever their scale."""
Probability: TypeAlias = Annotated[float, Range(0, 1)]
"""0 to 1."""


class Table:
    """What all tables share."""

    files: ClassVar[tuple[str, ...]] = ()


def columns(table: type[Table]) -> list[str]:
    """Names of the columns in order, but for those that depend on the study."""
    return [name for name, unit in _units(table).items() if typing.get_origin(unit) is not dict]


def read_table(path: str | Path, table: type[Table]) -> pd.DataFrame:
    """Read a CSV that must hold the columns of `table`, and in them what their units allow.

    Text stays text, and only empty fields are missing: tracks may be called "01", "NA" or "null". Raises
    InputError otherwise, also for a row that stands there twice and for a track id that could lead out of a
    folder.
    """
    units = units_of(table)
    found = read_csv(path, list(units), [name for name, unit in units.items() if unit.kind is str])
    require_track_ids(path, found.get("track_id", ()))
    require_values(str(path), found, units, REBUILD)
    return found


def rows_of(frame: pd.DataFrame) -> list[Any]:
    """The rows of a table, each with its columns as attributes."""
    return list(frame.itertuples())


def write_table(path: str | Path, frame: pd.DataFrame, table: type[Table]) -> None:
    """Write `frame` as CSV, atomically.

    Raises ValueError unless it has the columns of `table`, in order, and InputError for values that their
    units don't allow: what is missing or not finite where nothing may be is never kept.
    """
    found, expected = list(frame.columns), columns(table)
    may_go_on = len(_units(table)) > len(expected)
    if (found[: len(expected)] if may_go_on else found) != expected:
        raise ValueError(f"{path}: the columns of {table.__name__} are {expected}, found {found}")
    require_values(str(path), frame, units_of(table))
    write_csv(path, frame)


def units_of(table: type[Table]) -> dict[str, Unit]:
    """What every column may hold, but for those that depend on the study."""
    units = _units(table)
    return {name: unit_of(units[name]) for name in columns(table)}


def _units(table: type[Table]) -> dict[str, object]:
    """Unit of every column: those of the bases from left to right, then the table's own."""
    units: dict[str, object] = {}
    for base in table.__bases__:
        if issubclass(base, Table) and base is not Table:
            units |= _units(base)
    return units | inspect.get_annotations(table) if table is not Table else {}


# Parts that several tables share.


class TrackNames(Table):
    """Which track."""

    track_id: Text
    """Name of the track in paths: letters, digits, `-` and `_` only."""
    track: Text
    """Name of the track as the data set has it."""


class ModelAndSeed(Table):
    """Which trained model."""

    model: Text
    """Name of the model, one of `models`."""
    seed: Position
    """Seed of its training, one of `seeds`."""


class Method(Table):
    """How it was examined."""

    method: Text
    """Method that found the matrix, one of `mapping.methods`; see docs/mapping.md."""


class SegmentNumber(Table):
    """Which segment."""

    segment: Position
    """Number of the examined segment, as in `mappings/segments.csv`."""


class SegmentAndTrack(SegmentNumber):
    """Which segment, of which track."""

    track: Text
    """Name of the segment's track as the data set has it."""


class Measures(Table):
    """One measure of one matrix."""

    frames: Text
    """STFT frames that it was measured on: `optimised`, the segment's own, which the matrix was fitted to; or
    `other`, up to 1,000 more of the track, which it never saw."""
    measure: Text
    """What was measured: `diagonal_share`, `band_share_<bins>`, `effective_rank`, `harmonic_<2f, 3f or
    half_f>`, and errors against the model's output, `relative_l1`, `relative_l2`, `diagonal_relative_l1` and
    `_l2`; the head of `workflow/lib/singmap/mapping/measures.py` defines them."""
    weighting: Text
    """`raw`, or `input_weighted`: every input bin of the matrix times the segment's mean magnitude in it."""
    value: Number | None
    """The measure: shares and harmonics 0 to 1, the rank up to the number of bins, errors 0 and up (1 is as
    bad as silence); empty for a matrix of zeros, which has no shares."""


class ScoredSource(Table):
    """Which score."""

    target: Text
    """Source that is scored: the one under study (`dataset.target`), or `accompaniment`, all others
    together."""
    metric: Text
    """`SDR`, `ISR`, `SIR` or `SAR` of BSSEval v4, as museval computes them, or `uSDR` or `SI-SDR` of the
    whole track (docs/scoring.md)."""


class System(Table):
    """Which system."""

    system: Text
    """What separated the track: `<model>_seed<seed>`, or a baseline of `scoring.baselines`."""


# From the data set to the trained models.


class DecodedTracks(TrackNames):
    """One row per decoded track of a subset."""

    files = ("audio/<subset>/index.csv",)

    subset: Text
    """`train`, `valid` or `test`, as in the path."""
    n_samples: Samples
    """Length of the track."""
    target_is_silent: YesNo
    """Whether the source under study is digital silence throughout."""
    mixture_difference_db: Decibels
    """Energy of the mixture less the sum of its sources, relative to the mixture's: -200 where they are
    equal, about -25 in MUSDB18's coded streams; above -15 something is missing, or counted twice."""
    content_sha256: Text
    """SHA-256 of the mean of the mixture's channels (32-bit float): the same for the same recording."""
    remarks: Text | None
    """What may be wrong with the audio: a mixture that is not the sum, extreme levels, an offset, a silent
    channel; empty for nothing."""


class Tracks(DecodedTracks):
    """One row per track of the study, of all three subsets, none of which share a recording."""

    files = ("tables/tracks.csv",)


class SpectraIndex(TrackNames):
    """One row per track, in the order of the rows of `mixture.npy` and `target.npy` beside it."""

    files = ("spectra/<subset>/index.csv",)

    first_frame: StftFrames
    """First row of the track in both arrays; the first track begins at 0."""
    n_frames: StftFrames
    """Number of rows, that is of STFT frames, of the track."""


class History(Table):
    """One row per epoch of training that was finished."""

    files = ("models/<model>/seed<seed>/history.csv", "truths/<truth>/<model>/seed<seed>/history.csv")

    epoch: Count
    """Number of the epoch, the first is 1."""
    learning_rate: Number
    """Step size of Adam in that epoch."""
    train_loss: Loss
    """Mean loss of the epoch's batches, each before the update that it led to."""
    valid_loss: Loss
    """Loss on all validation tracks after the epoch."""
    relative_error: Ratio
    """Energy of the error over energy of the target on the validation tracks."""


class Training(ModelAndSeed):
    """One row per trained model and seed."""

    files = ("tables/training.csv",)

    epochs: Count
    """Epochs until `training.epochs_max` or the patience was spent; 0 where the weights were given."""
    best_epoch: Count
    """Epoch whose weights were kept: the one with the smallest validation loss."""
    valid_loss: Loss
    """Loss of those weights on the validation tracks, computed anew in float32."""
    relative_error: Ratio
    """Energy of their error over energy of the target on the validation tracks, in float32."""
    precision: Text
    """Number format of the training's matrix products."""
    device: Text
    """`cpu` or `cuda`: where the model was trained."""


class Equaliser(Table):
    """One row per frequency bin: the gain that explains the studied source best on the training tracks."""

    files = ("equaliser/gains.csv",)

    bin: Position
    """Number of the bin, from 0."""
    frequency_hz: Hertz
    """Centre frequency of the bin."""
    gain: Number
    """Sum of mixture times source over sum of squared mixture, magnitudes of all training STFT frames; 0
    where the mixtures are always silent."""
    mixture_power: Number
    """Mean squared magnitude of the mixture over all training STFT frames."""


# What the trained models do to the test tracks: mappings.


class Segments(SegmentNumber, TrackNames):
    """One row per examined segment: a stretch of a test track in which the source under study is loudest."""

    files = ("mappings/segments.csv",)

    first_frame: StftFrames
    """First row of the segment in `mappings/mixture.npy`."""
    n_frames: StftFrames
    """Length of the segment, `mapping.segment_frames`."""
    track_first_frame: StftFrames
    """First row of all frames of the segment's track in the same array, in their order."""
    track_n_frames: StftFrames
    """How many these are: the segment, and up to 1000 others, evenly spread, that no mapping is fitted to."""
    start_s: Seconds
    """Where in its track the segment begins."""


class SegmentCurve(Table):
    """What a method records of one segment."""

    iteration: Count
    """Updates that were done; methods that don't iterate have the row 0 alone, the last row is the result."""
    loss: Magnitude
    """Sum over the segment's frames and bins of the absolute error, after those updates."""
    relative_l1: Ratio | None
    """Sum of absolute errors over sum of the model's output, on the segment; like all below only in rows that
    were recorded (`mapping.record_every_iterations`, and the last)."""
    relative_l2: Ratio | None
    """The same with root sums of squares."""
    diagonal_share: Share | None
    """Squared weight on the matrix's diagonal, of all its squared weight."""
    band_share_2: Share | None
    """Squared weight within 2 bins of the diagonal, of all."""
    weighted_diagonal_share: Share | None
    """As diagonal_share, of the matrix weighted with the segment's mean input."""
    weighted_band_share_2: Share | None
    """As band_share_2, of the matrix weighted with the segment's mean input."""


class Curve(SegmentNumber, SegmentCurve):
    """One row per segment and iteration of the method that found the matrices in `<method>.npy`."""

    files = ("mappings/<model>/seed<seed>/<method>_curve.csv",)


class ModelStructure(ModelAndSeed, Method, SegmentAndTrack, Measures):
    """One row per method, segment, kind of frames, measure and weighting, of one trained model."""

    files = ("structure/<model>_seed<seed>.csv",)


class Structure(ModelStructure):
    """One row per model, seed, method, segment, kind of frames, measure and weighting."""

    files = ("tables/structure.csv",)


class Fidelity(Table):
    """One row per model, method, kind of frames and error measure: how well a matrix stands for its model."""

    files = ("tables/fidelity.csv",)

    model: Text
    """Name of the model, all its seeds together."""
    method: Text
    """Method that found the matrices, one of `mapping.methods`."""
    frames: Text
    """STFT frames that the error was measured on: `optimised`, the segments' own, or `other` ones of the
    tracks."""
    measure: Text
    """`relative_l1` or `relative_l2` of the whole matrix, `diagonal_relative_l1` or `_l2` of its diagonal
    alone."""
    median: Ratio | None
    """Median of the error over seeds and segments."""
    min: Ratio | None
    """Smallest error of any seed and segment."""
    max: Ratio | None
    """Largest error of any seed and segment."""
    count: Count
    """How many errors these are: seeds times segments that have such frames."""


class ControlName(Table):
    """Which control."""

    control: Text
    """What was examined: `scalar`, the model's best diagonal as a network; `untrained`, the weights that its
    training started from; `shuffled`, the trained model on frames with permuted bins; `equaliser`, `band` and
    `harmonic`, networks of its design trained on that known function; and only where the tables are put
    together `trained`, the model itself, and `all_ones`, NCA with couplings all one."""


class ModelControls(ControlName, Method, Measures, ModelAndSeed, SegmentAndTrack):
    """One row per control, method, segment, kind of frames, measure and weighting, of one model and seed."""

    files = ("controls/<model>_seed<seed>.csv",)


class Controls(ControlName, Structure):
    """One row per control, model, seed, method, segment, kind of frames, measure and weighting."""

    files = ("tables/controls.csv",)


class TrackMeasures(ModelAndSeed, TrackNames):
    """One row per subject, weights, test track and measure; the hypotheses are decided on these rows."""

    files = ("tables/measures.csv",)

    subject: Text
    """What was measured: `trained`, the model itself; `untrained`, the weights that its training started
    from; `shuffled`, the trained model on frames with permuted bins; or a trained truth: a network of the
    same design trained by the same code on targets that are a known function of the mixture, named after the
    function, `equaliser`, `band` or `harmonic`."""
    weights: Text
    """`best`, those of the best epoch, which every other stage uses; or `epoch<n>`, as they were after that
    epoch (0: before training), where `training.kept_epochs` keeps them."""
    measure: Text
    """What was measured, see docs/study.md."""
    value: Number | None
    """The measure; empty where it is undefined, as where a track has no sound of the target."""


class Skipped(Table):
    """One row per model of one's own and method or measure that it can't be examined by."""

    files = ("tables/skipped.csv",)

    model: Text
    """Name of the model."""
    kind: Text
    """`method`, a mapping method, or `measure`, one of the table Measures of tracks."""
    name: Text
    """Name of the method or measure."""
    reason: Text
    """`needs layers`: the model is known as a function alone (docs/extending.md)."""


class JudgedHypotheses(Table):
    """What was asked, what was found, and the verdict."""

    id: Text
    """Name of the hypothesis."""
    family: Text
    """`findings`, `published` or `exploratory`: the hypotheses over which p-values are corrected."""
    source: Text
    """Whose statement it is: the paper's (its first or second finding, or its published look) or ours."""
    statement: Text
    """The hypothesis in a sentence."""
    verdict: Text
    """`supported`, `contradicted` (as hard to earn), `undecided`, or `not testable`: too few seeds or tracks,
    or the measure is missing."""
    effect: Number | None
    """Median over tracks of the measure's mean over seeds, less that of the model `minus`, if any."""
    low: Number | None
    """Lower end of its interval, over tracks and seeds; the confidence stands in the file of hypotheses."""
    high: Number | None
    """Upper end of that interval."""
    direction: Text
    """On which side of the threshold the hypothesis puts the effect: `above` or `below`."""
    threshold: Number
    """What the effect is compared with, in the unit of the measure."""
    p_value: Probability | None
    """The larger one of Wilcoxon's two-sided signed-rank test over tracks and of the bootstrap over tracks
    and seeds, and where a control must be passed, too, the larger one of both."""
    p_holm: Probability | None
    """The same, corrected by Holm over the hypotheses of the family that were tested."""
    n_tracks: Count
    """Test tracks that have a value for all seeds."""
    n_seeds: Count
    """Seeds of the model; of two models, the smaller number."""
    model: Text
    """Name of the model that the hypothesis is about."""
    minus: Text | None
    """Name of the model that it is compared with; empty where there is none."""
    measure: Text
    """What decides it, see docs/study.md."""
    label: Text
    """The measure in words."""
    unit: Text
    """Unit of effect, interval and threshold."""
    mark: Text | None
    """What the measure showed of trained truths: `misjudges` some (the verdict is at most undecided), `not
    tried on` some; empty where it told all, or has none to tell."""
    reason: Text | None
    """What kept the hypothesis from being decided."""
    overturned_by: Text
    """What would overturn the verdict."""
    written: Text
    """Day on which the file of hypotheses was fixed."""
    digest: Text
    """SHA-256 of that file."""


class Verdicts(JudgedHypotheses):
    """One row per hypothesis of `workflow/hypotheses.yaml`, in its order."""

    files = ("tables/verdicts.csv",)


class TruthChecks(Table):
    """One row per measure, trained truth and model: whether the measure shows what is known to be true."""

    files = ("tables/truth_checks.csv",)

    measure: Text
    """What was measured, see docs/study.md."""
    truth: Text
    """The known function: `equaliser`, `band` or `harmonic`."""
    model: Text
    """Name of the model whose design learnt the function."""
    value: Number | None
    """Median over tracks of the measure's mean over seeds; empty where it was not measured."""
    at_least: Number | None
    """What it must be at least; empty where it has an upper bound instead."""
    at_most: Number | None
    """What it may be at most; empty where it has a lower bound instead."""
    n_seeds: Count
    """Seeds that were trained on the function."""
    n_tracks: Count
    """Test tracks with a value."""
    outcome: Text
    """`passed`, `failed` or `not measured`."""


class AblationMeasures(TrackMeasures):
    """One row per test track and measure: what one trained model is worth without other bins, dB of SDR."""

    files = ("measures/ablations/<model>_seed<seed>.csv",)


class PairedMeasures(TrackMeasures):
    """One row per seed, subject, test track and measure: what the seeds of one model agree on."""

    files = ("measures/agreement/<model>.csv",)


class ModelMeasures(TrackMeasures):
    """One row per subject, weights, test track and measure, of one model and seed."""

    files = ("measures/models/<model>_seed<seed>.csv",)


class Planted(Table):
    """One row per network whose matrix is known, and method: how well the method finds that matrix."""

    files = ("tables/planted.csv",)

    truth: Text
    """Kind of the known matrix: `identity`, `diagonal`, `banded`, `harmonic` or `dense`."""
    build: Text
    """How the network was built: `direct`, its weights show the matrix; `hidden`, they don't."""
    n_bins: Bins
    """Size of the network, one of `mapping.planted_bins`."""
    n_frames: StftFrames
    """Number of made-up frames that it was examined on."""
    method: Text
    """Method that looked for the matrix, one of `mapping.methods`."""
    matrix_error: Ratio | None
    """Root sum of squares of found minus true matrix, over that of the true one."""
    similarity: Cosine | None
    """Between the found and the true matrix."""
    weighted_similarity: Cosine | None
    """The same with both matrices weighted with the mean input."""
    relative_l1: Ratio | None
    """Sum of absolute errors of the output that the found matrix gives, over the sum of the true output."""
    diagonal_share: Share | None
    """Squared weight on the diagonal of the found matrix, of all its squared weight."""
    true_diagonal_share: Share | None
    """The same of the true matrix: a method leans to the diagonal where it finds more."""
    weighted_diagonal_share: Share | None
    """The same of the found matrix weighted with the mean input."""
    true_weighted_diagonal_share: Share | None
    """The same of the true matrix weighted with the mean input."""


# Separated audio and its scores.


class FrameScores(System, TrackNames, ScoredSource):
    """One row per test track, target, metric and score frame of one system."""

    files = ("scores/<system>/frames.parquet",)

    frame: ScoreFrames
    """Number of the score frame, from 0: a window of audio, no frame of the STFT."""
    time_s: Seconds
    """Start of the score frame."""
    value: Score | None
    """The score; empty where it is not defined or withheld, `inf` where the error is nothing at all."""
    flags: Text | None
    """Why there is no score, joined by `;`: `silent_reference`, `silent_estimate` (throughout the track),
    `ill_conditioned` (withheld: noise on the true sources at -120 dB, or rounding, moves it by more than
    0.01 dB; docs/scoring.md). Single silent score frames need no flag."""


class WholeTrackScores(System, TrackNames, ScoredSource):
    """One row per test track, target and metric of the whole track, of one system."""

    files = ("scores/<system>/tracks.csv",)

    value: Score | None
    """The score; empty where the source is silent, or for SI-SDR the estimate; `inf` for no error at all."""


class SystemParts(System):
    """Which system, and what it is made of."""

    model: Text
    """Name of the model, or of the baseline."""
    seed: Position | None
    """Seed of the model's training; empty for a baseline."""


class Scores(SystemParts, TrackNames, ScoredSource):
    """One row per system, test track, target and metric."""

    files = ("tables/scores.csv",)

    value: Decibels | None
    """Median of the scores over the track's score frames, those left out that are not finite."""
    n_frames: ScoreFrames
    """Number of score frames of the track; 1 for scores of the whole track."""
    n_nan: ScoreFrames
    """How many of them have no score, because a source is silent."""
    n_inf: ScoreFrames
    """How many have an infinite score, which the median leaves out as well."""
    n_withheld: ScoreFrames
    """How many scores are withheld; all of them where it would be more than a tenth."""
    flags: Text | None
    """As in `scores/<system>/frames.parquet`: why scores are missing, of any score frame."""


class ScoreSummary(Table):
    """One row per model or baseline, target and metric."""

    files = ("tables/score_summary.csv",)

    model: Text
    """Name of the model, all its seeds together, or of the baseline."""
    target: Text
    """Source that is scored: the one under study (`dataset.target`), or `accompaniment`."""
    metric: Text
    """`SDR`, `ISR`, `SIR` or `SAR` of BSSEval v4, `uSDR` or `SI-SDR` of the whole track."""
    median: Decibels | None
    """Median over tracks of the means over seeds."""
    low: Decibels | None
    """Lower end of its bootstrap interval (`statistics.confidence`), over the tracks that have all scores."""
    high: Decibels | None
    """Upper end of that interval."""
    seed_low: Decibels | None
    """Smallest of the seeds' own medians over tracks."""
    seed_high: Decibels | None
    """Largest of the seeds' own medians over tracks."""
    n_seeds: Count
    """Number of seeds; 1 for a baseline."""
    n_tracks: Count
    """Number of test tracks."""
    n_tracks_missing: Count
    """How many of them lack a score for some seed."""
    n_tracks_withheld: Count
    """How many of those that lack one do so because it is withheld."""
    n_tracks_flagged: Count
    """How many of them carry a flag for some seed."""
    n_frames: ScoreFrames
    """Number of score frames of all tracks and seeds."""
    n_nan: ScoreFrames
    """How many of them have no score, because a source is silent."""
    n_inf: ScoreFrames
    """How many have an infinite score."""
    n_withheld: ScoreFrames
    """How many scores are withheld (docs/scoring.md)."""


class Statistics(Table):
    """One row per pair of systems (models with one another and with every baseline), target and metric."""

    files = ("tables/statistics.csv",)

    system_a: Text
    """Name of the model, all its seeds together."""
    system_b: Text
    """What it is compared with: another model, or a baseline."""
    target: Text
    """Source that is scored: the one under study (`dataset.target`), or `accompaniment`."""
    metric: Text
    """`SDR`, `ISR`, `SIR` or `SAR` of BSSEval v4, `uSDR` or `SI-SDR` of the whole track."""
    n_tracks: Count
    """Number of test tracks that have a score for every seed of both."""
    n_tracks_dropped: Count
    """Number of test tracks that have not, and are left out."""
    n_tracks_withheld: Count
    """How many of these lack a score because it is withheld (docs/scoring.md)."""
    n_seeds_a: Count
    """Number of seeds of system_a."""
    n_seeds_b: Count
    """Number of seeds of system_b; 1 for a baseline."""
    median: Decibels | None
    """Median over tracks of the score of system_a minus that of system_b, each its mean over seeds."""
    low: Decibels | None
    """Lower end of its bootstrap interval (`statistics.confidence`) over tracks and seeds."""
    high: Decibels | None
    """Upper end of that interval."""
    p_value: Probability | None
    """Of Wilcoxon's two-sided signed-rank test; empty where there are too few tracks for any test."""
    p_holm: Probability | None
    """The same, corrected by Holm over the comparisons of this target and metric."""
    note: Text | None
    """Why a p-value is missing or can't be small, in words."""


class Audit(System, TrackNames, ScoredSource):
    """One row per target and metric of every estimate that museval scored again."""

    files = ("tables/audit.csv",)

    n_frames: ScoreFrames
    """Number of score frames."""
    n_withheld: ScoreFrames
    """How many of them the study withholds; they are not compared."""
    difference_db: Decibels | None
    """Largest difference between the study's score and museval's, in any score frame where both are
    finite."""
    movement_db: Decibels | None
    """Largest change of museval's own score when the channels are swapped, which should change nothing; empty
    where the scores agree and nobody asked."""
    same_pattern: YesNo
    """Whether both have missing and infinite scores in the same score frames."""
    verdict: Text
    """`agrees` (within 1e-5 dB), `within_movement` of museval's own, `differs`, or `withheld` (nothing to
    compare)."""


class Stretches(TrackNames):
    """One row per track that the report plays an excerpt of: where the target is loudest."""

    files = ("excerpts/stretches.csv",)

    first_sample: Samples
    """Where the excerpt begins in the track."""
    n_samples: Samples
    """How long it is."""


class Excerpts(TrackNames):
    """One row per excerpt that the report plays."""

    files = ("excerpts/index.csv",)

    system: Text
    """What made it: `mixture`, `truth` (the true source), a baseline or `<model>_seed<seed>`."""
    source: Text
    """What is to be heard: `mixture`, the source under study (`dataset.target`), or `accompaniment`."""
    start_s: Seconds
    """Where the excerpt begins in the track."""
    file: Text
    """The WAV file, below `excerpts`."""


# What the figures show, beside each figure's SVG and PNG.


class EffectFigure(JudgedHypotheses):
    """One row per hypothesis that the figure shows: the rows of `tables/verdicts.csv` of its families."""

    files = ("figures/effects.csv", "figures/effects_other.csv")


class SubjectFigure(Table):
    """One row per measure that decides hypotheses, subject, model and track: means over seeds."""

    files = ("figures/subjects.csv",)

    measure: Text
    """What was measured, see docs/study.md and `workflow/hypotheses.yaml`."""
    label: Text
    """The measure in words."""
    unit: Text
    """Unit of the value."""
    subject: Text
    """What was measured, as in `tables/measures.csv`."""
    model: Text
    """Name of the model, one of `models`."""
    n_seeds: Count
    """Seeds with a value on some track."""
    track_id: Text
    """Name of the track in paths."""
    value: Number | None
    """Mean over seeds; empty where it is undefined."""
    at_least: Number | None
    """Of a trained truth: what the measure must show at least; empty where there is no such bound."""
    at_most: Number | None
    """Of a trained truth: what it may show at most; empty where there is no such bound."""
    threshold: Number | None
    """Of a trained model: what a hypothesis about it alone compares the measure with; empty without one."""


class TrajectoryFigure(ModelAndSeed):
    """One row per measure that decides hypotheses, model, seed and epoch: medians over tracks."""

    files = ("figures/trajectories.csv",)

    measure: Text
    """What was measured, see docs/study.md and `workflow/hypotheses.yaml`."""
    label: Text
    """The measure in words."""
    unit: Text
    """Unit of the value."""
    epoch: Position
    """Epoch after which the weights were kept; 0 is before training."""
    is_best: YesNo
    """Whether these are the weights that all other stages use."""
    value: Number | None
    """Median over tracks; empty where it is undefined."""


class SpectrogramFigure(Table):
    """One row per signal and frequency: levels over time of the first excerpt."""

    files = ("figures/spectrograms.csv",)

    signal: Text
    """`mixture`, `truth` (the true source), a baseline or `<model>_seed<seed>`."""
    frequency_hz: Hertz
    """Centre of the averaged bins."""
    times: dict[str, Decibels]
    """One column per time, named by the centre of the averaged STFT frames in seconds: level re the loudest
    cell of the mixture."""


class ScoreFigure(System):
    """One row per system, track, target and metric: what the figure of scores shows."""

    files = ("figures/scores.csv",)

    group: Text
    """The model, all its seeds together, or the baseline."""
    seed: Position | None
    """Seed of the model's training; empty for a baseline."""
    track: Text
    """Name of the track as the data set has it."""
    target: Text
    """Source that is scored: the one under study (`dataset.target`), or `accompaniment`."""
    metric: Text
    """`SDR` and `ISR`; `SIR` and `SAR` only where the tracks are long enough."""
    value: Decibels | None
    """Median of the scores over the track's score frames."""
    median: Decibels | None
    """Of the group: median over tracks of its means over seeds, as in `tables/score_summary.csv`."""
    low: Decibels | None
    """Lower end of the median's interval."""
    high: Decibels | None
    """Upper end of that interval."""


class DifferenceFigure(Statistics):
    """One row per pair of systems, target and test track: differences in SDR."""

    files = ("figures/differences.csv",)

    comparison: Text
    """Both systems as the figure names them, the second subtracted from the first."""
    track_id: Text
    """Name of the track in paths."""
    difference: Decibels
    """Of this track: the mean over seeds of system_a's scores minus that of system_b's."""


class MappingFigure(Table):
    """One row per model, method, band of output frequencies and part: levels, or signs, of gains."""

    files = (
        "figures/mappings_full.csv",
        "figures/mappings_zoom.csv",
        "figures/mappings_weighted.csv",
        "figures/mappings_other.csv",
    )

    model: Text
    """Name of the model, one of `models`; its first seed."""
    method: Text
    """Method that found the matrix, one of `mapping.methods`: those that can be trusted, in
    `mappings_other.csv` all others."""
    part: Text
    """`level`: root mean square of the gains in dB re 1, over bins and segments, -200 for zero; or `balance`:
    their mean over that, from -1, all negative, to 1, all positive."""
    output_hz: Hertz
    """Centre of the band of output frequencies."""
    bins: Bins
    """How many bins the band holds; the input bands are the same."""
    diagonal: Number
    """The same of the diagonal alone: from each bin of the band to itself."""
    input_bands: dict[str, Number]
    """One column per band of input frequencies, named by its centre in Hz: without the diagonal, where the
    bands hold several bins; in `mappings_weighted.csv` of the matrix times the mean input."""


class MeasureFigure(ControlName, ModelAndSeed, Method, SegmentNumber, Measures):
    """One row per value that the figure shows, of `tables/structure.csv` or `tables/controls.csv`."""

    files = ("figures/structure.csv", "figures/harmonics.csv", "figures/fidelity.csv")


class ConvergenceFigure(ModelAndSeed, Method):
    """One row per model, seed, method, quantity and iteration: medians over segments."""

    files = ("figures/convergence.csv",)

    quantity: Text
    """`relative_loss` (over the first loss), or a column of the curves: `relative_l1`, `band_share_2` ..."""
    iteration: Count
    """Updates that were done."""
    value: Number | None
    """Median over segments of the quantity, each as last recorded: shares 0 to 1, loss and error from 0
    up."""


class PlantedFigure(Table):
    """One row per network whose matrix is known, and method."""

    files = ("figures/planted_truth.csv",)

    n_bins: Bins
    """Size of the network, one of `mapping.planted_bins`."""
    n_frames: StftFrames
    """Number of made-up frames that it was examined on."""
    truth: Text
    """Kind of the known matrix, as in `tables/planted.csv`."""
    build: Text
    """How the network was built: `direct`, its weights show the matrix; `hidden`, they don't."""
    method: Text
    """Method that looked for the matrix, one of `mapping.methods`."""
    similarity: Cosine | None
    """Between the found and the true matrix."""
    excess_diagonal_share: Number | None
    """Found minus true share of squared weight on the diagonal, -1 to 1: above 0 the method leans to it."""


class LossFigure(ModelAndSeed):
    """One row per model, seed and epoch."""

    files = ("figures/loss_curves.csv",)

    epoch: Count
    """Number of the epoch, the first is 1."""
    train_loss: Loss
    """Mean loss of the epoch's batches."""
    valid_loss: Loss
    """Loss on all validation tracks after the epoch."""
