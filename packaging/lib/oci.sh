# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
# shellcheck shell=bash disable=SC2154 # variables of the scripts that source this
# An image of the Open Container Initiative, made by hand: one layer, no base image, no registry.

# make_oci TREE OUT
make_oci() {
  local layout=$work/oci layer=$work/layer file size config manifest diff layer_digest
  mkdir -p "$layout/blobs/sha256" "$layer/usr/bin" "$layer/tmp" "$layer/run/vhost-device"
  cp "$1/usr/bin/vhost-device" "$layer/usr/bin"
  # The C library that it was linked with, and nothing else.
  while read -r file; do
    install -D "$file" "$layer$file"
  done < <(ldd "$layer/usr/bin/vhost-device" | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p; s/^[[:space:]]*\(\/[^ ]*ld-linux[^ ]*\).*/\1/p')
  chmod 1777 "$layer/tmp"
  archive "$layer" >"$work/layer.tar"
  diff=$(sha256sum "$work/layer.tar" | cut -d' ' -f1)
  gzip -9n "$work/layer.tar"
  blob "$work/layer.tar.gz" size layer_digest
  local layer_size=$size
  cat >"$work/config.json" <<TEXT
{"created": "$(date -u -d "@$SOURCE_DATE_EPOCH" +%FT%TZ)", "architecture": "$(oci_architecture)", "os": "linux",
 "config": {"Entrypoint": ["/usr/bin/vhost-device"], "WorkingDir": "/run/vhost-device", "Labels": {
  "org.opencontainers.image.title": "vhost-device", "org.opencontainers.image.version": "$version",
  "org.opencontainers.image.licenses": "Apache-2.0 OR BSD-3-Clause"}},
 "rootfs": {"type": "layers", "diff_ids": ["sha256:$diff"]}}
TEXT
  blob "$work/config.json" size config
  cat >"$work/manifest.json" <<TEXT
{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
 "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": "sha256:$config", "size": $size},
 "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": "sha256:$layer_digest", "size": $layer_size}]}
TEXT
  blob "$work/manifest.json" size manifest
  cat >"$layout/index.json" <<TEXT
{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
 "manifests": [{"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "sha256:$manifest", "size": $size,
  "annotations": {"org.opencontainers.image.ref.name": "$version"}}]}
TEXT
  echo '{"imageLayoutVersion": "1.0.0"}' >"$layout/oci-layout"
  file=$2/vhost-device-$version-$(uname -m).oci.tar
  archive "$layout" >"$file"
  echo "$file"
}

# blob FILE SIZE DIGEST: adds a file to the layout; sets the variables of these names.
blob() {
  local sum
  sum=$(sha256sum "$1" | cut -d' ' -f1)
  printf -v "$2" %s "$(stat -c %s "$1")"
  printf -v "$3" %s "$sum"
  cp "$1" "$layout/blobs/sha256/$sum"
}

oci_architecture() {
  case $(uname -m) in x86_64) echo amd64 ;; aarch64) echo arm64 ;; *) uname -m ;; esac
}
