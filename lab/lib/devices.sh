# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
# shellcheck shell=bash disable=SC2034,SC2154 # variables of the scripts that source this
# Reads lab/devices, and lab/devices.test for devices that only tests have.

devices_file=$root/lab/devices

# device_names: every device of the table.
device_names() {
  sed -e '/^ *\(#\|$\)/d' -e 's/ .*//' "$devices_file"
}

# device_load NAME: sets device_program, device_way (packed, iommu or nothing), device_id,
# device_qemu, device_modules, device_options.
device_load() {
  local name modules
  device_program=${1%-packed}
  device_program=${device_program%-iommu}
  device_way=${1#"$device_program"}
  device_way=${device_way#-}
  while read -r name device_id device_qemu modules device_options; do
    [[ $name == "$1" ]] || continue
    device_modules=()
    [[ $modules == - ]] || IFS=, read -r -a device_modules <<<"$modules"
    return 0
  done < <(sed '/^ *\(#\|$\)/d' "$devices_file" "$devices_file.test")
  die "no device $1 in lab/devices (it has: $(device_names | paste -sd ' '))"
}
