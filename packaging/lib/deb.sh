# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
# shellcheck shell=bash disable=SC2154 # variables of the scripts that source this
# A package for Debian and its relatives, without debhelper: the SDK is no Debian package everywhere.

maintainer='The vhost-device for .NET contributors <maintainers@vhost-device.example>'

# make_deb TREE OUT
make_deb() {
  local tree=$1 architecture glibc control=$1/DEBIAN file
  architecture=$(dpkg --print-architecture)
  glibc=$(objdump -T "$tree/usr/bin/vhost-device" | sed -n 's/.*GLIBC_\([0-9.]*\).*/\1/p' | sort -Vu | tail -n 1)
  mkdir "$control"
  cat >"$control/control" <<TEXT
Package: vhost-device
Version: $version_deb
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du -sk --apparent-size --exclude=DEBIAN "$tree" | cut -f1)
Depends: libc6 (>= $glibc)
Recommends: tzdata
Suggests: qemu-system
Conflicts: $(names | sed 's/^/vhost-device-/' | paste -sd, | sed 's/,/, /g')
Section: misc
Priority: optional
Description: virtio devices for virtual machines in user space
 Devices for virtual machines, each a small process of its own that a VMM
 (QEMU, Cloud Hypervisor, crosvm, libkrun, User Mode Linux) attaches through
 a vhost-user socket:
$(purposes)
 .
 Buses of the host can be shared with guests, or simulated boards be built
 from a file, with chips, buttons, wires and faults.
TEXT
  debian_changelog | gzip -9n >"$tree/usr/share/doc/vhost-device/changelog.gz"
  (cd "$tree" && find etc -type f -printf '/%p\n' | LC_ALL=C sort) >"$control/conffiles"
  (cd "$tree" && find usr etc -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$control/md5sums"
  for file in postinst prerm postrm; do install -m 755 "$root/packaging/deb/$file" "$control/$file"; done
  find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  file=$2/vhost-device_${version_deb}_$architecture.deb
  dpkg-deb --root-owner-group -Zxz --build "$tree" "$file" >&2
  rm -rf "$control" "$tree/usr/share/doc/vhost-device/changelog.gz"
  echo "$file"
}

debian_changelog() {
  cat <<TEXT
vhost-device ($version_deb) unstable; urgency=medium

  * What has changed is in CHANGELOG.md.

 -- $maintainer  $(date -u -d "@$SOURCE_DATE_EPOCH" +'%a, %d %b %Y %T +0000')
TEXT
}

# purposes: a device in each entry of a list, in lines that are narrow enough.
purposes() {
  "$root/out/vhost-device" describe --format json | sed -n 's/^    "purpose": "\(.*\)",$/\1/p' |
    while read -r purpose; do fold -s -w 70 <<<"$purpose" | sed -e '1s/^/  * /' -e '2,$s/^/    /' -e 's/ *$//'; done
}

names() {
  "$root/out/vhost-device" describe --format names
}
