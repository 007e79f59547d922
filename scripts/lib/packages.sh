# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
# shellcheck shell=bash
# Debian packages that a script needs. `want` collects what is missing and
# `install_wanted` installs it in one go; where nothing is missing neither of
# them calls apt, so everything works offline the second time.

# Where Debian puts the tools of administrators, which users do not search.
PATH=$PATH:/usr/sbin:/sbin

wanted_packages=()

# want PACKAGE REASON CHECK...: PACKAGE is missing when the command CHECK fails.
want() {
  local package=$1 reason=$2
  shift 2
  ! "$@" >/dev/null 2>&1 || return 0
  [[ " ${wanted_packages[*]} " == *" $package "* ]] || say "missing: $package ($reason)"
  wanted_packages+=("$package")
}

# have COMMAND...: all of them can be called.
have() {
  local each
  for each; do command -v "$each" >/dev/null || return 1; done
}

install_wanted() {
  ((${#wanted_packages[@]} > 0)) || return 0
  mapfile -t wanted_packages < <(printf '%s\n' "${wanted_packages[@]}" | sort -u)
  may_install
  say "installing with apt: ${wanted_packages[*]}"
  # The lists may be missing (a fresh container) or older than the mirror.
  if ! apt_install 2>/dev/null; then
    refresh_lists
    apt_install || die "apt could not install ${wanted_packages[*]}; see above"
  fi
  hash -r
  wanted_packages=()
}

apt_install() {
  as_root apt-get -q -q install --yes --no-install-recommends "${wanted_packages[@]}" </dev/null >/dev/null
}

refresh_lists() {
  say "refreshing apt's package lists"
  as_root apt-get -q -q update || die "apt-get update failed; see above"
}

# may_install: or the command that somebody else has to call.
may_install() {
  have apt-get || die "no apt-get here: install with this system's package manager: ${wanted_packages[*]-}"
  ((EUID == 0)) || have sudo ||
    die "not root, and no sudo: run as root: apt-get update${wanted_packages[*]:+ && apt-get install ${wanted_packages[*]}}"
}

as_root() {
  local sudo=()
  ((EUID == 0)) || sudo=(sudo)
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive "$@"
}

# The packages that turn C or native .NET code into a program.
want_c_toolchain() {
  want gcc "links the native program" have gcc
  want libc6-dev "what the linker needs of the C library" c_compiler_links gcc
}

# c_compiler_links COMPILER: start files and libraries are there, too.
c_compiler_links() {
  echo 'int main(void) { return 0; }' | "$1" -x c - -o /dev/null -lm -ldl -lrt
}
