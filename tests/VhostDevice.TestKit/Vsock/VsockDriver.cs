// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Devices.Vsock;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.TestKit.Vsock;

/// <summary>
/// The guest's side of a socket device: packets in any cut, receive buffers of any shape. What a guest's sockets would
/// say by themselves, the test says.
/// </summary>
public sealed class VsockDriver
{
    private readonly Dictionary<ushort, (ulong Address, int[] Cuts)> _buffers = [];
    private readonly Dictionary<ushort, ulong> _sent = [];
    private readonly int[] _cuts;

    /// <param name="cuts">The descriptors of each receive buffer.</param>
    public VsockDriver(FrontEndDevice front, ulong cid, int buffers = 32, params int[] cuts)
    {
        Front = front;
        Cid = cid;
        _cuts = cuts.Length > 0 ? cuts : [4096];
        for (int i = 0; i < buffers; i++)
            AddBuffer(front.Memory.Allocate((ulong)_cuts.Sum()), _cuts);
        Receives.Submit();
    }

    public FrontEndDevice Front { get; }

    public ulong Cid { get; }

    /// <summary>What the guest says about its receive buffer in every packet.</summary>
    public uint BufferSize { get; set; } = 256 * 1024;

    /// <summary>Whether buffers go back to the device as soon as they are read.</summary>
    public bool Refills { get; set; } = true;

    public DriverQueue Receives => Front.Queues[0];

    public DriverQueue Transmits => Front.Queues[1];

    public void AddBuffer(ulong address, params int[] cuts)
    {
        DriverBuffer[] buffers = new DriverBuffer[cuts.Length];
        ulong at = address;
        for (int i = 0; i < cuts.Length; i++)
        {
            buffers[i] = DriverBuffer.Writable(at, (uint)cuts[i]);
            at += (ulong)cuts[i];
        }

        _buffers[Receives.Add(buffers)] = (address, cuts);
    }

    /// <summary>Hands over more receive buffers.</summary>
    public void AddBuffers(int count)
    {
        for (int i = 0; i < count; i++)
            AddBuffer(Front.Memory.Allocate((ulong)_cuts.Sum()), _cuts);
        Receives.Submit();
    }

    /// <summary>A header from this guest.</summary>
    public VsockHeader Header(
        uint port,
        ulong peerCid,
        uint peerPort,
        ushort op,
        uint length = 0,
        uint flags = 0,
        uint forwarded = 0,
        ushort type = VsockType.Stream) =>
        new()
        {
            SourceCid = Cid,
            DestinationCid = peerCid,
            SourcePort = port,
            DestinationPort = peerPort,
            Length = length,
            Type = type,
            Op = op,
            Flags = flags,
            BufferSize = BufferSize,
            Forwarded = forwarded,
        };

    /// <summary>Sends a packet in one descriptor, and does not wait for anything.</summary>
    public void Send(VsockHeader header, ReadOnlySpan<byte> data = default) => Send(header, data, []);

    /// <param name="cuts">Sizes of the descriptors, header included; the rest is one more.</param>
    public void Send(VsockHeader header, ReadOnlySpan<byte> data, int[] cuts, bool indirect = false)
    {
        Reclaim();
        byte[] bytes = new byte[VsockHeader.Size + data.Length];
        MemoryMarshal.Write(bytes, in header);
        data.CopyTo(bytes.AsSpan(VsockHeader.Size));
        SendRaw(bytes, cuts, indirect);
    }

    public void SendRaw(byte[] bytes, int[] cuts, bool indirect = false)
    {
        ulong address = Front.Memory.Allocate((ulong)Math.Max(1, bytes.Length));
        Front.Memory.Write(address, bytes);
        List<DriverBuffer> buffers = [];
        int at = 0;
        foreach (int cut in cuts.Append(int.MaxValue))
        {
            int n = Math.Min(cut, bytes.Length - at);
            if (n > 0)
                buffers.Add(DriverBuffer.Readable(address + (ulong)at, (uint)n));
            at += n;
        }

        long end = Environment.TickCount64 + (long)LoopThread.Patience.TotalMilliseconds;
        ushort id;
        while (!(indirect ? Transmits.TryAddMixed(default, [.. buffers], out id) : Transmits.TryAdd([.. buffers], out id)))
        {
            if (Environment.TickCount64 > end || !Transmits.WaitForUsed(LoopThread.Patience))
                throw new TimeoutException("the transmit queue stays full");
            Reclaim();
        }

        _sent[id] = address;
        Transmits.Submit();
    }

    /// <summary>Waits until the device has given back everything that was sent.</summary>
    public void AwaitTransmitted()
    {
        Reclaim();
        while (_sent.Count > 0)
        {
            if (!Transmits.WaitForUsed(LoopThread.Patience))
                throw new TimeoutException($"{_sent.Count} transmitted chains do not come back");
            Reclaim();
        }
    }

    /// <summary>Waits for the next packet.</summary>
    public VsockPacket Receive()
    {
        if (!Receives.WaitForUsed(LoopThread.Patience))
            throw new TimeoutException("no packet came");
        return TryReceive(out VsockPacket? packet) ? packet : throw new InvalidOperationException("nothing to pop");
    }

    public bool TryReceive([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out VsockPacket? packet)
    {
        packet = null;
        if (!Receives.TryPop(out UsedChain used))
            return false;
        (ulong address, int[] cuts) = _buffers[used.Id];
        _buffers.Remove(used.Id);
        byte[] bytes = new byte[used.Length];
        Front.Memory.Read(address, bytes);
        if (Refills)
        {
            AddBuffer(address, cuts);
            Receives.Submit();
        }
        else
        {
            Front.Memory.Free(address);
        }

        if (bytes.Length < VsockHeader.Size)
            throw new InvalidOperationException($"a packet of {bytes.Length} bytes");
        VsockHeader header = MemoryMarshal.Read<VsockHeader>(bytes);
        if (header.Length != bytes.Length - VsockHeader.Size)
            throw new InvalidOperationException($"a packet that says {header.Length} and has {bytes.Length - VsockHeader.Size}");
        if (header.Op is 0 or > VsockOp.CreditRequest)
            throw new InvalidOperationException($"a packet with op {header.Op}");
        if (header.DestinationCid != Cid)
            throw new InvalidOperationException($"a packet for {header.DestinationCid}");
        packet = new VsockPacket(header, bytes[VsockHeader.Size..]);
        return true;
    }

    /// <summary>Waits for the next packet, which must be of this kind.</summary>
    public VsockPacket Expect(ushort op)
    {
        VsockPacket packet = Receive();
        return packet.Op == op ? packet : throw new InvalidOperationException($"op {op} was expected: {packet}");
    }

    private void Reclaim()
    {
        while (Transmits.TryPop(out UsedChain used))
        {
            if (used.Length != 0)
                throw new InvalidOperationException($"a transmitted chain came back with {used.Length} bytes");
            if (_sent.Remove(used.Id, out ulong address))
                Front.Memory.Free(address);
        }
    }
}
