#!/usr/bin/env bash
# Install the system libraries that the window and the tests need, where apt and root are at hand.
# Elsewhere say what is missing and go on: the engine works without them.
# Usage: [PYTHON=python3.11] packaging/system_libraries.sh [run|test]
set -euo pipefail

window=(libegl1 libgl1 libxkbcommon0 libxkbcommon-x11-0 libdbus-1-3 libfontconfig1 libpulse0
  libnss3 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0
  libxcb-render-util0 libxcb-shape0 libxcb-xkb1 fonts-dejavu-core)
tests=(xvfb xauth pulseaudio pulseaudio-utils espeak-ng)

wanted=("${window[@]}")
if [ "${1:-run}" = test ]; then wanted+=("${tests[@]}"); fi

# Debian splits a part off Python without which no environment can be made.
if ! "${PYTHON:-python3}" -c 'import ensurepip' 2>/dev/null; then wanted+=(python3-venv); fi

if ! command -v dpkg-query >/dev/null; then
  echo "This is not a Debian-like system. Install the equivalents of: ${wanted[*]}"
  exit 0
fi

missing=()
for package in "${wanted[@]}"; do
  status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
  [ "$status" = "install ok installed" ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then exit 0; fi

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "System libraries are missing and cannot be installed from here. Run as root:"
  echo "  apt-get install ${missing[*]}"
  exit 0
fi

export DEBIAN_FRONTEND=noninteractive
echo "Installing system libraries: ${missing[*]}"
if ! { apt-get -qq update &&
  apt-get -qq install --no-install-recommends --yes "${missing[@]}" >/dev/null; }; then
  echo "The installation failed. What needs these libraries will say so when it starts."
fi
