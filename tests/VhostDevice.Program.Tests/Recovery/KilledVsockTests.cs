// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Net.Sockets;
using VhostDevice.Devices.Vsock;
using VhostDevice.Program.Tests.Vsock;
using VhostDevice.TestKit.Vsock;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.Program.Tests.Recovery;

/// <summary>
/// The daemon is killed with connections open and packets on their way in both directions. Connections end, and the guest
/// is told; no buffer of a ring is lost, and the next connection works.
/// </summary>
public sealed class KilledVsockTests : IDisposable
{
    private const int Kills = 20;
    private const int Buffers = 32;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_guest_hears_that_its_connections_are_gone_and_loses_no_buffer(bool packed)
    {
        Random random = new(packed ? 2 : 1);
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(_folder.At("u_1")));
        listener.Listen(16);
        ChildProcess daemon = Start();
        try
        {
            using FrontEndDevice front = FrontEndDevice.Connect(_folder.At("s"), Options(packed));
            VsockDriver guest = new(front, VsockCid.FirstGuest, Buffers);
            DriverQueue events = front.Queues[2];
            ulong room = front.Memory.Allocate(4);
            events.Add(DriverBuffer.Writable(room, 4));
            events.Submit();
            for (uint kill = 0; kill < Kills; kill++)
            {
                VsockConnection connection = new(guest, 1000 + kill, VsockCid.Host, 1);
                using Socket host = Open(listener, connection);
                Load(connection, host, random);
                daemon.Signal(Libc.SIGKILL);
                daemon.WaitForExit();
                daemon.Dispose();
                daemon = Start();
                front.Reattach(FrontEndConnection.Connect(_folder.At("s")));
                guest.AwaitTransmitted();

                // The event comes before any packet of the new life; the driver gives its buffer back.
                Assert.True(events.WaitForUsed(Patience.Time));
                Assert.True(events.TryPop(out UsedChain used));
                Assert.Equal(4u, used.Length);
                events.Add(DriverBuffer.Writable(room, 4));
                events.Submit();
                connection.Send(VsockOp.CreditUpdate);
                while (guest.Receive() is { } packet && (packet.Op != VsockOp.Reset || packet.Header.DestinationPort != connection.Port))
                {
                    // What was on its way, and resets for what was sent again.
                }
            }

            VsockConnection last = new(guest, 5000, VsockCid.Host, 1);
            using Socket program = Open(listener, last);
            guest.Refills = false;
            for (int i = 0; i < Buffers; i++)
            {
                program.Send([(byte)i]);
                VsockPacket packet = guest.Expect(VsockOp.ReadWrite);
                Assert.Equal([(byte)i], packet.Data);
            }
        }
        finally
        {
            daemon.Dispose();
        }
    }

    private static FrontEndDeviceOptions Options(bool packed) => VsockHost.Options with
    {
        ProtocolFeatures = VsockHost.Options.ProtocolFeatures | ProtocolFeatures.InflightShmfd,
        Features = VsockHost.Options.Features | (packed ? Virtio.VirtioFeatures.RingPacked : 0),
    };

    // Resets of the life before may come first.
    private static Socket Open(Socket listener, VsockConnection connection)
    {
        connection.Send(VsockOp.Request);
        VsockPacket packet;
        do
            packet = connection.Driver.Receive();
        while (packet.Op == VsockOp.Reset && packet.Header.DestinationPort != connection.Port);
        Assert.Equal(VsockOp.Response, packet.Op);
        connection.Note(packet);
        Socket host = listener.Accept();
        host.Blocking = false;
        return host;
    }

    // Data both ways, of which nobody waits for the last.
    private static void Load(VsockConnection connection, Socket host, Random random)
    {
        byte[] data = new byte[20_000];
        for (int i = random.Next(40); i >= 0; i--)
        {
            if (connection.Credit > 1000)
                connection.Write(data.AsSpan(0, random.Next(1, 1000)));
            _ = host.Send(data.AsSpan(0, random.Next(1, data.Length)), SocketFlags.None, out _);
            if (random.Next(2) == 0)
                _ = host.Receive(data, SocketFlags.None, out _);
            while (random.Next(3) > 0 && connection.Driver.TryReceive(out VsockPacket? packet))
                connection.Note(packet);
        }
    }

    private ChildProcess Start()
    {
        ChildProcess daemon = ChildProcess.Start(
            ProgramFile.Path,
            ["vsock", "--socket", _folder.At("s"), "--uds-path", _folder.At("u"), "--log-level", "warn"]);
        daemon.Err.WaitFor("listening on");
        return daemon;
    }
}
