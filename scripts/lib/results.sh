# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
# shellcheck shell=bash
# Counts what ./test finds out. Every way to count ends in `count`.

passed=0 failed=0 skipped=0

# count PASSED FAILED SKIPPED
count() {
  passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
}

# result ok|FAILED|skipped NAME [DETAIL]: one test.
result() {
  echo "$1: $2${3:+: $3}"
  case $1 in
    ok) count 1 0 0 ;;
    skipped) count 0 0 1 ;;
    *) count 0 1 0 ;;
  esac
}

# expect NAME COMMAND...: one test, which passes when the command does.
expect() {
  local name=$1 output
  shift
  if output=$("$@" 2>&1); then
    result ok "$name"
  else
    printf '%s\n' "$output"
    result FAILED "$name"
  fi
}

# count_rows FILE: a report of lab/check, whose rows were printed already.
count_rows() {
  local what
  while IFS=$'\t' read -r what _; do
    case $what in
      ok) count 1 0 0 ;;
      skipped) count 0 0 1 ;;
      *) count 0 1 0 ;;
    esac
  done <"$1"
}

# conclude: the last line; status 0 only if nothing failed.
conclude() {
  echo "$passed passed, $failed failed, $skipped skipped"
  ((failed == 0 && passed > 0))
}
