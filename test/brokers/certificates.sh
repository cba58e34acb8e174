#!/usr/bin/env bash
# Makes the certificates the test brokers present and the tests trust. Does nothing while they are valid for
# another week. Only needs openssl (or LibreSSL); Java trust stores are made inside the images.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")"
readonly output=certificates
readonly passphrase=polymq-secret
readonly week=604800

main() {
  local stamp
  stamp=$(openssl dgst -sha256 -r "$(basename "${BASH_SOURCE[0]}")" | cut -d' ' -f1)
  if is_fresh "$stamp"; then return; fi

  work=$(mktemp -d "${TMPDIR:-/tmp}/polymq-certificates.XXXXXX")
  trap 'rm -rf "$work"' EXIT

  authority ca 'polymq test CA'
  authority unknown-ca 'polymq unknown CA'

  local names='DNS:localhost,DNS:broker.polymq.test,IP:127.0.0.1,IP:::1'
  leaf server ca localhost serverAuth "$names"
  leaf server-wrong-host ca wrong.example.test serverAuth 'DNS:wrong.example.test'
  leaf server-expired ca localhost serverAuth "$names" 200101000000Z 210101000000Z
  leaf server-unknown-ca unknown-ca localhost serverAuth "$names"
  leaf client ca polymq-client clientAuth ''
  leaf client-unknown-ca unknown-ca polymq-client clientAuth ''

  pfx server
  pfx client

  printf '%s\n' "$stamp" >"$work/stamp"
  rm -f "$work"/*.cnf "$work"/*.csr "$work"/*.index* "$work"/*.serial*
  mkdir -p "$output"
  rm -f "$output"/*
  # Test keys are no secret, and the brokers in the images run as other users than the one that made them.
  chmod 644 "$work"/*
  mv "$work"/* "$output/"
}

is_fresh() {
  [ "$(cat "$output/stamp" 2>/dev/null)" = "$1" ] &&
    openssl x509 -checkend "$week" -noout -in "$output/ca.pem" >/dev/null &&
    openssl x509 -checkend "$week" -noout -in "$output/server.pem" >/dev/null
}

# authority NAME COMMON-NAME
authority() {
  cat >"$work/$1.cnf" <<CNF
[req]
distinguished_name = subject
x509_extensions = extensions
prompt = no
[subject]
CN = $2
[extensions]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[ca]
default_ca = issue
[issue]
database = $work/$1.index
serial = $work/$1.serial
new_certs_dir = $work
certificate = $work/$1.pem
private_key = $work/$1.key
default_md = sha256
default_days = 365
policy = policy
unique_subject = no
copy_extensions = none
[policy]
commonName = supplied
CNF
  : >"$work/$1.index"
  echo 1000 >"$work/$1.serial"
  quietly openssl req -x509 -newkey rsa:2048 -nodes -days 730 -config "$work/$1.cnf" \
    -keyout "$work/$1.key" -out "$work/$1.pem"
}

# leaf NAME AUTHORITY COMMON-NAME USAGE ALTERNATIVE-NAMES [NOT-BEFORE NOT-AFTER]
leaf() {
  cat >"$work/$1.cnf" <<CNF
[extensions]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature,keyEncipherment
extendedKeyUsage = $4
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
${5:+subjectAltName = $5}
CNF
  quietly openssl req -new -newkey rsa:2048 -nodes -subj "/CN=$3" -config "$work/$2.cnf" \
    -keyout "$work/$1.key" -out "$work/$1.csr"
  quietly openssl ca -batch -notext -config "$work/$2.cnf" -extfile "$work/$1.cnf" -extensions extensions \
    ${6:+-startdate "$6" -enddate "$7"} -in "$work/$1.csr" -out "$work/$1.pem"
  rm -f "$work"/[0-9A-F][0-9A-F]*.pem
}

pfx() {
  quietly openssl pkcs12 -export -name "$1" -inkey "$work/$1.key" -in "$work/$1.pem" -certfile "$work/ca.pem" \
    -passout "pass:$passphrase" -out "$work/$1.pfx"
}

quietly() {
  local log
  log=$("$@" 2>&1) || { printf '%s\n' "$log" >&2; return 1; }
}

main
