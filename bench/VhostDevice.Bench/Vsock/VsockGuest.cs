// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Load;
using VhostDevice.Linux;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Bench.Vsock;

/// <summary>
/// The driver of a vsock: keeps receive buffers posted, sends packets, follows the credit rules of Linux. One thread, one
/// event loop, shared with the host's side of the load. Nothing is allocated while it runs.
/// </summary>
internal sealed unsafe class VsockGuest : IDisposable, IFdHandler
{
    private const ulong GuestCid = 3;
    private const ulong HostCid = 2;
    private const ushort ReceiveQueueSize = 256;
    private const ushort SendQueueSize = 512;

    // Each has a header; payloads, which nobody reads here, are shared among them.
    private const int SendSlots = 256;
    private const int Payloads = 64;

    private readonly FrontEndDevice _device;
    private readonly DriverQueue _receive;
    private readonly DriverQueue _send;
    private readonly DriverBuffer[] _receiveBuffers;
    private readonly VsockHeader*[] _receiveHeaders;
    private readonly int[] _receiveSlots = new int[ReceiveQueueSize];
    private readonly DriverBuffer[] _headers = new DriverBuffer[SendSlots];
    private readonly VsockHeader*[] _sendHeaders = new VsockHeader*[SendSlots];
    private readonly ulong[] _payloads = new ulong[Payloads];
    private readonly int[] _sendSlots = new int[SendQueueSize];
    private readonly Stack<int> _free = new(SendSlots);
    private readonly DriverBuffer[] _packet = new DriverBuffer[2];
    private readonly FdWatch[] _watches = new FdWatch[2];

    /// <param name="loop">Its turns wake whoever waits for the queues; stays the caller's.</param>
    /// <param name="receiveBytes">Payload that a receive buffer takes.</param>
    /// <param name="sendBytes">The longest payload sent.</param>
    internal VsockGuest(BackEnd backEnd, EventLoop loop, int receiveBytes, int sendBytes)
    {
        ulong memory = ((ulong)ReceiveQueueSize * (ulong)(receiveBytes + 4096)) + (Payloads * ((ulong)sendBytes + 4096)) + (16UL << 20);
        _device = Attachment.To(
            backEnd.SocketPath,
            new FrontEndDeviceOptions { QueueSizes = [ReceiveQueueSize, SendQueueSize, 16], MemorySize = memory });
        _receive = _device.Queues[0];
        _send = _device.Queues[1];
        _receiveBuffers = new DriverBuffer[ReceiveQueueSize];
        _receiveHeaders = new VsockHeader*[ReceiveQueueSize];
        for (int i = 0; i < SendSlots; i++)
        {
            ulong at = _device.Memory.Allocate(VsockHeader.Bytes, 64);
            _headers[i] = DriverBuffer.Readable(at, VsockHeader.Bytes);
            _sendHeaders[i] = (VsockHeader*)_device.Memory.Pointer(at, VsockHeader.Bytes);
            _free.Push(i);
        }

        for (int i = 0; i < Payloads; i++)
        {
            _payloads[i] = _device.Memory.Allocate((ulong)sendBytes, 4096);
            _device.Memory.Span(_payloads[i], sendBytes).Fill((byte)i);
        }

        // Header and payload in one piece, as Linux has it.
        uint whole = (uint)(VsockHeader.Bytes + receiveBytes);
        for (int i = 0; i < ReceiveQueueSize; i++)
        {
            ulong at = _device.Memory.Allocate(whole, 64);
            _receiveBuffers[i] = DriverBuffer.Writable(at, whole);
            _receiveHeaders[i] = (VsockHeader*)_device.Memory.Pointer(at, whole);
            Post(i);
        }

        _send.DisableInterrupts();
        _receive.Submit();
        for (int i = 0; i < _watches.Length; i++)
        {
            Errno errno = loop.Watch(_device.Queues[i].Notifier!.CallFd!.Fd, Readiness.Readable | Readiness.EdgeTriggered, this, out FdWatch? watch);
            _watches[i] = errno.IsError ? throw new BenchException($"epoll: {errno}") : watch!;
        }
    }

