// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.FrontEnd;

/// <content>The memory table, at the start and when regions come or go.</content>
public sealed partial class FrontEndDevice
{
    /// <summary>The regions that the back-end was told of by ADD_MEM_REG.</summary>
    private readonly List<FrontEndRegion> _known = [];

    /// <summary>
    /// Tells the back-end which regions there are now: only the difference with CONFIGURE_MEM_SLOTS, as QEMU does it,
    /// otherwise the whole table. Call it before a new region is used, and after one was removed.
    /// </summary>
    public void UpdateMemory()
    {
        if (!Has(ProtocolFeatures.ConfigureMemSlots))
        {
            Connection.SetMemTable(Memory).ThrowIfNegative();
            return;
        }

        if ((ulong)Memory.Regions.Count > MaxMemorySlots)
            throw new FrontEndException(
                FrontEndFailure.NotOffered,
                $"the back-end takes {MaxMemorySlots} regions, there are {Memory.Regions.Count}",
                FrontEndRequest.GetMaxMemSlots);
        foreach (FrontEndRegion gone in _known.Except(Memory.Regions).ToArray())
        {
            Connection.RemMemReg(gone.Entry).ThrowIfNegative();
            _known.Remove(gone);
        }

        foreach (FrontEndRegion added in Memory.Regions.Except(_known).ToArray())
        {
            Connection.AddMemReg(added.Entry, added.File).ThrowIfNegative();
            _known.Add(added);
        }
    }
}
