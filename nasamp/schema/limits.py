"""The limits of the recording checks, with units and ranges."""

from dataclasses import dataclass
from typing import Annotated

from nasamp.schema.keys import Says


@dataclass(frozen=True)
class Limits:
    """The limits of the recording checks; conf/data/limits holds the values."""

    longest_difference_seconds: Annotated[float, Says("s that the output may be longer than the input", 0, 60)]
    channel_difference: Annotated[float, Says("largest difference between channels treated as mono", 0, 1)]
    silence_dbfs: Annotated[float, Says("RMS in dBFS below which a file or passage is silent", -140, 0)]
    shortest_seconds: Annotated[float, Says("s below which a recording is refused", 1, 3600)]
    recommended_seconds: Annotated[float, Says("s below which a recording gets a warning", 1, 3600)]
    prominence: Annotated[
        float, Says("peak of the response over its RMS, below which the files are unrelated", 1, 1000)
    ]
    lead_samples: Annotated[int, Says("samples by which the output may lead the input", 0, 10_000)]
    lag_ms: Annotated[float, Says("ms by which the output may lag the input", 0, 1000)]
    clipped_samples: Annotated[int, Says("consecutive samples at the largest value that make a clipped run", 2, 1000)]
    clipped_runs: Annotated[int, Says("clipped runs on one side of zero that make a file clipped", 1, 1_000_000)]
    polarity_ratio: Annotated[float, Says("negative over positive peak of the correlation that means inverted", 1, 100)]
    dc_share: Annotated[float, Says("DC offset as a share of the RMS", 0, 1)]
    silent_share: Annotated[float, Says("share of the frames that may be silent", 0, 1)]
    clock_drift_samples: Annotated[float, Says("samples by which the delay may drift from start to end", 0, 100_000)]
    gain_drift_db: Annotated[float, Says("dB by which the gain may drift from start to end", 0, 100)]
    drift_seconds: Annotated[float, Says("s below which drift is not checked", 1, 3600)]
    repeat_esr: Annotated[float, Says("ESR between the outputs of a repeated passage", 0, 10)]
    memory_share: Annotated[float, Says("receptive field as a share of the validation part", 0, 1)]
    swapped_crest_db: Annotated[
        float, Says("dB of crest factor over a linear fit above which the files look swapped", 0, 100)
    ]
    gate_fall_db: Annotated[float, Says("dB by which a closing gate drops the level within 0.2 s", 1, 200)]
    gate_closings: Annotated[int, Says("gate closings that cause a warning", 1, 1_000_000)]
    tail_ms: Annotated[float, Says("ms after which the output should not depend on the input", 1, 1000)]
    tail_share: Annotated[float, Says("share of the output's energy that may depend on earlier input", 0, 1)]
    tail_db: Annotated[float, Says("dB by which that energy must exceed the estimate's error", 0, 100)]
    echo_db: Annotated[float, Says("dB by which its peak must exceed the error", 0, 100)]
    fewest_notes: Annotated[int, Says("notes that a part needs before their number is checked", 1, 100_000)]
    notes_share: Annotated[float, Says("notes in a part over those in a passage of equal length elsewhere", 0, 1)]
