// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Fuzz.Device;

/// <summary>The loop of one rig, or of several whose devices know each other.</summary>
internal sealed class RigLoop : IDisposable
{
    private const int MostTurns = 2000;

    private readonly List<DeviceRig> _rigs = [];

    internal RigLoop()
    {
        Promise.Keep(EventLoop.Create(out EventLoop? loop).IsSuccess, "a loop");
        Loop = loop!;
    }

    internal EventLoop Loop { get; }

    public void Dispose() => Loop.Dispose();

    internal void Add(DeviceRig rig) => _rigs.Add(rig);

    /// <summary>Does what waits, and whatever comes of that.</summary>
    internal void Turn()
    {
        int turns = 0;
        bool busy = true;
        while (busy)
        {
            Promise.Keep(turns++ < MostTurns, "the loop comes to rest");
            Promise.Keep(Loop.Turn(0, out int dispatched).IsSuccess, "the loop works");
            busy = dispatched > 0;
            foreach (DeviceRig rig in _rigs)
                busy |= rig.ServeRequested();
        }
    }
}
