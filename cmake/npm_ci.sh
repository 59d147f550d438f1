#!/usr/bin/env bash
# npm_ci.sh NPM FOLDER: fetches what FOLDER/package-lock.json pins. Where the registry cannot be
# reached the build goes on without the packages: FOLDER/unavailable then says why, and what needs
# them does without, or says that it was left out.
set -u
npm=$1
cd "$2" || exit 1
if "$npm" ci --ignore-scripts --no-audit --no-fund --loglevel=error >npm.log 2>&1; then
  rm -f unavailable
else
  cat npm.log >&2
  printf 'warning: npm could not fetch the packages of %s; going on without them\n' "$PWD" >&2
  cp npm.log unavailable
fi
mkdir -p node_modules
touch node_modules/.package-lock.json
