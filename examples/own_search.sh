#!/bin/sh
# Your own search as a file outside the package: my_conf/search/small.yaml beside this script.
set -e
python -m nasamp --config-dir "$(dirname "$0")/my_conf" -m search=small "$@"
python -m nasamp.pareto runs=results/small
