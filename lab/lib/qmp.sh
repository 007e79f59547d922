# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
# shellcheck shell=bash
# QEMU's machine protocol over a pair of FIFOs, so that nothing but bash is needed.

declare -A qmp_in=() qmp_out=()

# qmp_make PATH: the FIFOs, for `-chardev pipe,path=PATH`.
qmp_make() {
  mkfifo "$1.in" "$1.out"
}

# qmp_open NAME PATH: waits for QEMU's greeting.
qmp_open() {
  local to from
  # For both ways, or opening would wait for the other side.
  exec {to}<>"$2.in" {from}<>"$2.out"
  qmp_in[$1]=$to qmp_out[$1]=$from
  local line
  IFS= read -r -t 30 line <&"$from" || { say "QEMU does not greet"; return 1; }
  qmp "$1" '{"execute": "qmp_capabilities"}' >/dev/null
}

# qmp NAME COMMAND: prints the answer; events are passed over.
qmp() {
  local line
  printf '%s\n' "$2" >&"${qmp_in[$1]}"
  while IFS= read -r -t 30 line <&"${qmp_out[$1]}"; do
    case $line in
      '{"return"'*) printf '%s\n' "$line"; return 0 ;;
      '{"error"'*) say "QMP: $2: $line"; return 1 ;;
    esac
  done
  say "QMP: $2: no answer"
  return 1
}
