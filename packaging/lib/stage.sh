# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
# shellcheck shell=bash disable=SC2034,SC2154 # variables of the scripts that source this
# The files of a package, as they lie on a machine.

# package_version: sets version, version_deb and version_nuget.
package_version() {
  local commit=''
  version=$(sed -n 's/.*<Version>\(.*\)<\/Version>.*/\1/p' "$root/Directory.Build.props")
  if git -C "$root" rev-parse --verify -q HEAD >/dev/null && [[ ! $(git -C "$root" tag --points-at HEAD "v$version") ]]; then
    commit=$(git -C "$root" log -1 --date=format:%Y%m%d --format=%cd.g%h --abbrev=8)
  fi
  version_deb=$version${commit:+~git$commit}
  version_nuget=$version${commit:+-git.${commit/./.}}
  version=$version${commit:+-git$commit}
}

# package_epoch: exports SOURCE_DATE_EPOCH, the time of all files in packages.
package_epoch() {
  export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || stat -c %Y "$root/CHANGELOG.md")}
}

# put MODE SOURCE TARGET: one file.
put() {
  install -D -m "$1" "$2" "$tree/$3"
}

# stage FOLDER: all files of the package, below FOLDER.
stage() {
  local tree=$1 file name
  put 755 "$root/out/vhost-device" usr/bin/vhost-device
  while read -r name; do
    ln -s vhost-device "$tree/usr/bin/vhost-device-$name"
  done < <("$root/out/vhost-device" describe --format names)
  for file in "$root"/packaging/systemd/*; do
    put 644 "$file" "usr/lib/systemd/system/${file##*/}"
    mkdir -p "$tree/usr/lib/systemd/user"
    user_unit "$file" >"$tree/usr/lib/systemd/user/${file##*/}"
  done
  put 644 "$root/packaging/tmpfiles.conf" usr/lib/tmpfiles.d/vhost-device.conf
  put 644 "$root/packaging/sysusers.conf" usr/lib/sysusers.d/vhost-device.conf
  put 644 "$root/packaging/udev.rules" usr/lib/udev/rules.d/70-vhost-device.rules
  put 644 "$root/packaging/apparmor/usr.bin.vhost-device" etc/apparmor.d/usr.bin.vhost-device
  for file in "$root"/packaging/qemu/*; do put 644 "$file" "usr/share/qemu/vhost-user/${file##*/}"; done
  for file in "$root"/packaging/backends/*; do put 644 "$file" "usr/share/vhost-device/backends/${file##*/}"; done
  "$root/packaging/manual" "$tree/usr/share" >/dev/null
  mkdir -p "$tree/usr/share/zsh/vendor-completions"
  mv "$tree"/usr/share/zsh/site-functions/* "$tree/usr/share/zsh/vendor-completions"
  rmdir "$tree/usr/share/zsh/site-functions"
  while read -r name; do
    ln -s vhost-device "$tree/usr/share/bash-completion/completions/vhost-device-$name"
  done < <("$root/out/vhost-device" describe --format names)
  find "$tree/usr/share/man" -type f -exec gzip -9n {} +
  put 644 "$root/README.md" usr/share/doc/vhost-device/README.md
  put 644 "$root/CHANGELOG.md" usr/share/doc/vhost-device/CHANGELOG.md
  (cd "$root" && find docs -name '*.md' -type f) | while read -r file; do put 644 "$root/$file" "usr/share/doc/vhost-device/$file"; done
  copyright >"$tree/usr/share/doc/vhost-device/copyright"
  components >"$tree/usr/share/doc/vhost-device/components.cdx.json"
  find "$tree" -type d -exec chmod 755 {} +
  find "$tree" -type f ! -path '*/usr/bin/*' -exec chmod 644 {} +
}

# user_unit FILE: the unit for a user's own systemd, which has no other users and no devices to give.
user_unit() {
  sed -E -e '/^(DynamicUser|SupplementaryGroups|SocketGroup|CapabilityBoundingSet|Private[A-Za-z]*|Protect[A-Za-z]*|Device[A-Za-z]*|StateDirectoryMode)=/d' \
    -e 's#/etc/vhost-device/#%E/vhost-device/#' -e '/^#/!s#SocketMode=0660#SocketMode=0600#' \
    -e '/^# (It needs|If your)/d' "$1"
}

copyright() {
  cat <<TEXT
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: vhost-device
Source: this package's own sources; see README.md

Files: *
Copyright: The vhost-device for .NET contributors
License: Apache-2.0 or BSD-3-Clause

License: Apache-2.0
 On Debian systems the text of the licence is in /usr/share/common-licenses/Apache-2.0.

License: BSD-3-Clause
$(sed -e 's/^$/./' -e 's/^/ /' "$root/LICENSE-BSD-3-Clause")
TEXT
}

# components: what is linked into the program, as CycloneDX 1.5 (JSON), from the lock file that it was built with.
components() {
  local name version kind first=1
  printf '{\n  "bomFormat": "CycloneDX",\n  "specVersion": "1.5",\n  "version": 1,\n'
  printf '  "metadata": {"component": {"type": "application", "name": "vhost-device", "version": "%s", "licenses": [{"expression": "Apache-2.0 OR BSD-3-Clause"}]}},\n' \
    "$("$root/out/vhost-device" --version | awk '{print $NF}')"
  printf '  "components": ['
  while read -r name version; do
    ((first)) || printf ','
    first=0
    printf '\n    {"type": "library", "name": "%s", "version": "%s", "purl": "pkg:nuget/%s@%s"}' "$name" "$version" "$name" "$version"
  done < <(locked_packages)
  printf '\n  ]\n}\n'
}

# locked_packages: name and version of each package that the program is built from, the runtime among them.
locked_packages() {
  local name=''
  {
    while IFS= read -r line; do
      if [[ $line =~ ^[[:space:]]{6}\"([^\"]+)\":\ \{ ]]; then name=${BASH_REMATCH[1]}; fi
      if [[ $line =~ \"resolved\":\ \"([^\"]+)\" && $name ]]; then echo "$name ${BASH_REMATCH[1]}"; fi
    done <"$root/src/vhost-device/packages.lock.json"
  } | LC_ALL=C sort -u
}

# archive FOLDER: a tar of what is in it, the same wherever and whenever it is made.
archive() {
  tar -C "$1" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --clamp-mtime --owner=0 --group=0 --numeric-owner --format=gnu -c .
}
