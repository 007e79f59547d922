// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Bench.Load;

/// <summary>Ends this process when something takes far too long: the measured loops wait for ever, to be cheap.</summary>
internal sealed class Watchdog : IDisposable
{
    private readonly Timer _timer;

    internal Watchdog(TimeSpan time, string complaint) => _timer = new Timer(
        _ =>
        {
            Console.Error.WriteLine($"vhost-device-bench: {complaint}");
            Environment.Exit(1);
        },
        null,
        time,
        Timeout.InfiniteTimeSpan);

    public void Dispose() => _timer.Dispose();
}
