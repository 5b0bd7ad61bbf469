"""The measure of a model's cost, ``search.cost``: the one place that knows which column of the tables it stands for.

A measure is a word of ``schema.search.Measure`` and a column here. A column that ``constraints.columns`` does not give
under its measure is measured before training.
"""

from collections.abc import Mapping, Sequence

from nasamp.schema.search import Measure

COST = "cost"  # in objectives: the column of the search's measure
COLUMN: Mapping[Measure, str] = {"macs": "macs_per_sample", "measured": "rtf_mean", "nam": "cost_nam"}
EARLIEST: Measure = "macs"  # of a folder that does not say, from before there was a choice
_ORIGINAL = ("val_loss", "latency_ms", "parameters")  # as in conf/objectives/original.yaml


def objectives(typed: Sequence[str] | None, measure: Measure) -> list[str]:
    """Return the columns that a front is a trade-off of; where none are typed, those that fit the measure.

    >>> objectives(["val_esr_db", "cost"], "macs"), objectives(None, "measured")
    (['val_esr_db', 'macs_per_sample'], ['val_esr_db', 'rtf_mean'])
    """
    default = _ORIGINAL if measure == EARLIEST else ("val_esr_db", COST)
    return [COLUMN[measure] if column == COST else column for column in typed or default]
