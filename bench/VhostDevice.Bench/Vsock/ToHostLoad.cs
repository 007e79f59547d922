// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Bench.BackEnds;
using VhostDevice.Linux;

namespace VhostDevice.Bench.Vsock;

/// <summary>One connection on which the guest sends as much as its credit allows; the host reads it.</summary>
internal sealed unsafe class ToHostLoad(BackEnd backEnd, VsockLoadOptions options) : VsockLoad(backEnd, options)
{
    private protected override bool WaitsForSlots => !Guest.CanSend;

    private protected override void Begin() => Fill();

    private protected override bool WorkOnHost()
    {
        bool moved = Fill();
        HostSocket socket = Sockets[0];
        while (socket.MayRead)
        {
            nint n = FileIo.Read(socket.Fd, Buffer, HostBufferBytes, out _);
            if (n == 0)
                throw new BenchException("the back-end closed the host's socket");
            // A stream that gives less than asked for is empty.
            socket.MayRead = n == HostBufferBytes;
            if (n < 0)
                break;
            Bytes += n;
            moved = true;
        }

        return moved;
    }

    private protected override void OnPacket(VsockConnection connection, VsockOp op, uint length)
    {
        if (op == VsockOp.Reset)
            throw new BenchException("the back-end reset the connection");
    }

    // Linux cuts packets to the credit that there is.
    private bool Fill()
    {
        VsockConnection connection = Connections[0];
        bool moved = false;
        while (Guest.CanSend && Math.Min((uint)Options.SendBytes, connection.Credit) is > 0 and uint length)
        {
            Guest.Send(connection, HostPort, VsockOp.Data, length: length);
            Requests++;
            moved = true;
        }

        return moved;
    }
}
