"""When a recording is refused or warned about: the limits of the checks, with their units and ranges."""

from dataclasses import dataclass
from typing import Annotated

from nasamp.schema.checking import Says


@dataclass(frozen=True)
class Limits:
    """The checks of a recording; conf/data/limits holds the values."""

    longest_difference_seconds: Annotated[float, Says("s that the output may be longer than the input", 0, 60)]
    channel_difference: Annotated[float, Says("largest difference of two channels that count as one", 0, 1)]
    silence_dbfs: Annotated[float, Says("RMS in dBFS below which a file or a stretch is silent", -140, 0)]
    shortest_seconds: Annotated[float, Says("s below which a recording is refused", 1, 3600)]
    recommended_seconds: Annotated[float, Says("s below which a recording is warned about", 1, 3600)]
    prominence: Annotated[
        float, Says("peak of the response over its RMS, below which the files are unrelated", 1, 1000)
    ]
    lead_samples: Annotated[int, Says("samples by which the output may seem to come first", 0, 10_000)]
    lag_ms: Annotated[float, Says("ms by which the output may come later", 0, 1000)]
    clipped_samples: Annotated[int, Says("samples in a row at the largest value that make a clipped run", 2, 1000)]
    clipped_runs: Annotated[
        int, Says("clipped runs on one side of zero from which a file counts as clipped", 1, 1_000_000)
    ]
    polarity_ratio: Annotated[float, Says("negative over positive peak of the correlation that means inverted", 1, 100)]
    dc_share: Annotated[float, Says("DC offset as a share of the RMS", 0, 1)]
    silent_share: Annotated[float, Says("share of the frames that may be silent", 0, 1)]
    clock_drift_samples: Annotated[float, Says("samples that the delay may change from start to end", 0, 100_000)]
    gain_drift_db: Annotated[float, Says("dB that the gain may change from start to end", 0, 100)]
    drift_seconds: Annotated[float, Says("s below which neither drift is judged", 1, 3600)]
    repeat_esr: Annotated[float, Says("ESR of the output's second time against its first, of a repeat", 0, 10)]
    memory_share: Annotated[float, Says("share of the validation part that a model may remember", 0, 1)]
    swapped_crest_db: Annotated[
        float, Says("dB of crest factor over a linear fit, from which the output looks like the input", 0, 100)
    ]
    gate_fall_db: Annotated[float, Says("dB that a closing gate takes within 0.2 s", 1, 200)]
    gate_closings: Annotated[int, Says("times that a gate closes, from which it is warned about", 1, 1_000_000)]
    tail_ms: Annotated[float, Says("ms after which the output should have forgotten the input", 1, 1000)]
    tail_share: Annotated[float, Says("share of the output's energy that may come from before that", 0, 1)]
    tail_db: Annotated[float, Says("dB by which that energy must stand out of the estimate's error", 0, 100)]
    echo_db: Annotated[float, Says("dB by which its peak must stand out of the error", 0, 100)]
    fewest_notes: Annotated[int, Says("notes that a part should hold to be judged by their number", 1, 100_000)]
    notes_share: Annotated[float, Says("notes of a part over those of as long a stretch elsewhere", 0, 1)]
