#!/usr/bin/env bash
# Installs the named programs with the machine's package manager, where they are missing. `package:program` where the
# package is called otherwise.
set -euo pipefail

missing=()
for program in "$@"; do
  command -v "${program#*:}" >/dev/null || missing+=("${program%:*}")
done
[ ${#missing[@]} -eq 0 ] && exit 0

sudo=''
[ "$(id -u)" -eq 0 ] || sudo='sudo'
echo "installing: ${missing[*]}"

if command -v apt-get >/dev/null; then
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  # Some packages start a server of their own; the tests want only the program.
  if [ -n "${CI:-}" ] && command -v service >/dev/null; then
    for program in redis-server nginx; do
      [[ " ${missing[*]} " != *" $program "* ]] || $sudo service "$program" stop >/dev/null 2>&1 || true
    done
  fi
elif command -v dnf >/dev/null; then
  $sudo dnf install -y -q "${missing[@]/redis-server/redis}"
elif command -v apk >/dev/null; then
  $sudo apk add --quiet "${missing[@]/redis-server/redis}"
elif command -v brew >/dev/null; then
  brew install --quiet "${missing[@]/redis-server/redis}"
else
  echo "no package manager is known here: install ${missing[*]} by hand" >&2
  exit 1
fi
