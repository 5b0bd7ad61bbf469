#!/bin/sh
# A grid from the command line and its front: four depths and two widths, on a fuzz.
set -e
python -m nasamp -m search.name=grid data.device=muff model.layers=5,6,7,8 model.channels=8,16 phase=quick "$@"
python -m nasamp.pareto runs=results/grid objectives=cpu
