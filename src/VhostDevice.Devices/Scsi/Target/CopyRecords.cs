// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Scsi.Target;

/// <summary>The copies that a unit knows of.</summary>
internal sealed class CopyRecords
{
    // Of copies that are over.
    private const int MaxKept = 16;

    private readonly List<CopyRecord> _records = [];

    internal CopyRecord? Find(ScsiNexus nexus, byte id) => _records.Find(r => r.Id == id && r.Nexus == nexus);

    /// <summary>A copy begins; it takes the place of an earlier one of that name.</summary>
    internal CopyRecord Add(ScsiNexus nexus, byte id)
    {
        if (Find(nexus, id) is { } earlier)
            _ = _records.Remove(earlier);
        if (_records.Count(r => !r.IsInProgress) >= MaxKept)
            _records.RemoveAt(_records.FindIndex(r => !r.IsInProgress));
        CopyRecord record = new(nexus, id);
        _records.Add(record);
        return record;
    }

    internal void Remove(CopyRecord record) => _records.Remove(record);

    /// <summary>As a reset does, for all initiators or one.</summary>
    internal void Forget(ScsiNexus? nexus = null) => _records.RemoveAll(r => !r.IsInProgress && (nexus ?? r.Nexus) == r.Nexus);
}
