// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Bench.BackEnds;
using VhostDevice.Linux;

namespace VhostDevice.Bench.Vsock;

/// <summary>One connection on which the host writes as much as its socket takes; the guest throws it away.</summary>
internal sealed unsafe class ToGuestLoad(BackEnd backEnd, VsockLoadOptions options) : VsockLoad(backEnd, options)
{
    private protected override void Begin() => WorkOnHost();

    private protected override bool WorkOnHost()
    {
        HostSocket socket = Sockets[0];
        bool moved = false;
        while (socket.MayWrite)
        {
            nint n = FileIo.Write(socket.Fd, Buffer, HostBufferBytes, out Errno errno);
            if (n < 0 && errno != Errno.EAGAIN)
                throw new BenchException($"the host's socket: {errno}");
            socket.MayWrite = n > 0;
            moved |= n > 0;
        }

        return moved;
    }

    private protected override void OnPacket(VsockConnection connection, VsockOp op, uint length)
    {
        if (op == VsockOp.Reset)
            throw new BenchException("the back-end reset the connection");
        Requests++;
        Bytes += length;
    }
}
