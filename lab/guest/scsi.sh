# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
# shellcheck shell=sh disable=SC2034,SC2154 # variables of the jobs that source this
# What jobs with SCSI disks share; behind job.sh.

# find_disk: waits for the first disk; sets disk (/dev/sdX) and generic (/dev/sgN).
find_disk() {
  find_device 8
  tries=0
  until disk=$(disks | head -n 1) && [ "$disk" ]; do
    tries=$((tries + 1))
    [ $tries -lt 600 ] || fail "no disk appears"
    sleep 0.1
  done
  generic=/dev/$(ls "/sys/block/${disk#/dev/}/device/scsi_generic")
}

# disks: of virtio-scsi only, one a line, in the order of their names.
disks() {
  for path in /sys/block/sd*; do
    [ -e "$path" ] || continue
    case $(readlink -f "$path/device") in */virtio*) ;; *) continue ;; esac
    [ ! -b "/dev/${path##*/}" ] || echo "/dev/${path##*/}"
  done
}

# wait_disks COUNT: until there are so many.
wait_disks() {
  tries=0
  until [ "$(disks | wc -l)" = "$1" ]; do
    tries=$((tries + 1))
    [ $tries -lt 600 ] || fail "$(disks | wc -l) disks appear, not $1"
    sleep 0.1
  done
}

# sectors: of the disk, in 512 bytes.
sectors() {
  cat "/sys/block/${1#/dev/}/size"
}

# blocks_sum FILE COUNT: of the first COUNT blocks of 64 KiB, past the guest's cache.
blocks_sum() {
  dd if="$1" bs=64k count="$2" iflag=direct 2>/dev/null | sha256sum
}

# expect WHAT PATTERN COMMAND...: its output must have a line like that.
expect() {
  what=$1 pattern=$2
  shift 2
  said=$("$@" 2>&1) || fail "$what: $said"
  echo "$said" | grep -q -e "$pattern" || fail "$what: no '$pattern' in: $(echo "$said" | tr '\n' ' ')"
}

# refused WHAT PATTERN COMMAND...: fails, and says why.
refused() {
  what=$1 pattern=$2
  shift 2
  said=$("$@" 2>&1) && fail "$what succeeded"
  echo "$said" | grep -q -i -e "$pattern" || fail "$what: no '$pattern' in: $(echo "$said" | tr '\n' ' ')"
}

# please WHAT: has the host do something to the disks. The kernel's messages share the
# console, and one in the middle of this line would hide it from the host: from now on they
# stay in the log, the end of which is shown if the job fails.
please() {
  if [ ! "$kernel_is_quiet" ]; then
    kernel_is_quiet=1
    echo 1 >/proc/sys/kernel/printk
    trap 'status=$?; [ $status = 0 ] || dmesg | tail -n 60; exit $status' EXIT
  fi
  echo "please $1"
}
