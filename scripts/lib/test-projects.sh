# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
# shellcheck shell=bash
# Builds the test projects and runs them. Each is a program of its own (xUnit 3),
# whose last line counts its tests.

# build_tests: all of the solution, once.
build_tests() {
  local options=(-c Release -v quiet --nologo)
  [[ ${CI-} != true ]] || options+=(-p:RestoreLockedMode=true)
  dotnet build vhost-device.slnx "${options[@]}"
}

# run_project NAME [OPTION…]: prints one line for the project, all of its output when
# something is wrong, and the reasons of its skips. Options are xUnit's.
run_project() {
  local name=$1 program=tests/$1/bin/Release/net10.0/$1 output status=0 summary total bad omitted
  [[ -x $program ]] || { result FAILED "$name" "was not built"; return; }
  output=$(timeout --kill-after 5 900 "$program" -noColor -noLogo "${@:2}" 2>&1 </dev/null) || status=$?
  # " Name  Total: 6, Errors: 0, Failed: 1, Skipped: 2, Not Run: 0, Time: 0.224s"
  # or only " Name  Total: 0"; none of both after a crash.
  summary=$(grep -E ' Total: [0-9]+(, Errors: .*)?$' <<<"$output" | tail -n 1) || true
  total=$(number Total "$summary")
  bad=$(($(number Errors "$summary") + $(number Failed "$summary")))
  omitted=$(($(number Skipped "$summary") + $(number 'Not Run' "$summary")))
  # It can also fail without a failed test: a crash, no test at all, a time-out.
  if ((status != 0 && bad == 0)); then
    bad=1 total=$((total + 1))
    echo "$name: no failed test, but status $status"
  elif ((total == 0)); then
    bad=1 total=1
    echo "$name: there is no test in it"
  fi
  count $((total - bad - omitted)) "$bad" "$omitted"
  ((bad == 0)) || printf '%s\n' "$output"
  if ((omitted > 0 && bad == 0)); then grep -A 1 -F '[SKIP]' <<<"$output" | grep -v '^--$' || true; fi
  echo "$name: $((total - bad - omitted)) passed, $bad failed, $omitted skipped"
}

# number NAME LINE: the number after "NAME: ", or 0.
number() {
  if [[ $2 =~ $1:\ ([0-9]+) ]]; then echo "${BASH_REMATCH[1]}"; else echo 0; fi
}
