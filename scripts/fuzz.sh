# Fuzzes with Jazzer, for as long as it is told. Sourced by each module's script "fuzz", which says
# what there is to fuzz: fuzz_target NAME PACKAGE.CLASS CORPUS [JAZZER'S OPTION...], then run_fuzz "$@".
# A run starts from the corpus in src/test/resources/fuzz and puts what it finds into target/fuzz. An
# input that breaks something is left there as crash-…, and belongs into the corpus once it is
# understood. "merge" instead of seconds adds to the corpus what covers more.
# shellcheck shell=bash

FUZZ_NAMES=()
declare -A FUZZ_CLASS FUZZ_CORPUS FUZZ_OPTIONS

fuzz_target() {
  FUZZ_NAMES+=("$1")
  FUZZ_CLASS[$1]=$2
  FUZZ_CORPUS[$1]=$3
  FUZZ_OPTIONS[$1]=${*:4}
}

run_fuzz() { # NAME [SECONDS|merge]
  local name=${1:-} limit=${2:-300} module seeds work classpath jazzer
  if [ -z "${FUZZ_CLASS[$name]:-}" ]; then
    printf 'usage: fuzz %s [SECONDS|merge]\n' "$(IFS='|'; printf %s "${FUZZ_NAMES[*]}")" >&2
    exit 2
  fi
  module=$(basename "$PWD")
  seeds=$PWD/src/test/resources/fuzz/${FUZZ_CORPUS[$name]}
  work=$PWD/target/fuzz/$name
  mkdir -p "$work/found"
  mvn -q -f .. -pl "$module" -am -Pfuzz test-compile dependency:build-classpath \
    -Dmdep.outputFile=target/fuzz.classpath -Dmdep.includeScope=test
  classpath=target/test-classes:target/classes:$(cat target/fuzz.classpath)
  # shellcheck disable=SC2206 # options are separated by blanks
  jazzer=(java -cp "$classpath" com.code_intelligence.jazzer.Jazzer
    --target_class="${FUZZ_CLASS[$name]}"
    '--instrumentation_includes=io.virtentropy.**' --reproducer_path="$work"
    -artifact_prefix="$work/" ${FUZZ_OPTIONS[$name]})
  if [ "$limit" = merge ]; then
    exec "${jazzer[@]}" -merge=1 "$seeds" "$work/found"
  fi
  exec "${jazzer[@]}" -max_total_time="$limit" "$work/found" "$seeds"
}
