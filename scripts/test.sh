#!/usr/bin/env bash
# All checks of the project, one after the other, with the time that each took. Stops at the first that fails.
set -euo pipefail
cd "$(dirname "$0")/.."

stage() {
  local name=$1 start=$SECONDS
  shift
  echo "── $name"
  "$@"
  echo "── $name: passed in $((SECONDS - start)) s"
}

stage 'lint and layers' npm run --silent lint
stage 'types' npm run --silent typecheck
stage 'build' npm run --silent build
stage 'unit tests' npx vitest run --project unit
stage 'package tests' npx vitest run --project package test/package
stage 'examples' npx vitest run --project package test/examples
stage 'API reference' npm run --silent docs -- --logLevel Warn
stage 'broker images' bash test/brokers/setup.sh
stage 'tests on brokers' npx vitest run --project brokers
