# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
# shellcheck shell=sh disable=SC2034 # variables of the jobs that source this
# What jobs of SCMI share: the device tree that Linux' drivers wait for, and messages from a
# shell through the kernel's raw mode.

raw=/sys/kernel/debug/scmi/0/raw

# wait_for WHAT COMMAND...: until the command works; drivers look again when they like.
wait_for() {
  what=$1
  shift
  tries=0
  until "$@" >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || fail "there is no $what after 10 s"
    usleep 100000
  done
}

load_scmi() {
  modprobe lab_scmi || fail "the device tree cannot be added"
  [ -d /sys/kernel/debug/tracing ] || mount -t debugfs none /sys/kernel/debug 2>/dev/null
  wait_for "raw mode of SCMI" test -e $raw/message
}

# iio_device NAME: sets iio to the folder of the device of that name.
iio_device() {
  for iio in /sys/bus/iio/devices/iio:device*; do
    case $(cat "$iio/name" 2>/dev/null) in *"$1") return 0 ;; esac
  done
  return 1
}

# word NUMBER...: little endian.
word() {
  for number; do
    # shellcheck disable=SC2059
    printf "$(printf '\\x%02x\\x%02x\\x%02x\\x%02x' $((number & 255)) $((number >> 8 & 255)) $((number >> 16 & 255)) $((number >> 24 & 255)))"
  done
}

# ask PROTOCOL MESSAGE [WORD...]: sets answer to the words of the answer in hexadecimal, without
# its header: the status first.
ask() {
  protocol=$1 message=$2
  shift 2
  word $((message | protocol << 10)) "$@" >/tmp/message
  # One write is one message, and what is read is one.
  answer=$( (cat /tmp/message >&3; dd bs=1024 count=1 <&3 2>/dev/null) 3<>$raw/message | od -An -v -t x4 -w4 | tr -d ' ' | sed 1d | tr '\n' ' ')
  answer=${answer% }
}

# expect STATUS PROTOCOL MESSAGE [WORD...]
expect() {
  status=$1
  shift
  ask "$@"
  [ "${answer%% *}" = "$(printf '%08x' $((status & 0xffffffff)))" ] || fail "message $* was answered with $answer, not $status"
}

# raw_base: the base protocol, as a test suite would ask.
raw_base() {
  expect 0 16 0
  [ "$answer" = "00000000 00020001" ] || fail "the base protocol's version is $answer"
  expect 0 16 1
  protocols=$((0x${answer#* } & 255))
  expect 0 16 3
  expect 0 16 4
  expect 0 16 5
  expect 0 16 6 0
  [ $((0x$(echo "$answer" | cut -d' ' -f2))) = $protocols ] || fail "not all of $protocols protocols are listed: $answer"
  expect -2 16 6 $((protocols + 1))
  expect 0 16 7 0
  expect 0 16 7 1
  expect -4 16 7 99
  for message in 0 1 2 3 4 5 6 7 8 9 10 11 16; do expect 0 16 2 $message; done
  expect -4 16 2 15
  expect -2 16 2 256
  expect 0 16 16 0x20000
  expect -1 16 16 0x30000
}

# raw_shapes: what makes no sense.
raw_shapes() {
  expect -1 16 99
  expect -1 99 0
  expect -10 16 0 1
  expect -10 16 2
  expect -10 21 5 0
  expect -4 21 6 99 0
  expect -1 21 6 0 1
  expect -2 21 3 99
  expect 0 16 0
}
