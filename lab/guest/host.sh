#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
# The job of the outer guest of lab/nested: makes the host that $LAB/host describes,
# boots the inner guest on it, and passes its console on.
# usage: host.sh MEMORY KERNEL-ARG...
# shellcheck source=lab/guest/job.sh
. "$LAB/job.sh"
memory=$1
shift
export LD_LIBRARY_PATH="$LAB/lib" PATH="$LAB:$PATH"

# The program's loader is looked for where the program says.
mkdir -p "$(dirname "$(cat "$LAB/loader")")" "$LAB/lib"
cp "$LAB/ld.so" "$(cat "$LAB/loader")"
for library in "$LAB"/*.so.*; do
  [ ! -e "$library" ] || mv "$library" "$LAB/lib/"
done

# wait_for SOCKET...: which somebody is to make. Called by the host script that is read below.
# shellcheck disable=SC2317
wait_for() {
  for socket; do
    tries=0
    until [ -S "$socket" ]; do
      tries=$((tries + 1))
      [ "$tries" -lt 600 ] || fail "$socket does not appear"
      sleep 0.05
    done
  done
}

# shellcheck source=/dev/null
. "$LAB/host"

# Its console goes through, line by line; its end is not ours.
mkdir -p /tmp/inner
TMPDIR=/dev/shm linux-uml mem="$memory" initrd="$LAB/inner" uml_dir=/tmp/inner/ seccomp=auto con=null con0=fd:0,fd:1 \
  console=tty0 ssl=null panic=-1 quiet "$@" </dev/null 2>&1 | while IFS= read -r line; do
  case $line in
    guest-exit:*) echo "${line#guest-exit: }" | tr -d '\r' >/tmp/status ;;
    *) echo "$line" ;;
  esac
done
# shellcheck disable=SC2046 # one word per process
kill $(jobs -p) 2>/dev/null
[ -e /tmp/status ] || fail "the inner guest ended before its job did"
exit "$(cat /tmp/status)"
