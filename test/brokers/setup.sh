#!/usr/bin/env bash
# Brings a machine to the point where the tests that need brokers run. On a bare Debian machine (as root) it
# installs and starts Docker and makes the base image; with Docker at hand it only builds the images.
# Does nothing that has been done before: a second run takes a second or two.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")"

readonly activemq_version=5.18.3
readonly artemis_version=2.44.0
readonly qpid_jms=org.apache.qpid:qpid-jms-client:2.10.0
readonly activemq_client=org.apache.activemq:activemq-client:5.18.7
readonly maven_plugin=org.apache.maven.plugins:maven-dependency-plugin:3.8.1
readonly base=debian:trixie-slim
# The last one with a RabbitMQ that speaks AMQP 0-9-1 only.
readonly old_base=debian:bookworm-slim
readonly inputs_label=polymq-test.inputs

main() {
  logs=$(mktemp -d "${TMPDIR:-/tmp}/polymq-setup.XXXXXX")
  # Steps in the background still write their logs when another one has failed.
  trap 'wait; rm -rf "$logs"' EXIT
  mkdir -p .cache

  step 1 'installing what is missing' install_packages
  step 2 'starting Docker' start_docker
  step 3 'making certificates' ./certificates.sh
  # The distributions do not need the base image, nor the other way round.
  step 4 "fetching the base images $base and $old_base" fetch_bases & local base_job=$!
  step 5 'fetching the Java brokers' fetch_distributions
  step 6 'fetching the Java clients' fetch_clients
  wait "$base_job"
  local jobs=() job
  step 7 'building polymq-test/activemq' build activemq "$activemq_version" "$(distribution activemq)" & jobs+=($!)
  step 8 'building polymq-test/artemis' build artemis "$artemis_version" "$(distribution artemis)" & jobs+=($!)
  step 9 'building polymq-test/rabbitmq, rabbitmq-3, mosquitto and haproxy' build_others & jobs+=($!)
  for job in "${jobs[@]}"; do wait "$job"; done
  # What the new images have replaced.
  docker image prune -f --filter "label=$inputs_label" >/dev/null || true
  echo 'ready: brokers start with the tests, or with node test/brokers/run.ts activemq'
}

# step NUMBER TEXT COMMAND…: a line before, a line after, and the command's output only when it fails.
step() {
  local number=$1 text=$2 log="$logs/$1" begin=$SECONDS
  shift 2
  echo "[$number/9] $text …"
  # In a subshell of its own that is not part of a condition, or `set -e` would be off inside.
  set +e
  (set -e; "$@") >"$log" 2>&1
  local status=$?
  set -e
  if [ "$status" -ne 0 ]; then
    cat "$log" >&2
    echo "[$number/9] $text: failed after $((SECONDS - begin)) s" >&2
    exit "$status"
  fi
  echo "[$number/9] $text: done in $((SECONDS - begin)) s"
}

install_packages() {
  local packages=()
  has docker || packages+=(docker.io iptables)
  docker_answers || has dockerd || packages+=(docker.io iptables)
  has openssl || packages+=(openssl)
  { have_distributions && have_clients; } || has mvn || packages+=(maven)
  has javac || packages+=(default-jdk-headless)
  { have_image "$base" && have_image "$old_base"; } || has debootstrap || can_pull || packages+=(debootstrap)
  if [ "${#packages[@]}" -eq 0 ]; then return; fi
  if ! has apt-get || [ "$(id -u)" -ne 0 ]; then
    echo "Please install: ${packages[*]}. This script installs them itself only as root on Debian."
    return 1
  fi
  apt-get update
  DEBIAN_FRONTEND=noninteractive apt-get install -y "${packages[@]}"
}

start_docker() {
  if docker_answers; then return; fi
  if ! has dockerd || [ "$(id -u)" -ne 0 ]; then
    echo 'Docker does not answer. Please start it.'
    return 1
  fi
  # In a session of its own, so that it outlives this script.
  setsid dockerd >/var/log/dockerd.log 2>&1 </dev/null &
  local _
  for _ in $(seq 150); do
    if docker_answers; then return; fi
    sleep 0.2
  done
  cat /var/log/dockerd.log
  return 1
}

