# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
# shellcheck shell=bash disable=SC2034,SC2154 # variables of the scripts that source this
# KVM or TCG. A /dev/kvm that opens may still not run a guest (a nested host that
# hides what QEMU needs), so KVM is used only after a small guest came up with it.

# accelerator QEMU-COMMAND...: prints kvm or tcg. The command boots a guest whose job
# ends well when `-accel kvm` is added.
accelerator() {
  if [[ ${VHOST_DEVICE_LAB_ACCEL-} ]]; then
    echo "$VHOST_DEVICE_LAB_ACCEL"
  elif kvm_is_offered && timeout --kill-after 1 20 "$@" -accel kvm -cpu host </dev/null 2>/dev/null | grep -q 'guest-exit: 0'; then
    echo kvm
  else
    echo tcg
  fi
}

kvm_is_offered() {
  [[ -r /dev/kvm && -w /dev/kvm ]] || return 1
  [[ $(uname -m) != x86_64 ]] || grep -qwE 'vmx|svm' /proc/cpuinfo
}
