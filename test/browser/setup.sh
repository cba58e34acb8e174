#!/usr/bin/env bash
# Installs Chromium for the tests in browsers, as root on Debian; elsewhere it says what is missing. Does nothing where
# there is one, or where POLYMQ_CHROMIUM is the path of one.
set -euo pipefail

main() {
  if [ -n "${POLYMQ_CHROMIUM:-}" ] || has chromium || has google-chrome; then return; fi
  if ! has apt-get || [ "$(id -u)" -ne 0 ]; then
    echo 'Please install chromium. This script installs it itself only as root on Debian.' >&2
    return 1
  fi
  local log begin=$SECONDS
  log=$(mktemp "${TMPDIR:-/tmp}/polymq-chromium.XXXXXX")
  # shellcheck disable=SC2064
  trap "rm -f '$log'" EXIT
  echo 'installing Chromium …'
  if ! install >"$log" 2>&1; then
    cat "$log" >&2
    echo "installing Chromium: failed after $((SECONDS - begin)) s" >&2
    return 1
  fi
  echo "installing Chromium: done in $((SECONDS - begin)) s"
}

install() {
  apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium
}

has() { command -v "$1" >/dev/null; }

main
