// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>Reports faults in a device's code, but no more than a line a second: a guest may provoke one per request.</summary>
internal sealed class FaultLog(ILogger log)
{
    private const long IntervalMilliseconds = 1000;

    private long _quietUntil = long.MinValue;
    private long _unreported;

    internal void Report(Exception fault)
    {
        long now = Environment.TickCount64;
        if (now < _quietUntil)
        {
            _unreported++;
            return;
        }

        if (_unreported > 0)
            log.LogError("the device failed {Count} more times meanwhile", _unreported);
        log.LogError("the device failed to serve a request: {Fault}", fault.ToString());
        _unreported = 0;
        _quietUntil = now + IntervalMilliseconds;
    }
}
