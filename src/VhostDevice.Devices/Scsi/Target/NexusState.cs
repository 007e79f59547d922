// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Scsi.Target;

/// <summary>What a logical unit has to tell one initiator at its next command: the unit attentions, oldest first.</summary>
internal sealed class NexusState(ScsiNexus nexus)
{
    private const int Max = 16;

    private readonly List<SenseCode> _pending = [];

    internal ScsiNexus Nexus => nexus;

    internal bool HasAttention { get; private set; }

    internal void Add(SenseCode attention)
    {
        // The same is told once; a reset says everything that was before it.
        if (attention == SenseCode.PowerOn || attention == SenseCode.UnitReset)
            _pending.Clear();
        if (_pending.Count < Max && !_pending.Contains(attention))
            _pending.Add(attention);
        HasAttention = true;
    }

    /// <summary>It need not be told any more.</summary>
    internal void Remove(SenseCode attention)
    {
        if (_pending.Remove(attention))
            HasAttention = _pending.Count > 0;
    }

    internal SenseCode Take()
    {
        SenseCode first = _pending[0];
        _pending.RemoveAt(0);
        HasAttention = _pending.Count > 0;
        return first;
    }
}
