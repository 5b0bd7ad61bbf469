#!/bin/sh
# One model: trained, measured and exported for plugins. Your arguments are added to the command.
set -e
python -m nasamp search.name=one_model model.layers=6 model.channels=16 phase=full "$@"
ls results/one_model/full/L6_C16_K3/L6_C16_K3.nam results/one_model/full/L6_C16_K3/L6_C16_K3.json
