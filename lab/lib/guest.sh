# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
# shellcheck shell=bash disable=SC2034,SC2154 # variables of the scripts that source this
# What the runners share: their options, and the way from a guest's console to an
# exit status.

# guest_options ARGS...: sets job (a file and its arguments), devices and sockets
# (in parallel), memory, limit, reconnect, reboots, qmp_path, verbose, shell, files and
# kernel_args.
guest_options() {
  memory=256M cpus=1 limit=60 properties='' reconnect='' reboots='' qmp_path='' verbose='' shell='' files=() kernel_args=() devices=() sockets=() job=()
  while (($# > 0)); do
    case $1 in
      -h | --help) usage; exit 0 ;;
      --verbose) verbose=1 ;;
      --reboots) reboots=1 ;;
      --memory | --cpus | --limit | --property | --reconnect | --qmp | --shell | --file | --program | --module | --offer | --kernel-arg)
        (($# > 1)) || misuse "$1 needs a value"
        case $1 in
          --memory) memory=$2 ;;
          --cpus) cpus=$2 ;;
          --limit) limit=$2 ;;
          --property) properties+=,$2 ;;
          --reconnect) reconnect=$2 ;;
          --qmp) qmp_path=$2 ;;
          --shell) shell=$2 ;;
          --file | --program | --module | --offer) files+=("$1" "$2") ;;
          --kernel-arg) kernel_args+=("$2") ;;
        esac
        shift
        ;;
      -*) misuse "unknown option: $1" ;;
      *=*) devices+=("${1%%=*}") sockets+=("${1#*=}") ;;
      *) job=("$@"); break ;;
    esac
    shift
  done
  ((${#job[@]} > 0)) || misuse "no job is named"
  [[ ${job[0]} == */* ]] || job[0]=$root/lab/jobs/${job[0]}
  [[ -f ${job[0]} ]] || die "no job ${job[0]} (see lab/jobs)"
  job_programs "${job[0]}"
  local i
  for i in "${!sockets[@]}"; do
    [[ -S ${sockets[i]} ]] || die "no socket at ${sockets[i]}: start the back-end of ${devices[i]} first"
    sockets[i]=$(realpath "${sockets[i]}")
  done
  [[ $verbose ]] || kernel_args+=(quiet)
}

# job_programs JOB: adds to files the programs that the job would like to have of the
# host; it has to see which it got. And what it shares with other jobs, of lab/guest.
job_programs() {
  local program file
  while read -r file; do
    [[ ! $file ]] || files+=(--file "$root/lab/guest/$file")
  done < <(sed -n 's/^# files: //p' "$1" | tr ' ' '\n')
  while read -r program; do
    program=$(PATH=$PATH:/usr/sbin:/sbin type -P "$program") || continue
    files+=(--program "$program")
  done < <(sed -n 's/^# programs: //p' "$1" | tr ' ' '\n')
}

# guest_run COMMAND...: runs the guest with its console here; the status is the
# job's, or 124 when the time ran out, or 125 when the guest ended before its job.
guest_run() {
  local line status='' ended=0
  # In the foreground, so that Ctrl-C reaches the guest; guest_kill is for the rest.
  exec 3< <(exec timeout --foreground --kill-after 2 "$limit" "$@" </dev/null 2>&1)
  guest_pid=$!
  # The console up to the job's end; all of it with --verbose.
  while IFS= read -r line <&3 || [[ $line ]]; do
    line=${line%$'\r'}
    if [[ ! $status && $line =~ guest-exit:\ ([0-9]+)$ ]]; then
      status=${BASH_REMATCH[1]}
    elif [[ ! $status || $verbose ]]; then
      printf '%s\n' "$line"
    fi
  done
  exec 3<&-
  wait "$guest_pid" || ended=$?
  guest_pid=''
  if [[ ! $status ]]; then
    case $ended in
      124 | 137) say "${0##*/}: the guest ran past $limit s (--limit)"; status=124 ;;
      *) say "${0##*/}: the guest ended before its job did (--verbose shows why)"; status=125 ;;
    esac
  fi
  return "$status"
}

# guest_folder: sets work, which goes with the runner, as the guest does.
guest_folder() {
  guest_pid=''
  work=$(mktemp -d)
  trap 'guest_kill; rm -rf "$work"' EXIT
  # A shell that dies of a signal would wait for the guest first.
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

guest_kill() {
  [[ ! $guest_pid ]] || kill -TERM "$guest_pid" 2>/dev/null || true
}
