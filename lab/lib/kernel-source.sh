# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
# shellcheck shell=bash disable=SC2034,SC2154 # variables of the scripts that source this
# Linux's source, as Debian packages it. One version, so that the configuration, the
# patches and the kernel in somebody's cache always fit together.

source_package=pool/main/l/linux/linux-source-7.3_7.3.4-1~bpo13+1_all.deb
source_sha256=703e369ddd4cce971452f5a593ee55df3a5c10c83caf0fa0df039633ed181ee3

want_kernel_build() {
  want gcc "builds the kernel" have gcc
  want libc6-dev "builds the kernel" c_compiler_links gcc
  local each
  for each in make flex bison bc patch; do want "$each" "builds the kernel" have "$each"; done
  want xz-utils "unpacks the kernel's source" have xz
}

# source_deb FOLDER: prints the package's path, downloaded from the mirror that apt
# uses on this machine, whatever release of Debian it is.
source_deb() {
  local site deb=$1/linux-source.deb
  # shellcheck disable=SC2016 # apt's own placeholder
  site=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Origin: Debian' |
    grep -v security | head -n 1) || true
  [[ $site ]] || die "apt has no Debian mirror here; get ${source_package##*/} by hand and give it with --source"
  say "downloading ${source_package##*/} (167 MB)"
  /usr/lib/apt/apt-helper -o APT::Sandbox::User=root download-file "$site/$source_package" "$deb" "SHA256:$source_sha256" >/dev/null ||
    die "the mirror has no ${source_package##*/} any more; get it elsewhere and give it with --source"
  echo "$deb"
}

# unpack_source DEB FOLDER: the patched tree, in FOLDER.
unpack_source() {
  local each
  mkdir -p "$2"
  dpkg-deb --fsys-tarfile "$1" | tar -xO --wildcards './usr/src/linux-source-*.tar.xz' |
    tar -xJ -C "$2" --strip-components=1
  for each in "$root"/lab/kernel/patches/*.patch; do
    patch -d "$2" -p1 -s --no-backup-if-mismatch <"$each" || die "${each##*/} does not fit this kernel"
  done
}

# kernel_options ARGS...: the options that the scripts for the kernel share; sets
# source, work, jobs and tree, which holds the source then.
kernel_options() {
  source='' work='' jobs=$(nproc)
  while (($# > 0)); do
    case $1 in
      -h | --help) usage; exit 0 ;;
      --source | --work | --jobs)
        (($# > 1)) || misuse "$1 needs a value"
        printf -v "${1#--}" %s "$2"
        shift
        ;;
      *) misuse "unknown option: $1" ;;
    esac
    shift
  done
  want_kernel_build
  install_wanted
  if [[ ! $work ]]; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
  fi
  mkdir -p "$work"
  work=$(realpath "$work") tree=$work/source
  if [[ ! -e $tree/.complete ]]; then
    rm -rf "$tree"
    unpack_source "${source:-$(source_deb "$work")}" "$tree"
    touch "$tree/.complete"
  fi
}
