# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
# shellcheck shell=bash disable=SC2034,SC2154 # variables of the scripts that source this
# Finds a User Mode Linux kernel that was built from this checkout's
# configuration. A folder with one has a file VERSION with the line
#   um: Linux <release>, config sha256 <sha256 of lab/kernel/uml.config>

uml_config_hash() {
  sha256sum "$root/lab/kernel/uml.config" | cut -d' ' -f1
}

# The user's own kernels are told apart by all that goes into one.
uml_own_folder() {
  local all
  all=$(cd "$root/lab/kernel" && find build uml.config patches modules -type f 2>/dev/null | LC_ALL=C sort |
    xargs sha256sum | sha256sum)
  echo "$user_cache/uml/${all:0:16}"
}

# uml_kernel: prints the first folder whose kernel matches; status 1 for none.
uml_kernel() {
  local folder hash
  hash=$(uml_config_hash)
  for folder in "${VHOST_DEVICE_LAB_CACHE-}" "$root/../shared/lab/cache" "$(uml_own_folder)"; do
    if [[ -x $folder/linux-uml ]] && grep -qs "^um: .*config sha256 $hash$" "$folder/VERSION"; then
      (cd "$folder" && pwd)
      return
    fi
  done
  return 1
}

# uml_release FOLDER
uml_release() {
  sed -n 's/^um: Linux \([^,]*\),.*/\1/p' "$1/VERSION"
}
