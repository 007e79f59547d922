// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Net.Sockets;
using System.Text;
using VhostDevice.TestKit.Vsock;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Program.Tests.Vsock;

/// <summary>Guests and host programs of a vsock daemon in a folder.</summary>
internal sealed class VsockHost(TemporaryFolder folder)
{
    internal static FrontEndDeviceOptions Options { get; } = new()
    {
        QueueSizes = [128, 128, 8],
        MemorySize = 8 << 20,
        ReplyTimeout = Patience.Time,
    };

    internal string Path(string name) => folder.At(name);

    internal ChildProcess Start(params string[] arguments) => ChildProcess.Start(ProgramFile.Path, ["vsock", .. arguments]);

    internal CommandResult Ask(params string[] request) => Command.Program(["vsock", .. request, "--control-socket", Path("c")]);

    internal VsockDriver Guest(string socket, ulong cid) => new(FrontEndDevice.Connect(Path(socket), Options), cid);

    /// <summary>A host program that connects to a port of a guest, which answers.</summary>
    internal Socket Connect(string uds, VsockDriver guest, uint port, out VsockConnection connection)
    {
        Socket host = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = (int)Patience.Time.TotalMilliseconds };
        host.Connect(new UnixDomainSocketEndPoint(Path(uds)));
        host.Send(Encoding.ASCII.GetBytes($"CONNECT {port}\n"));
        uint from = guest.Expect(Devices.Vsock.VsockOp.Request).Header.SourcePort;
        connection = new VsockConnection(guest, port, Devices.Vsock.VsockCid.Host, from);
        connection.Send(Devices.Vsock.VsockOp.Response);
        string ok = $"OK {port}\n";
        Assert.Equal(ok, Read(host, ok.Length));
        return host;
    }

    internal static string Read(Socket host, int count)
    {
        byte[] bytes = new byte[count];
        for (int at = 0; at < count;)
        {
            int n = host.Receive(bytes, at, count - at, SocketFlags.None);
            Assert.NotEqual(0, n);
            at += n;
        }

        return Encoding.ASCII.GetString(bytes);
    }
}