    /// <summary>Told of every packet but those of credit, which is done here.</summary>
    internal Action<VsockConnection, VsockOp, uint>? OnPacket { get; set; }

    /// <summary>By guest port; the load enters them.</summary>
    internal Dictionary<uint, VsockConnection> Connections { get; } = [];

    internal long Kicks => _receive.Notifier!.Kicks + _send.Notifier!.Kicks;

    internal bool CanSend => _free.Count > 0;

    internal ulong TakeCalls() => _receive.Notifier!.TakeCalls() + _send.Notifier!.TakeCalls();

    /// <summary>Puts a packet into the ring; <see cref="Submit"/> shows it to the device.</summary>
    internal void Send(VsockConnection connection, uint hostPort, VsockOp op, uint flags = 0, uint length = 0)
    {
        int slot = _free.Pop();
        *_sendHeaders[slot] = new VsockHeader
        {
            SourceCid = GuestCid,
            DestinationCid = HostCid,
            SourcePort = connection.GuestPort,
            DestinationPort = hostPort,
            Length = length,
            Type = VsockHeader.Stream,
            Op = op,
            Flags = flags,
            BufferSpace = VsockConnection.BufferSpace,
            Forwarded = connection.Announce(),
        };
        connection.Sent += length;
        _packet[0] = _headers[slot];
        _packet[1] = DriverBuffer.Readable(_payloads[slot % Payloads], length);
        if (!_send.TryAdd(_packet.AsSpan(0, length > 0 ? 2 : 1), out ushort id))
            throw new BenchException("the send ring is full");
        _sendSlots[id] = slot;
    }

    internal void Submit()
    {
        _receive.Submit();
        _send.Submit();
    }

    /// <summary>Takes what the device has done; false when there was nothing.</summary>
    internal bool Take()
    {
        bool any = false;
        while (_send.TryPop(out UsedChain used))
        {
            _free.Push(_sendSlots[used.Id]);
            any = true;
        }

        while (_receive.TryPop(out UsedChain used))
        {
            int slot = _receiveSlots[used.Id];
            Receive(in *_receiveHeaders[slot], used.Length);
            Post(slot);
            any = true;
        }

        return any;
    }

    /// <summary>Asks for interrupts; true when there is something already.</summary>
    /// <param name="ofSent">Also of packets that were taken, for who has no slot left.</param>
    internal bool PrepareToSleep(bool ofSent)
    {
        if (!ofSent)
            _send.DisableInterrupts();
        return _receive.EnableInterrupts() || (ofSent && _send.EnableInterrupts());
    }

    // The loop's turn is all that was wanted.
    public void OnReady(Readiness readiness)
    {
    }

    public void Dispose()
    {
        foreach (FdWatch watch in _watches)
            watch?.Dispose();
        _device.Dispose();
    }

    private void Post(int slot)
    {
        if (!_receive.TryAdd(new ReadOnlySpan<DriverBuffer>(in _receiveBuffers[slot]), out ushort id))
            throw new BenchException("the receive ring is full");
        _receiveSlots[id] = slot;
    }

    private void Receive(in VsockHeader header, uint used)
    {
        if (used < VsockHeader.Bytes || used - VsockHeader.Bytes < header.Length)
            throw new BenchException($"a packet of {used} bytes says that it carries {header.Length}");
        // Something may still be on its way to one that was closed.
        if (!Connections.TryGetValue(header.DestinationPort, out VsockConnection? connection))
            return;
        connection.PeerSpace = header.BufferSpace;
        connection.PeerForwarded = header.Forwarded;
        connection.Received += header.Length;
        if (header.Op == VsockOp.CreditRequest || (header.Op == VsockOp.Data && connection.MustTell))
            Send(connection, header.SourcePort, VsockOp.CreditUpdate);
        if (header.Op is not (VsockOp.CreditUpdate or VsockOp.CreditRequest))
            OnPacket?.Invoke(connection, header.Op, header.Length);
    }
}
