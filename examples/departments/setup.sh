#!/usr/bin/env bash
# Makes the Python environment of the finance department, in .venv beside this file. Does nothing when it is there.
# As root on Debian it installs what is missing to build it; elsewhere it says what is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# Qpid Proton comes as source alone.
readonly packages=(python3 python3-venv python3-pip python3-dev gcc libc6-dev libssl-dev pkg-config)

main() {
  if cmp --silent requirements.txt .venv/requirements.txt; then return; fi
  local log begin=$SECONDS
  log=$(mktemp "${TMPDIR:-/tmp}/polymq-finance.XXXXXX")
  # shellcheck disable=SC2064
  trap "rm -f '$log'" EXIT
  echo 'setting up the Python finance department …'
  if ! install >"$log" 2>&1; then
    cat "$log" >&2
    echo "setting up the Python finance department: failed after $((SECONDS - begin)) s" >&2
    return 1
  fi
  echo "setting up the Python finance department: done in $((SECONDS - begin)) s"
}

install() {
  if ! is_ready_to_build; then
    if ! command -v apt-get || [ "$(id -u)" -ne 0 ]; then
      echo "Please install ${packages[*]}, or what they are called here. This script does so itself only as root on Debian."
      return 1
    fi
    apt-get update || return
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}" || return
  fi
  rm -rf .venv || return
  python3 -m venv .venv || return
  # It need not be fast here.
  CFLAGS=-O0 .venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt || return
  cp requirements.txt .venv/
}

is_ready_to_build() {
  command -v gcc && pkg-config --exists openssl && python3 - <<'END'
import ensurepip, os, sys, sysconfig, venv
sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))
END
}

main