fetch_bases() {
  fetch_base "$base" trixie
  fetch_base "$old_base" bookworm
}

fetch_base() {
  local image=$1 suite=$2
  if have_image "$image" || docker pull "$image"; then return; fi
  local root
  root=$(mktemp -d "${TMPDIR:-/tmp}/polymq-base.XXXXXX")
  # shellcheck disable=SC2064
  trap "rm -rf '$root'" EXIT
  # shellcheck disable=SC2046
  debootstrap --variant=minbase "$suite" "$root" $(debian_mirror)
  rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
  tar -C "$root" -c . | docker import - "$image"
}

# The mirror this machine uses, if it is a Debian one; debootstrap knows a default.
debian_mirror() {
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' 'Component: main' 2>/dev/null |
    head -1
}

fetch_distributions() {
  local name version
  for name in activemq artemis; do
    version=${name}_version
    if [ -s "$(distribution "$name")" ]; then continue; fi
    mvn -B -ntp "$maven_plugin:copy" -DoutputDirectory="$PWD/.cache/partial" \
      -Dartifact="org.apache.activemq:apache-$name:${!version}:tar.gz:bin"
    mv ".cache/partial/$(basename "$(distribution "$name")")" .cache/
  done
}

# Qpid JMS and activemq-client with what they need, for test/interop, examples and benchmarks; those compile their programs.
fetch_clients() {
  fetch_client qpid-jms "$qpid_jms"
  fetch_client activemq-client "$activemq_client"
}

fetch_client() {
  local folder=$1 group artifact version
  if have_client "$folder" "$2"; then return; fi
  IFS=: read -r group artifact version <<<"$2"
  rm -rf ".cache/$folder" ".cache/partial/$folder"
  mvn -B -ntp -f ../interop/pom.xml "$maven_plugin:copy-dependencies" -Dclient.group="$group" \
    -Dclient.artifact="$artifact" -Dclient.version="$version" \
    -DincludeScope=runtime -DoutputDirectory="$PWD/.cache/partial/$folder"
  mv ".cache/partial/$folder" .cache/
}

distribution() {
  local version=${1}_version
  echo ".cache/apache-$1-${!version}-bin.tar.gz"
}

build_others() {
  build rabbitmq 4.0
  build rabbitmq-3 3.10
  build mosquitto 2.0
  build haproxy 3.0
}

# build NAME VERSION [FILE…]: skipped when the image there is was made of the same files.
build() {
  local name=$1 version=$2 image=polymq-test/$1 inputs
  shift 2
  inputs=$({
    files_of "$name" certificates | xargs openssl dgst -sha256 -r
    printf '%s\n' "$version" "$@"
    docker image inspect -f '{{.Id}}' "$(base_of "$name")"
  } | openssl dgst -sha256 -r | cut -d' ' -f1)
  if [ "$(label_of "$image")" = "$inputs" ]; then return; fi
  files_of "$name" certificates "$@" | tar -c -T - |
    docker build -t "$image" -f "$name/Dockerfile" --label "$inputs_label=$inputs" --build-arg "VERSION=$version" \
      --build-arg http_proxy --build-arg https_proxy --build-arg no_proxy -
}

base_of() {
  sed -n 's/^FROM //p' "$1/Dockerfile"
}

files_of() {
  find "$@" -type f | LC_ALL=C sort
}

label_of() {
  docker image inspect -f "{{index .Config.Labels \"$inputs_label\"}}" "$1" 2>/dev/null || true
}

has() { command -v "$1" >/dev/null; }
docker_answers() { docker info >/dev/null 2>&1; }
have_image() { docker image inspect "$1" >/dev/null 2>&1; }
can_pull() { docker_answers && docker pull -q "$base" >/dev/null 2>&1; }
have_distributions() { [ -s "$(distribution activemq)" ] && [ -s "$(distribution artemis)" ]; }
have_clients() { have_client qpid-jms "$qpid_jms" && have_client activemq-client "$activemq_client"; }
# have_client FOLDER GROUP:ARTIFACT:VERSION
have_client() {
  local jar=${2#*:}
  [ -s ".cache/$1/${jar/:/-}.jar" ]
}

main "$@"
