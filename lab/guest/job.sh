# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
# shellcheck shell=sh
# What jobs share. A job states facts, which the runner puts into its table:
#   fact driver NAME        the driver that it found at work
#   fact exercised TEXT     what it did with the device
# It ends with status 0, or with `fail REASON`, or with `skip REASON`.

# A user who watches the job gets to read them in plain words.
fact() {
  name=$1
  shift
  if [ -e /lab/shell ]; then echo "$name: $*"; else echo "guest-fact: $name $*"; fi
}

fail() {
  fact reason "$*"
  exit 1
}

skip() {
  fact reason "$*"
  exit 77
}

# needs NAME...: programs of the host (see "# programs:" in jobs).
needs() {
  for each; do
    [ -x "$LAB/bin/$each" ] || skip "$each is not installed on the host"
  done
}

# find_device ID: sets device (virtioN) and driver, for that virtio id.
find_device() {
  for path in /sys/bus/virtio/devices/*; do
    [ -e "$path" ] || break
    [ $(($(cat "$path/device"))) = "$1" ] || continue
    device=${path##*/}
    [ -e "$path/driver" ] || fail "no driver is bound to $device"
    driver=$(basename "$(readlink "$path/driver")")
    fact driver "$driver"
    return
  done
  fail "the guest has no virtio device with id $1"
}

# check_ring [packed|iommu]: sets ring to the layout in use. A driver may take a packed ring
# because it is offered, but never a split one where a packed one was asked for; nor go
# around the IOMMU that it was put behind.
# shellcheck disable=SC2120 # jobs give it
check_ring() {
  if [ "$1" = iommu ]; then
    [ "$(cut -c34 "/sys/bus/virtio/devices/$device/features")" = 1 ] || fail "VIRTIO_F_ACCESS_PLATFORM is not in use"
    type=$(cat "$(realpath "/sys/bus/virtio/devices/$device/..")/iommu_group/type" 2>/dev/null)
    case $type in DMA*) ;; *) fail "the guest does not translate for the device: ${type:-no IOMMU}" ;; esac
    # shellcheck disable=SC2119
    check_ring
    ring="$ring, IOMMU ($type)"
    return
  fi
  case $(cut -c35 "/sys/bus/virtio/devices/$device/features") in
    1) ring="packed ring" ;;
    *) ring="split ring" ;;
  esac
  [ "${1:-${ring% ring}}" = "${ring% ring}" ] || fail "asked for a $1 ring, got features $(cat "/sys/bus/virtio/devices/$device/features")"
}

# rebind: takes the driver off the device and gives it back, which starts the rings
# again from index 0.
rebind() {
  echo "$device" >"/sys/bus/virtio/drivers/$driver/unbind" || fail "$driver could not be unbound"
  [ ! -e "/sys/bus/virtio/devices/$device/driver" ] || fail "$driver is still bound after unbind"
  echo "$device" >"/sys/bus/virtio/drivers/$driver/bind" || fail "$driver could not be bound again"
}

# gpio_line LABEL OFFSET: exports a line of the GPIO chip with that label to sysfs; sets
# number to its global number, and line to its folder, which has the line's name where
# it has one.
gpio_line() {
  for each in /sys/class/gpio/gpiochip*; do
    [ "$(cat "$each/label")" = "$1" ] || continue
    number=$(($(cat "$each/base") + $2))
    for line in /sys/class/gpio/*; do echo "$line"; done >/tmp/lines
    echo "$number" >/sys/class/gpio/export || fail "line $2 of $1 cannot be exported"
    for line in /sys/class/gpio/*; do
      grep -qxF "$line" /tmp/lines || return 0
    done
    fail "line $2 of $1 did not appear"
  done
  fail "no GPIO chip has the label $1"
}
