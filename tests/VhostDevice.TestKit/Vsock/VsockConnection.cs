// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Vsock;

namespace VhostDevice.TestKit.Vsock;

/// <summary>The guest's end of one connection: counts credit as a guest's kernel does.</summary>
public sealed class VsockConnection(VsockDriver driver, uint port, ulong peerCid, uint peerPort, ushort type = VsockType.Stream)
{
    private uint _sent;
    private uint _peerBuffer;
    private uint _peerForwarded;

    public uint Port => port;

    public uint PeerPort => peerPort;

    public VsockDriver Driver => driver;

    /// <summary>Bytes received, all of which count as read, unless the test says otherwise.</summary>
    public uint Received { get; set; }

    public uint Forwarded { get; set; }

    public bool ReadsAll { get; set; } = true;

    /// <summary>Bytes that may be sent.</summary>
    public uint Credit => _peerBuffer - (_sent - _peerForwarded);

    /// <summary>What the guest knows of what was sent on.</summary>
    public uint PeerForwarded => _peerForwarded;

    public VsockHeader Header(ushort op, uint length = 0, uint flags = 0) =>
        driver.Header(port, peerCid, peerPort, op, length, flags, Forwarded, type);

    public void Send(ushort op, uint flags = 0) => driver.Send(Header(op, 0, flags));

    public void Write(ReadOnlySpan<byte> data, uint flags = 0, int[]? cuts = null, bool indirect = false)
    {
        driver.Send(Header(VsockOp.ReadWrite, (uint)data.Length, flags), data, cuts ?? [], indirect);
        _sent += (uint)data.Length;
    }

    /// <summary>Takes a packet of this connection into account.</summary>
    public void Note(VsockPacket packet)
    {
        if (packet.Header.SourcePort != peerPort
            || packet.Header.DestinationPort != port
            || packet.Header.SourceCid != peerCid
            || packet.Header.Type != type)
            throw new InvalidOperationException($"a packet of another connection: {packet}");
        _peerBuffer = packet.Header.BufferSize;
        _peerForwarded = packet.Header.Forwarded;
        Received += packet.Header.Length;
        if (Received - Forwarded > driver.BufferSize)
            throw new InvalidOperationException("more came than there was credit for");
        if (ReadsAll)
            Forwarded = Received;
    }

    /// <summary>Waits for the next packet, which must be of this connection and this kind.</summary>
    public VsockPacket Expect(ushort op)
    {
        VsockPacket packet = driver.Expect(op);
        Note(packet);
        return packet;
    }

    /// <summary>Reads bytes of a stream, telling of credit when half of the buffer was used.</summary>
    public byte[] Read(int count)
    {
        List<byte> bytes = [];
        uint told = Forwarded;
        while (bytes.Count < count)
        {
            VsockPacket packet = driver.Receive();
            Note(packet);
            if (packet.Op == VsockOp.ReadWrite)
                bytes.AddRange(packet.Data);
            else if (packet.Op is not (VsockOp.CreditUpdate or VsockOp.CreditRequest))
                throw new InvalidOperationException($"data was expected: {packet}");
            if (packet.Op == VsockOp.CreditRequest || Forwarded - told >= driver.BufferSize / 2)
            {
                told = Forwarded;
                Send(VsockOp.CreditUpdate);
            }
        }

        return [.. bytes];
    }

    /// <summary>Writes bytes of a stream in packets, as credit allows.</summary>
    public void WriteAll(ReadOnlySpan<byte> data, int packet = 65536)
    {
        while (!data.IsEmpty)
        {
            int n = (int)Math.Min(Credit, (uint)Math.Min(packet, data.Length));
            if (n == 0)
            {
                Note(driver.Receive());
                continue;
            }

            Write(data[..n]);
            data = data[n..];
        }
    }
}
