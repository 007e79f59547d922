// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using VhostDevice.Bench.BackEnds;
using VhostDevice.Linux;

namespace VhostDevice.Bench.Vsock;

/// <summary>On each connection the guest sends a packet, the host sends it back, and so on.</summary>
internal sealed unsafe class EchoLoad(BackEnd backEnd, VsockLoadOptions options) : VsockLoad(backEnd, options)
{
    private protected override void Begin()
    {
        foreach (VsockConnection connection in Connections)
            Ping(connection);
    }

    private protected override bool WorkOnHost()
    {
        bool moved = false;
        for (int i = 0; i < Sockets.Count; i++)
        {
            HostSocket socket = Sockets[i];
            if (!socket.MayRead)
                continue;
            socket.MayRead = false;
            nint n = FileIo.Read(socket.Fd, Buffer, HostBufferBytes, out _);
            if (n == 0)
                throw new BenchException("the back-end closed the host's socket");
            if (n > 0 && FileIo.Write(socket.Fd, Buffer, (nuint)n, out _) != n)
                throw new BenchException("the host's socket takes no answer");
            moved |= n > 0;
        }

        return moved;
    }

    private protected override void OnPacket(VsockConnection connection, VsockOp op, uint length)
    {
        if (op == VsockOp.Reset)
            throw new BenchException("the back-end reset a connection");
        if (op != VsockOp.Data || connection.Received != connection.Sent)
            return;
        // Stopwatch counts nanoseconds on Linux.
        Record(Stopwatch.GetTimestamp() - connection.SentAt);
        Requests++;
        Bytes += Options.SendBytes;
        Ping(connection);
    }

    private void Ping(VsockConnection connection)
    {
        connection.SentAt = Stopwatch.GetTimestamp();
        Guest.Send(connection, HostPort, VsockOp.Data, length: (uint)Options.SendBytes);
    }
}
