// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;

namespace VhostDevice.Hosting.Daemon;

/// <summary>A socket that devices are made for, one for each connection.</summary>
/// <param name="index">From 0, in the order in which sockets are opened or handed over.</param>
/// <param name="name">The path, or what stands for it; for logs and metrics.</param>
/// <param name="log">Says at the start of each line which socket it is about.</param>
public sealed class SocketSeat(int index, string name, ILogger log)
{
    public int Index => index;

    public string Name => name;

    public ILogger Log => log;
}
