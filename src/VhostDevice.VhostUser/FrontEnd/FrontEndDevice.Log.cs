// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio;

namespace VhostDevice.VhostUser.FrontEnd;

/// <content>The dirty log, switched in the order in which QEMU does it.</content>
public sealed partial class FrontEndDevice
{
    private DirtyBitmap? _log;

    private ulong FeaturesToSet => _log is null ? Features : Features | VirtioFeatures.LogAll;

    /// <summary>Has the back-end mark what it writes, from now on and whether or not the queues run. The bitmap stays the caller's.</summary>
    /// <exception cref="FrontEndException">The back-end offers no dirty log, or refuses this one.</exception>
    public void StartLog(DirtyBitmap log)
    {
        if (!Has(ProtocolFeatures.LogShmfd) || (OfferedFeatures & VirtioFeatures.LogAll) == 0)
            throw new FrontEndException(FrontEndFailure.NotOffered, "the back-end does not offer a dirty log", FrontEndRequest.SetLogBase);
        Connection.SetLogBase(log.File, log.Bytes, log.Offset).ThrowIfNegative();
        _log = log;
        SwitchLog();
    }

    /// <summary>The end of logging.</summary>
    public void StopLog()
    {
        _log = null;
        SwitchLog();
    }

    /// <summary>What is started next has no log: the guest was moved, and the back-end that logged is not asked any more.</summary>
    public void ForgetLog() => _log = null;

    private void SwitchLog()
    {
        Connection.SetFeatures(FeaturesToSet).ThrowIfNegative();
        foreach (DriverQueue queue in _queues)
            Connection.SetVringAddr(AddressToSet(queue)).ThrowIfNegative();
    }

    private VringAddress AddressToSet(DriverQueue queue) => queue.RingAddress with { Flags = _log is null ? 0 : VringFlags.Log };
}
