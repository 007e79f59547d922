// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;
using VhostDevice.VhostUser.BackEnd;

namespace VhostDevice.Hosting.Logging;

/// <summary>Tells of faults that a loop survived (<see cref="EventLoop.OnFault"/>), each with the place it came from; not
/// without a limit, as a guest may find a way to provoke them. For any thread.</summary>
internal sealed class FaultLog(ILogger log)
{
    private readonly LimitedLogger _log = new(log, TimeProvider.System);

    internal void Report(Exception fault, string item) =>
        _log.LogError("internal error in {Item}, going on: {Fault}", item, fault.ToString());
}
