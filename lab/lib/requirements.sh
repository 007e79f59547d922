# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
# shellcheck shell=bash disable=SC2154 # variables of the scripts that source this
# What guests need on the host, beside their kernels.

# want_guests qemu|uml [JOB...]: for these jobs, or all of them.
want_guests() {
  local vmm=$1
  shift
  want busybox-static "the guest's programs" static_busybox
  # Jobs say which packages they need, and by which programs one sees that they are there.
  local package programs files=("${@/#/$root/lab/jobs/}")
  (($# > 0)) || files=("$root"/lab/jobs/*)
  while read -r package programs; do
    # shellcheck disable=SC2086 # words
    want "$package" "guests use its tools" have $programs
  done < <(sed -n 's/^# package: //p' "${files[@]}" | sort -u)
  [[ $vmm == qemu ]] || return 0
  case $(uname -m) in
    aarch64) want qemu-system-arm "the virtual machine" have qemu-system-aarch64 ;;
    *) want qemu-system-x86 "the virtual machine" have qemu-system-x86_64 ;;
  esac
  want kmod "finds the modules that a kernel module depends on" have modprobe depmod
  want xz-utils "unpacks kernel packages" have xz
  want zstd "unpacks kernel packages" have zstd
}

# One with shared libraries would not start in a guest that has nothing else.
static_busybox() {
  have busybox && ! ldd "$(command -v busybox)"
}
