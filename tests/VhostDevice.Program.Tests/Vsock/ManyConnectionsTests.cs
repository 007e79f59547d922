// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Net.Sockets;
using VhostDevice.Devices.Vsock;
using VhostDevice.TestKit.Vsock;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Program.Tests.Vsock;

/// <summary>10 000 connections at once, started with a limit of descriptors that has no room for them.</summary>
public sealed class ManyConnectionsTests : IDisposable
{
    private const int Count = 10_000;
    private const ulong Needed = Count + 500;

    /// <summary>Bytes of memory that a connection may cost the daemon; docs/devices/vsock.md says what it does cost.</summary>
    private const long MostBytes = 2048;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Ten_thousand_are_open_and_data_moves_on_each_of_them()
    {
        // The host programs' ends are all here.
        Assert.SkipUnless(Linux.DescriptorLimit.Raise(Needed) >= Needed, $"the limit of open files cannot be raised to {Needed}");
        using ChildProcess daemon = ChildProcess.Start(
            "/bin/sh",
            [
                "-c", "ulimit -Sn 1024; exec \"$0\" \"$@\"", ProgramFile.Path, "vsock", "--socket", _folder.At("s"),
                "--uds-path", _folder.At("u"),
            ]);
        daemon.Err.WaitFor("listening on");
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(_folder.At("u_1")));
        listener.Listen(128);
        VsockDriver guest = new(FrontEndDevice.Connect(_folder.At("s"), VsockHost.Options), VsockCid.FirstGuest);
        using FrontEndDevice front = guest.Front;
        List<Socket> hosts = [];
        List<VsockConnection> connections = [];
        try
        {
            long before = ProcessFacts.Of(daemon.Id).ResidentKiB;
            for (uint i = 0; i < Count; i++)
            {
                VsockConnection connection = new(guest, 10_000 + i, VsockCid.Host, 1);
                connection.Send(VsockOp.Request);
                hosts.Add(listener.Accept());
                connection.Expect(VsockOp.Response);
                connections.Add(connection);
            }

            for (int i = 0; i < Count; i++)
            {
                connections[i].Write(BitConverter.GetBytes(i));
                byte[] got = new byte[4];
                Assert.Equal(4, hosts[i].Receive(got));
                Assert.Equal(i, BitConverter.ToInt32(got));
                hosts[i].Send(BitConverter.GetBytes(~i));
                Assert.Equal(~i, BitConverter.ToInt32(connections[i].Expect(VsockOp.ReadWrite).Data));
            }

            long grown = ProcessFacts.Of(daemon.Id).ResidentKiB - before;
            TestContext.Current.TestOutputHelper?.WriteLine($"{grown * 1024 / Count} bytes for a connection");
            Assert.InRange(grown * 1024 / Count, 0, MostBytes);
        }
        finally
        {
            hosts.ForEach(static h => h.Dispose());
            File.Delete(_folder.At("u_1"));
        }

        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
    }
}
