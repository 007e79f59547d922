# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
# shellcheck shell=bash
# What guests need on the host, beside their kernels.

# want_guests qemu|uml
want_guests() {
  want busybox-static "the guest's programs" static_busybox
  want gpiod "guests use its tools" have gpioinfo gpiomon
  want i2c-tools "guests use its tools" have i2cdetect i2ctransfer
  want socat "guests and host use it on vsock" have socat
  want ncat "guests use it on vsock" have ncat
  want sg3-utils "guests use its tools" have sg_inq sg_persist
  [[ $1 == qemu ]] || return 0
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
