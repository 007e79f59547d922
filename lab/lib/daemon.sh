# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
# shellcheck shell=bash disable=SC2034,SC2154 # variables of the scripts that source this
# Starts and stops the daemon under test.

daemon_pid='' daemon_command='' peer_pid=''

# daemon_start FOLDER DEVICE: the daemon of a device of lab/devices, with its socket
# and its log in FOLDER. Sets daemon_pid, daemon_socket, daemon_log and daemon_command, the
# command line as a user would write it. What the host has to have before (lab/before) is
# made; what it does with the device meanwhile (lab/peers) is started, too.
daemon_start() {
  local folder=$1 i options
  device_load "$2"
  daemon_log=$folder/$2.log
  [[ $device_options != *'{image}'* ]] || truncate -s 64M "$folder/disk.img"
  [[ ! -e $root/lab/before/$device_program ]] || "$root/lab/before/$device_program" "$folder"
  options=${device_options//\{image\}/$folder/disk.img}
  read -r -a options <<<"${options//\{dir\}/$folder}"
  : >"$daemon_log"
  daemon_command="vhost-device $device_program --socket-path $folder/$2.sock${options[*]:+ ${options[*]}}"
  "$program" "$device_program" --socket-path "$folder/$2.sock" "${options[@]}" </dev/null 2>"$daemon_log" &
  daemon_pid=$!
  # The ready line names the socket, which some devices number.
  for ((i = 0; i < 200; i++)); do
    daemon_socket=$(sed -n 's/.*listening on \(.*\)$/\1/p;T;q' "$daemon_log")
    if [[ -S $daemon_socket ]]; then
      peer_start "$folder"
      return 0
    fi
    kill -0 "$daemon_pid" 2>/dev/null || break
    sleep 0.05
  done
  say "$2: the daemon did not say that it listens; its log:"
  sed 's/^/  /' "$daemon_log" >&2
  daemon_kill
  return 1
}

# peer_start FOLDER: the host's programs for the device, if it has any.
peer_start() {
  [[ -e $root/lab/peers/$device_program ]] || return 0
  "$root/lab/peers/$device_program" "$1" </dev/null >/dev/null 2>>"$daemon_log" &
  peer_pid=$!
}

# peer_words FOLDER: what to try at the guest's shell and on the host, if there is anything.
peer_words() {
  [[ ! -e $root/lab/peers/$device_program ]] || "$root/lab/peers/$device_program" "$1" words
}

peer_stop() {
  [[ $peer_pid ]] || return 0
  kill -TERM "$peer_pid" 2>/dev/null || true
  wait "$peer_pid" 2>/dev/null || true
  peer_pid=''
}

daemon_lives() {
  [[ $daemon_pid ]] && kill -0 "$daemon_pid" 2>/dev/null
}

# daemon_stop: asks the daemon to end; sets daemon_problem to what it did wrong.
# To be called in the shell that started it, which alone can learn its status.
daemon_stop() {
  local i status=0
  daemon_problem=''
  peer_stop
  if ! daemon_lives; then
    daemon_problem="the daemon ended by itself"
    return
  fi
  kill -TERM "$daemon_pid"
  for ((i = 0; i < 100; i++)); do
    daemon_lives || break
    sleep 0.05
  done
  if daemon_lives; then
    daemon_kill
    daemon_problem="the daemon ignored SIGTERM for 5 s"
    return
  fi
  wait "$daemon_pid" || status=$?
  daemon_pid=''
  if ((status != 0)); then
    daemon_problem="the daemon's status after SIGTERM was $status"
  elif [[ -e $daemon_socket ]]; then
    daemon_problem="the daemon left its socket behind"
  fi
}

# daemon_kill: for cleaning up; safe at any time.
daemon_kill() {
  peer_stop
  [[ $daemon_pid ]] || return 0
  kill -KILL "$daemon_pid" 2>/dev/null || true
  wait "$daemon_pid" 2>/dev/null || true
  daemon_pid=''
}
