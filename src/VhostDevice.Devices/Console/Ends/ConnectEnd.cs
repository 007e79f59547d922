// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console.Ends;

/// <summary>A program's Unix socket that we connect to, and again each second when it has left.</summary>
internal sealed class ConnectEnd(string path) : StreamEnd
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    private LoopTimer? _timer;

    public override string Description => $"unix:{path},client";

    protected override void OnStart()
    {
        _ = Loop.CreateTimer(Connect, out _timer);
        _timer?.Start(TimeSpan.FromMilliseconds(1));
    }

    protected override void OnGone() => _timer?.Start(s_pause);

    protected override void Dispose(bool disposing)
    {
        _timer?.Dispose();
        base.Dispose(disposing);
    }

    private void Connect()
    {
        if (UnixSocket.Connect(path, nonBlocking: true, out OwnedFd? connection).IsError || Begin(connection!).IsError)
            _timer!.Start(s_pause);
    }
}
