#!/usr/bin/env bash
# Trains a shipped backbone: packaging/pretrain.sh ARCHITECTURE EPOCHS [THREADS]. Interrupted, it continues when called again.
# The public recordings and pictures lie beside the project, in ../shared/data; they are never part of it.
set -euo pipefail
architecture=$1
epochs=$2
threads=${3:-2}
precision=()
[[ $architecture == res* ]] && precision=(--bfloat16)
root=$(cd "$(dirname "$0")/.." && pwd)
speech=$root/../shared/data/speech
if [[ $architecture == lenet* ]]; then
  exec "$root/.venv/bin/python" -m workbench pretrain \
    --architecture "$architecture" --epochs "$epochs" --threads "$threads" --learning-rate 0.02 \
    --data "$root/../shared/data/images/mnist" \
    --attribution "MNIST (training part), LeCun, Cortes, Burges, CC BY-SA 3.0" \
    --out "$root/models/$architecture.mnist"
fi
exec "$root/.venv/bin/python" -m workbench pretrain \
  --architecture "$architecture" --epochs "$epochs" --threads "$threads" "${precision[@]}" \
  --data "$speech/english-12" --data "$speech/english-extra" --data "$speech/arabic-40" \
  --noise "$speech/noise/boiler.flac" --noise "$speech/noise/washing_machine.flac" \
  --attribution "Speech Commands v0.02 (test files) and v0.01 (three words), P. Warden 2018, CC BY 4.0" \
  --attribution "Arabic Speech Commands and its household noises, Ghandoura, Hjabo, Al Dakkak 2021, CC BY 4.0" \
  --out "$root/models/$architecture.multilingual"
