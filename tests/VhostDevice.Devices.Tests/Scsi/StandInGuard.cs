// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>In force until it is disposed: lets files be mapped, and says that they are lost when it is told to.</summary>
internal sealed unsafe class StandInGuard : IMappingGuard, IDisposable
{
    private readonly List<nint> _lost = []; // 0 once it is removed

    internal StandInGuard() => MemoryMapping.Guard = this;

    internal int Added => _lost.Count;

    /// <summary>As if all that is mapped had been truncated under an access.</summary>
    internal void Lose()
    {
        foreach (nint lost in _lost.Where(static p => p != 0))
            *(int*)lost = 1;
    }

    public nint Add(byte* start, nuint length, int alarm, int* lost)
    {
        _lost.Add((nint)lost);
        return _lost.Count;
    }

    public void Remove(nint guarded) => _lost[(int)guarded - 1] = 0;

    public void Dispose() => MemoryMapping.Guard = null;
}
