#!/bin/sh
# Play a recording through a model file: model_to_wav.sh amp.nam dry.wav out.wav
set -e
python -m nasamp.render model="$1" input="$2" output="$3"
