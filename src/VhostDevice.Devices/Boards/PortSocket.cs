// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Hosting.Metrics;

namespace VhostDevice.Devices.Boards;

/// <summary>A socket on which a <see cref="BoardPort"/> is served.</summary>
/// <param name="name">What it is called in metrics, such as its path.</param>
/// <param name="user">Who uses the port there, as others on the board see it: "guest".</param>
/// <param name="log">Of the socket.</param>
/// <param name="meter">Shows the port's counters; null when nobody looks at them.</param>
public sealed class PortSocket(string name, string user, ILogger log, DeviceMeter? meter = null)
{
    public string Name => name;

    public string User => user;

    public ILogger Log => log;

    public DeviceMeter? Meter => meter;
}
