#!/usr/bin/env bash
# Proves the servers beside peers that nobody here wrote: Scripts/interop.sh [test_nginx[.Class[.test]] …]
# INTEROP_CONFIGURATION is what to build: release (the default; compressing megabytes takes too long without) or debug.
set -euo pipefail
cd "$(dirname "$0")/.."

export INTEROP_CONFIGURATION=${INTEROP_CONFIGURATION:-release}
# nginx stands where not everybody looks for programs.
export PATH="$PATH:/usr/local/sbin:/usr/sbin"
environment=.build/interop
requirements=Tests/Interop/requirements.txt

Scripts/install.sh python3 nginx redis-server
# Debian has a package of its own for what makes a virtual environment.
python3 -c 'import ensurepip, venv' 2>/dev/null || Scripts/install.sh python3-venv

# Made anew when another version is asked for, or when the Python it stands on has gone.
if ! cmp -s "$requirements" "$environment/requirements.txt" || ! "$environment/bin/python" -c '' 2>/dev/null; then
  rm -rf "$environment"
  python3 -m venv "$environment"
  "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$requirements"
  cp "$requirements" "$environment"
fi

swift build -c "$INTEROP_CONFIGURATION" --product ChatServer
swift build -c "$INTEROP_CONFIGURATION" --package-path Examples

# What a run that was killed has left goes with the next.
rm -rf "$environment/tmp"
mkdir "$environment/tmp"
TMPDIR="$PWD/$environment/tmp" exec "$environment/bin/python" -B Tests/Interop/run.py "$@"
