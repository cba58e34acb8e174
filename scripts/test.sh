#!/usr/bin/env bash
# All checks of the project, one after the other, with the time that each took. Stops at the first that fails.
set -euo pipefail
cd "$(dirname "$0")/.."

reports=$(mktemp -d "${TMPDIR:-/tmp}/polymq-test.XXXXXX")
# The last line, also after a failure: how many tests passed and failed in all.
trap 'node scripts/count-tests.ts "$reports"; rm -rf "$reports"' EXIT

# tests NAME VITEST-ARGUMENTS…
tests() {
  local report="$reports/$1.json"
  shift
  npx vitest run --reporter=default --reporter=json --outputFile.json="$report" "$@"
}

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
stage 'sizes' node scripts/size.ts
stage 'unit tests' tests unit --project unit
stage 'package tests' tests package --project package test/package
stage 'examples' tests examples --project package test/examples
stage 'API reference' npm run --silent docs -- --logLevel Warn
stage 'broker images' bash test/brokers/setup.sh
stage 'Chromium' bash test/browser/setup.sh
stage 'Python client' bash examples/chat/setup.sh
stage 'Python department' bash examples/departments/setup.sh
stage 'tests on brokers' tests brokers --project brokers
