// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Bench.Interop;

namespace VhostDevice.Bench.Processes;

/// <summary>Keeps others of this machine from the measured CPU.</summary>
internal static class Priority
{
    /// <summary>For the calling thread and the processes that it starts; without permission nothing changes.</summary>
    internal static void Raise(int nice) => _ = Native.setpriority(0, 0, nice);
}
