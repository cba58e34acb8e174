#!/usr/bin/env bash
# Makes the Python environment of the chat's second client, in .venv beside this file. Does nothing when it is there.
# As root on Debian it installs what Python lacks for it; elsewhere it says what is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

main() {
  if cmp --silent requirements.txt .venv/requirements.txt; then return; fi
  local log begin=$SECONDS
  log=$(mktemp "${TMPDIR:-/tmp}/polymq-python.XXXXXX")
  # shellcheck disable=SC2064
  trap "rm -f '$log'" EXIT
  echo 'setting up the Python client …'
  if ! install >"$log" 2>&1; then
    cat "$log" >&2
    echo "setting up the Python client: failed after $((SECONDS - begin)) s" >&2
    return 1
  fi
  echo "setting up the Python client: done in $((SECONDS - begin)) s"
}

install() {
  if ! python3 -c 'import ensurepip, venv'; then
    if ! command -v apt-get || [ "$(id -u)" -ne 0 ]; then
      echo 'Please install python3 with venv and pip. This script installs them itself only as root on Debian.' >&2
      return 1
    fi
    apt-get update
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3 python3-venv python3-pip
  fi
  rm -rf .venv
  python3 -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
  cp requirements.txt .venv/
}

main
