#!/usr/bin/env bash
# Puts axe-core, which judges pages for accessibility, at .build/axe/axe.min.js.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=.build/axe
requirements=Tests/Accessibility/requirements.txt

# Installed anew when another version is asked for.
if cmp -s "$requirements" "$folder/requirements.txt" && [ -s "$folder/axe.min.js" ]; then exit 0; fi

Scripts/install.sh python3
# Debian has a package of its own for what makes a virtual environment.
python3 -c 'import ensurepip, venv' 2>/dev/null || Scripts/install.sh python3-venv
rm -rf "$folder"
python3 -m venv "$folder/environment"
# Only a file of it is used: what it needs to run, its version of Python included, does not matter.
"$folder/environment/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --ignore-requires-python \
  --target "$folder/package" --requirement "$requirements"
cp "$folder"/package/*/resources/axe.min.js "$folder/axe.min.js"
rm -rf "$folder/environment" "$folder/package"
cp "$requirements" "$folder"
