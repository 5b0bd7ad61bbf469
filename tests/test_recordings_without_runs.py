"""Several recordings, one of which has no run in the analysed phase."""

import numpy as np
import pytest
from pareto_runs import OBJECTIVES, PHASES, analyse, run, seeds, table

from nasamp.pareto import by_recording, ties
from nasamp.pareto.page import html
from nasamp.pareto.picks import recommend
from nasamp.pareto.plots import plot_all
from nasamp.pareto.summary import summary

HAS = [run(1, recording="clean"), *seeds(5, 0.1, 0.2, recording="clean")]
LACKS = {
    "nothing finished in the phase": [run(2, recording="loud", phase="quick")],
    "several in an earlier phase": [run(2, recording="loud", phase="quick"), run(3, recording="loud", phase="quick")],
    "seeds in an earlier phase": seeds(6, 0.1, 0.2, recording="loud", phase="quick"),
    "no number in an objective": [run(2, recording="loud", val_esr=np.nan)],
    "neither": [run(2, recording="loud", phase="quick", val_esr=np.nan), run(3, recording="loud", val_esr=np.nan)],
}


@pytest.mark.parametrize("lacks", LACKS.values(), ids=LACKS)
def test_a_recording_without_a_run_in_the_phase_is_reported_beside_the_other(tmp_path, lacks):
    analysis = analyse(table(*HAS, *lacks), OBJECTIVES, PHASES)
    picks = recommend(analysis)
    text = summary(analysis, picks, {"name": "both"})
    section = text.partition("## loud")[2]
    assert section.strip().startswith("No run of phase `full` has ")
    assert "hypervolume nan" not in text
    plot_all(analysis, tmp_path)
    page = html.write(tmp_path, analysis, picks, {"name": "both"}, tmp_path).read_text("utf-8")
    assert "loud</strong>: No run of phase full has " in page


def test_without_competing_models_there_are_no_ties():
    part = by_recording.only(analyse(table(*HAS, run(2, recording="loud", phase="quick")), OBJECTIVES, PHASES), "loud")
    assert len(ties.with_the_best(part)) == len(ties.with_the_front(part)) == 0
    assert "gap" in ties.with_the_best(part)
