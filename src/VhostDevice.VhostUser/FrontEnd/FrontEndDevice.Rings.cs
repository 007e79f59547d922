// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio;

namespace VhostDevice.VhostUser.FrontEnd;

/// <content>Starting, stopping, resetting, and carrying on over another connection.</content>
public sealed partial class FrontEndDevice
{
    private const ulong StatusAcknowledge = 1;
    private const ulong StatusDriver = 2;
    private const ulong StatusDriverOk = 4;
    private const ulong StatusFeaturesOk = 8;

    /// <summary>
    /// SET_FEATURES, memory, and for each queue NUM, BASE, ADDR, KICK, CALL, ERR, then ENABLE for all, then the status.
    /// A stopped device goes on where its rings are.
    /// </summary>
    public void Start()
    {
        if (IsStarted)
            throw new InvalidOperationException("the device is started");
        Connection.SetFeatures(FeaturesToSet).ThrowIfNegative();
        if (Has(ProtocolFeatures.Status))
            AddStatus(StatusAcknowledge | StatusDriver | StatusFeaturesOk);
        if (Has(ProtocolFeatures.InflightShmfd))
            ShareInflight();
        UpdateMemory();
        foreach (DriverQueue queue in _queues)
            StartQueue(queue);
        if (_options.EnableQueues)
            EnableQueues(true);
        if (Has(ProtocolFeatures.Status))
            AddStatus(StatusDriverOk);
        IsStarted = true;
    }

    /// <summary>Tells the back-end everything about one queue, with new notification descriptors; enabling is left out.</summary>
    public void StartQueue(DriverQueue queue)
    {
        uint index = (uint)queue.Index;
        queue.Notifier?.Dispose();
        queue.Notifier = MakeNotifier(queue.Index);
        Connection.SetVringNum(index, queue.Size).ThrowIfNegative();
        Connection.SetVringBase(index, queue.RingBase).ThrowIfNegative();
        Connection.SetVringAddr(AddressToSet(queue)).ThrowIfNegative();
        // In band nothing is said about descriptors: a message with the no-descriptor flag would mean polling.
        if (queue.Notifier is InBandNotifier)
            return;
        Connection.SetVringKick(index, queue.Notifier.KickFd).ThrowIfNegative();
        Connection.SetVringCall(index, queue.Notifier.CallFd).ThrowIfNegative();
        Connection.SetVringErr(index, queue.Notifier.ErrFd).ThrowIfNegative();
    }

    /// <summary>SET_VRING_ENABLE for all queues, when bit 30 is in use; otherwise they are enabled anyhow.</summary>
    public void EnableQueues(bool enable)
    {
        if ((Features & VirtioFeatures.ProtocolFeatures) == 0)
            return;
        foreach (DriverQueue queue in _queues)
            Connection.SetVringEnable((uint)queue.Index, enable).ThrowIfNegative();
    }

    /// <summary>Stops all queues, as QEMU does for a pause or a driver's reset: disabled, then GET_VRING_BASE for each.</summary>
    /// <returns>Where each queue stopped.</returns>
    public IReadOnlyList<uint> Stop()
    {
        EnableQueues(false);
        List<uint> bases = [.. _queues.Select(q => Connection.GetVringBase((uint)q.Index))];
        IsStarted = false;
        return bases;
    }

    /// <summary>
    /// A driver's reset: stops the queues, resets the device where the back-end offers a way, and forgets all requests.
    /// <see cref="Start"/> begins anew with zeroed rings.
    /// </summary>
    public void Reset()
    {
        if (IsStarted)
            Stop();
        if (Has(ProtocolFeatures.Status))
            Connection.SetStatus(0).ThrowIfNegative();
        if (Has(ProtocolFeatures.ResetDevice))
            Connection.ResetDevice().ThrowIfNegative();
        foreach (DriverQueue queue in _queues)
            queue.Reset(_options.RingBase);
        SharedMemory?.Clear();
        // The next start asks for a new one.
        Inflight?.Dispose();
        Inflight = null;
    }

    /// <summary>
    /// Carries on over a new connection after the old one broke: the same negotiation, the same rings, going on after
    /// what was used last. The queues keep their requests in flight.
    /// </summary>
    /// <exception cref="FrontEndException">
    /// <see cref="FrontEndFailure.NotOffered"/> when the back-end lacks something that is in use, as after a downgrade.
    /// </exception>
    public void Reattach(FrontEndConnection connection)
    {
        ulong features = Features;
        Connection.Dispose();
        Connection = connection;
        Connection.ReplyTimeout = _options.ReplyTimeout;
        IsStarted = false;
        _known.Clear();
        Handshake();
        if ((features & ~Features) != 0)
            throw new FrontEndException(
                FrontEndFailure.NotOffered,
                $"the back-end no longer offers features {features & ~Features:x}",
                FrontEndRequest.GetFeatures);
        Features = features;
        Start();
    }

    private void ShareInflight()
    {
        Inflight ??= Connection.GetInflightFd((ushort)_queues.Count, _queues.Max(static q => q.Size));
        Connection.SetInflightFd(Inflight).ThrowIfNegative();
    }

    private QueueNotifier MakeNotifier(int ring) => _options.Notifications switch
    {
        QueueNotifications.InBand => new InBandNotifier(Connection, Connection.BackEndChannel!, ring),
        QueueNotifications.KickOnly => new EventFdNotifier(withCall: false),
        _ => new EventFdNotifier(),
    };

    private void AddStatus(ulong bits)
    {
        ulong now = Connection.GetStatus();
        Connection.SetStatus(now | bits).ThrowIfNegative();
        // Devices that cannot live with the features say so by clearing the bit again (virtio 1.3 §3.1.1).
        if ((bits & StatusFeaturesOk) != 0 && (Connection.GetStatus() & StatusFeaturesOk) == 0)
            throw new FrontEndException(
                FrontEndFailure.Refused,
                $"the back-end does not accept the features {Features:x}",
                FrontEndRequest.SetStatus);
    }
}
