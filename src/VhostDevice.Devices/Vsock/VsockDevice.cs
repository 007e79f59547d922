// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Vsock;

/// <summary>
/// The socket device (virtio 1.3 §5.10): connections of a guest, each with a socket of this machine or another guest at
/// its other end. Everything here is on one loop, the sockets included.
/// </summary>
public sealed partial class VsockDevice : VirtioDevice
{
    internal const int RxQueue = 0;
    internal const int TxQueue = 1;
    internal const int EventQueue = 2;

    private const ulong FeatureStream = 1UL << 0;
    private const ulong FeatureSeqPacket = 1UL << 1;

    private readonly VsockGuest _guest;
    private readonly ILogger _log;
    private readonly byte[] _config = new byte[8];

    public VsockDevice(VsockGuest guest, VsockHub hub, ILogger log)
    {
        _guest = guest;
        _log = log;
        BinaryPrimitives.WriteUInt64LittleEndian(_config, guest.Cid);
        Inbox = new SiblingInbox(this);
        Siblings = new SiblingLink(this, hub, Inbox);
        _windows = new WindowBudget(guest.BufferSize);
    }

    public override uint DeviceId => 19;

    public override int QueueCount => 3;

    public override ushort MaxQueueSize => _guest.QueueSize;

    public override ulong Features => FeatureStream | FeatureSeqPacket;

    public override ReadOnlySpan<byte> Config => _config;

    /// <summary>Connections, those that are being opened and closed included.</summary>
    public int ConnectionCount => Flows.Count;

    internal ulong Cid => _guest.Cid;

    internal EventLoop Loop => Host.Loop;

    internal VsockGuest Guest => _guest;

    internal ILogger Log => _log;

    /// <summary>All connections.</summary>
    internal FlowTable Flows { get; private set; } = null!;

    /// <summary>The guest's connections with other guests.</summary>
    internal SiblingLink Siblings { get; }

    /// <summary>What other guests have sent and this one has not got yet.</summary>
    internal SiblingInbox Inbox { get; }

    /// <summary>How long a guest may hold up another one before its connections are reset.</summary>
    internal TimeSpan StallPatience { get; init; } = TimeSpan.FromSeconds(1);

    public override void QueueStarted(Virtqueue queue)
    {
        _guest.Device = this;
        NoteFormerLife(queue);
        switch (queue.Index)
        {
            case RxQueue:
                _rx.Start(queue);
                break;
            case TxQueue:
                _tx = queue;
                break;
            default:
                _events = queue;
                break;
        }
    }

    public override void ServeQueue(Virtqueue queue)
    {
        switch (queue.Index)
        {
            case RxQueue:
                _rx.Look();
                SchedulePump();
                break;
            case TxQueue:
                Transmit(queue);
                break;
            default:
                ServeEvents(queue);
                break;
        }
    }

    public override void QueueStopping(Virtqueue queue)
    {
        switch (queue.Index)
        {
            case RxQueue:
                _rx.Stop();
                break;
            case TxQueue:
                StopTransmitting();
                break;
            default:
                _events = null;
                break;
        }
    }

    /// <summary>Other guests do not get any more what they have not taken by now.</summary>
    public override void CancelRequests(Virtqueue queue)
    {
        if (queue.Index == TxQueue)
            Siblings.TakeBack();
    }

    /// <summary>Chains that wait for another guest are its own to finish.</summary>
    public override bool TryAbandon(Virtqueue queue) => queue.InFlight == 0;

    /// <summary>A new driver knows nothing of the connections of the former one.</summary>
    public override void Reset()
    {
        DropAll();
        _resetDue = false;
        _known = uint.MaxValue;
    }

    protected override void OnAttached()
    {
        _receive = new ReceiveTurn(this);
        Flows = new FlowTable(this);
    }

    protected override void Dispose(bool disposing)
    {
        if (_guest.Device == this)
            _guest.Device = null;
        _rx.Stop();
        DropAll();
        Flows?.Dispose();
        _senders.Dispose();
        _ticker?.Dispose();
        base.Dispose(disposing);
    }

    // All connections end, without a word to this guest.
    private void DropAll()
    {
        if (Flows is null)
            return;
        Siblings.Leave();
        Flows.FreeSockets();
        // They are used again, and would never get in line while they seem to be there.
        while (!_ready.IsEmpty)
        {
            if (_ready.Take() is SiblingFlow sibling)
                Siblings.FreeIfDone(sibling);
        }

        _replies.Clear();
    }
}
