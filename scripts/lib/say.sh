# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
# shellcheck shell=bash
# How the scripts speak: progress on stderr, so that stdout stays for results.

say() {
  printf '%s\n' "$*" >&2
}

# die MESSAGE: one line that says what to do, status 1.
die() {
  say "${0##*/}: $*"
  exit 1
}

# misuse MESSAGE: the command line is wrong, status 2.
misuse() {
  say "${0##*/}: $* (see --help)"
  exit 2
}

# usage: the comment that heads the running script, without the licence line,
# is its help text.
usage() {
  sed -n '3,/^[^#]/ { /^#/ s/^# \{0,1\}//p }' "$0"
}
