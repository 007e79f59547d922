# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
# shellcheck shell=bash disable=SC2034,SC2154 # variables of the scripts that source this
# Where the lab keeps what takes long to get: the user's cache folder.

user_cache=${XDG_CACHE_HOME:-$HOME/.cache}/vhost-device
