// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using VhostDevice.Bench.BackEnds;
using VhostDevice.Linux;

namespace VhostDevice.Bench.Vsock;

/// <summary>The guest connects, and closes at once; when both sides have seen the end, again.</summary>
internal sealed unsafe class ConnectLoad(BackEnd backEnd, VsockLoadOptions options) : VsockLoad(backEnd, options)
{
    // SHUTDOWN: nothing will be received, nothing sent.
    private const uint BothWays = 3;
    private const uint FirstPort = 10_000;
    private const uint Ports = 50_000;

    private readonly VsockConnection _connection = new(0);
    private uint _count;
    private bool _guestDone;
    private bool _hostDone;

    private protected override void Begin()
    {
        // The one that was opened at the start would only be in the way.
        Guest.Connections.Clear();
        foreach (HostSocket socket in Sockets.ToArray())
            Close(socket);
        Connect();
    }

    private protected override bool WorkOnHost()
    {
        bool moved = Accept();
        for (int i = Sockets.Count - 1; i >= 0; i--)
        {
            HostSocket socket = Sockets[i];
            if (!socket.MayRead)
                continue;
            socket.MayRead = false;
            if (FileIo.Read(socket.Fd, Buffer, HostBufferBytes, out _) != 0)
                continue;
            Close(socket);
            moved = _hostDone = true;
        }

        if (_guestDone && _hostDone)
        {
            Record(Stopwatch.GetTimestamp() - _connection.SentAt);
            Requests++;
            Guest.Connections.Remove(_connection.GuestPort);
            Connect();
        }

        return moved;
    }

    private protected override void OnPacket(VsockConnection connection, VsockOp op, uint length)
    {
        if (op == VsockOp.Response)
            Guest.Send(connection, HostPort, VsockOp.Shutdown, BothWays);
        else if (op == VsockOp.Reset)
            _guestDone = connection.IsOpen ? true : throw new BenchException("the back-end refused a connection");
    }

    private void Connect()
    {
        _guestDone = _hostDone = false;
        _connection.SentAt = Stopwatch.GetTimestamp();
        Open(_connection, FirstPort + (_count++ % Ports));
    }
}
