#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
# The server's side of the kernel's vsock tests, one request a connection:
#   test N CID PORT   starts the server of test N for a client with that CID: "ready"
#   result            "0", or another status and what the server said last
#   receive           starts a receiver of vsock_perf: "ready"
#   end               lets the server's guest go
# usage: vsock-serve.sh listen   or, for each request: vsock-serve.sh
control=9000

# wait_for COMMAND...: until it succeeds, for 5 s.
wait_for() {
  tries=0
  until "$@"; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || return 1
    sleep 0.05
  done
}

# The control connection of the tests is TCP; state 0A is LISTEN.
control_listens() {
  grep -q "$(printf ':%04X 00000000:0000 0A' $control)" /proc/net/tcp
}

if [ "$1" = listen ]; then
  socat -t 60 VSOCK-LISTEN:7001,fork TCP:127.0.0.1:$control &
  exec socat -t 60 VSOCK-LISTEN:7000,fork "EXEC:sh $0"
fi

read -r what number cid port
case $what in
  test)
    rm -f /tmp/status
    {
      timeout 60 vsock_test --mode server --control-port $control --peer-cid "$cid" --peer-port "$port" --pick "$number"
      echo $? >/tmp/status
    } </dev/null >/tmp/server 2>&1 &
    wait_for control_listens && echo ready
    ;;
  result)
    # One whose client failed may wait for ever.
    wait_for test -s /tmp/status || killall -q -9 vsock_test
    wait_for test -s /tmp/status
    echo "$(cat /tmp/status) $(tail -n 1 /tmp/server)"
    ;;
  receive)
    timeout 60 vsock_perf </dev/null >/tmp/server 2>&1 &
    sleep 0.5
    echo ready
    ;;
  end) touch /tmp/end ;;
esac
