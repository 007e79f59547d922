#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
# The job of lab/systemd, run by systemd itself: uses the daemon that the socket starts,
# looks at what it may do, and ends it.
set -euo pipefail
unit=vhost-device-rng@7
socket=/run/vhost-device/rng-7.sock

fail() {
  echo "$*"
  systemctl status "$unit.service" || true
  exit 1
}

property() {
  systemctl show --value --property "$1" "$unit.service"
}

# field NAME: of the daemon's status in /proc.
field() {
  sed -n "s/^$1:[[:space:]]*//p" "/proc/$pid/status"
}

[[ $(property ActiveState) == inactive ]] || fail "the service runs before anybody wants it"
for round in first second; do
  timeout 3 /mnt/guest/VhostDevice.TestGuest "$socket" 2>/tmp/guest || true
  grep -qx served /tmp/guest || fail "the $round guest was not served: $(cat /tmp/guest)"
done
[[ $(property ActiveState) == active ]] || fail "the service is not active"
pid=$(property MainPID)
[[ $(field Uid) != 0* ]] || fail "the daemon runs as root"
[[ $(field CapEff) == 0000000000000000 ]] || fail "the daemon has capabilities: $(field CapEff)"
[[ $(field NoNewPrivs) == 1 ]] || fail "the daemon may gain privileges"
# The unit's filters and the daemon's own, one of which is the one that kills.
unit_filters=$(field Seccomp_filters)
((unit_filters >= 2)) || fail "only $unit_filters filters of system calls: the daemon's own is missing"
uid=$(field Uid | cut -f1)
systemctl stop "$unit.service" || fail "it cannot be stopped"
[[ $(property Result) == success ]] || fail "it ended with $(property Result)"
[[ $(property ExecMainStatus) == 0 ]] || fail "it ended with status $(property ExecMainStatus)"
echo "exercised started by its socket, two guests served as uid $uid with $unit_filters filters and no capability, ended with status 0"
