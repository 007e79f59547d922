// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Net.Sockets;
using VhostDevice.Devices.Vsock;
using VhostDevice.TestKit.Vsock;

namespace VhostDevice.Program.Tests.Vsock;

/// <summary>vhost-device vsock, in its sandbox: one guest, several, guests that come and go.</summary>
public sealed class VsockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly VsockHost _host;

    public VsockTests() => _host = new VsockHost(_folder);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("full")]
    [InlineData("seccomp")]
    [InlineData("off")]
    public void One_guest_connects_both_ways(string sandbox)
    {
        using ChildProcess daemon = _host.Start("--guest-cid=5", "--socket", _folder.At("s"), "--uds-path", _folder.At("u"), "--sandbox", sandbox);
        daemon.Err.WaitFor("listening on");
        VsockDriver guest = _host.Guest("s", 5);
        using (guest.Front)
        {
            Assert.Equal([5, 0, 0, 0, 0, 0, 0, 0], guest.Front.ReadConfig(0, 8));
            using Socket host = _host.Connect("u", guest, 52, out VsockConnection connection);
            host.Send("to the guest"u8);
            Assert.Equal("to the guest"u8.ToArray(), connection.Read(12));
            connection.Write("to the host"u8);
            Assert.Equal("to the host", VsockHost.Read(host, 11));

            using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            listener.Bind(new UnixDomainSocketEndPoint(_folder.At("u_77")));
            listener.Listen();
            VsockConnection second = new(guest, 1000, VsockCid.Host, 77);
            second.Send(VsockOp.Request);
            second.Expect(VsockOp.Response);
            using Socket accepted = listener.Accept();
            second.Write("knock"u8);
            Assert.Equal("knock", VsockHost.Read(accepted, 5));
            // Nobody is there.
            new VsockConnection(guest, 1001, VsockCid.Host, 78).Send(VsockOp.Request);
            guest.Expect(VsockOp.Reset);
            File.Delete(_folder.At("u_77"));
        }

        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
        Assert.Empty(_folder.Names);
    }

    /// <summary>What the sandbox must allow besides streams: other kinds of sockets, and a larger send buffer.</summary>
    [Fact]
    public void Messages_reach_sockets_of_messages_and_of_datagrams_and_may_be_long()
    {
        using ChildProcess daemon = _host.Start("--socket", _folder.At("s"), "--uds-path", _folder.At("u"));
        daemon.Err.WaitFor("listening on");
        VsockDriver guest = _host.Guest("s", 3);
        using Socket notified = new(
            AddressFamily.Unix,
            SocketType.Dgram,
            ProtocolType.Unspecified)
        {
            ReceiveTimeout = (int)Patience.Time.TotalMilliseconds,
        };
        using Socket listener = new(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);
        using (guest.Front)
        {
            notified.Bind(new UnixDomainSocketEndPoint(_folder.At("u_1234")));
            VsockConnection first = new(guest, 1000, VsockCid.Host, 1234, VsockType.SeqPacket);
            first.Send(VsockOp.Request);
            first.Expect(VsockOp.Response);
            first.Expect(VsockOp.Shutdown);
            first.Write("READY=1"u8, VsockFlags.EndOfMessage);
            byte[] got = new byte[300_000];
            Assert.Equal("READY=1"u8.ToArray(), got[..notified.Receive(got)]);

            listener.Bind(new UnixDomainSocketEndPoint(_folder.At("u_1235")));
            listener.Listen();
            VsockConnection second = new(guest, 1001, VsockCid.Host, 1235, VsockType.SeqPacket);
            second.Send(VsockOp.Request);
            second.Expect(VsockOp.Response);
            using Socket accepted = listener.Accept();
            accepted.ReceiveTimeout = (int)Patience.Time.TotalMilliseconds;
            for (int i = 1; i <= 8; i++)
                second.Write(new byte[30_000], i == 8 ? VsockFlags.EndOfMessage : 0);
            Assert.Equal(240_000, accepted.Receive(got));
            File.Delete(_folder.At("u_1234"));
            File.Delete(_folder.At("u_1235"));
        }

        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
    }

    /// <summary>A guest that has all the connections it may have, and programs that say nothing, keep nobody else out.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void No_guest_and_no_program_uses_up_the_descriptors_of_others(bool isGuest)
    {
        string[] vms =
        [
            "--vm", $"guest-cid=3,socket={_folder.At("a")},uds-path={_folder.At("ua")}", "--vm",
            $"guest-cid=4,socket={_folder.At("b")},uds-path={_folder.At("ub")}",
        ];
        using ChildProcess daemon = ChildProcess.Start("/bin/sh", ["-c", "ulimit -n 256; exec \"$0\" \"$@\"", ProgramFile.Path, "vsock", .. vms]);
        daemon.Err.WaitFor($"listening on {_folder.At("b")}");
        VsockDriver greedy = _host.Guest("a", 3);
        List<Socket> hosts = [];
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(_folder.At("ua_1")));
        listener.Listen(400);
        int refused = 0;
        for (uint i = 0; i < 300; i++)
        {
            if (!isGuest)
            {
                Socket silent = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                silent.Connect(new UnixDomainSocketEndPoint(_folder.At("ua")));
                hosts.Add(silent);
                continue;
            }

            new VsockConnection(greedy, 1000 + i, VsockCid.Host, 1).Send(VsockOp.Request);
            VsockPacket answer = greedy.Receive();
            if (answer.Op == VsockOp.Response)
                hosts.Add(listener.Accept());
            else
                refused++;
        }

        VsockDriver other = _host.Guest("b", 4);
        new VsockConnection(other, 1000, VsockCid.Host, 1).Send(VsockOp.Request);
        other.Expect(VsockOp.Reset);
        if (isGuest)
            Assert.Equal((300 - refused, DescriptorShare.Of(256, 2)), (hosts.Count, hosts.Count));
        other.Front.Dispose();
        greedy.Front.Dispose();
        hosts.ForEach(static h => h.Dispose());
        File.Delete(_folder.At("ua_1"));
        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
    }

    [Fact]
    public void Guests_of_a_file_reach_each_other_and_others_join_and_leave()
    {
        File.WriteAllText(_folder.At("vms.yaml"), $"""
            vms:
              - guest_cid: 3
                socket: {_folder.At("s3")}
                uds_path: {_folder.At("u3")}
              - guest-cid: 4
                socket: {_folder.At("s4")}
                uds-path: {_folder.At("u4")}
                groups: [default, more]
            """);
        using ChildProcess daemon = _host.Start("--config", _folder.At("vms.yaml"), "--control-socket", _folder.At("c"));
        daemon.Err.WaitFor($"listening on {_folder.At("s4")}");
        Assert.Equal(2, _host.Ask("list").Success().Length);
        string ninth = $"guest-cid=9,socket={_folder.At("s9")},uds-path={_folder.At("u9")}";
        Assert.Empty(_host.Ask("add", ninth).Success());
        Assert.StartsWith(
            "vhost-device: CID already in use by another vsock device: 9",
            _host.Ask("add", ninth).RuntimeError(),
            StringComparison.Ordinal);
        Assert.StartsWith("vhost-device: there is no guest '10' here", _host.Ask("remove", "10").RuntimeError(), StringComparison.Ordinal);
        VsockDriver third = _host.Guest("s3", 3);
        VsockDriver joined = _host.Guest("s9", 9);
        using (third.Front)
        using (joined.Front)
        {
            VsockConnection from = new(third, 100, 9, 200);
            from.Send(VsockOp.Request);
            VsockConnection to = new(joined, 200, 3, 100);
            to.Expect(VsockOp.Request);
            to.Send(VsockOp.Response);
            from.Expect(VsockOp.Response);
            from.Write("hello, sibling"u8);
            Assert.Equal("hello, sibling"u8.ToArray(), to.Read(14));
            Assert.Equal(
                [
                    $"guest-cid=3,socket={_folder.At("s3")},uds-path={_folder.At("u3")},groups=default,connections=1,guest=running",
                    $"guest-cid=4,socket={_folder.At("s4")},uds-path={_folder.At("u4")},groups=default+more,connections=0,guest=absent",
                    ninth + ",groups=default,connections=1,guest=running",
                ],
                _host.Ask("list").Success());
            Assert.Empty(_host.Ask("remove", "9").Success());
            from.Expect(VsockOp.Reset);
        }

        Assert.False(File.Exists(_folder.At("s9")) || File.Exists(_folder.At("u9")));
        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
        Assert.Equal(["vms.yaml"], _folder.Names);
    }

    // Third and fifth have no group in common, and reach each other through the fourth.
    [Fact]
    public void Guests_that_do_not_reach_each_other_may_have_threads_of_their_own()
    {
        string[] groups = ["a", "a+b", "b", "c"];
        string[] arguments =
        [
            .. groups.SelectMany(
                (g, i) =>
                    (string[])[
                        "--vm",
                        $"guest-cid={i + 3},socket={_folder.At($"s{i + 3}")},uds-path={_folder.At($"u{i + 3}")},groups={g}",
                    ]),
        ];
        using ChildProcess daemon = _host.Start([.. arguments, "--loop-per-vm"]);
        daemon.Err.WaitFor($"listening on {_folder.At("s6")}");
        VsockDriver[] guests = [.. Enumerable.Range(3, 4).Select(cid => _host.Guest($"s{cid}", (ulong)cid))];
        string[] names = [.. Directory.GetDirectories($"/proc/{daemon.Id}/task").Select(t => File.ReadAllText(Path.Combine(t, "comm")).Trim())];
        Assert.Equal(["socket-1"], names.Where(n => n.StartsWith("socket-", StringComparison.Ordinal)));
        for (int i = 0; i < guests.Length; i++)
        {
            using Socket host = _host.Connect($"u{i + 3}", guests[i], 52, out VsockConnection connection);
            host.Send("to the guest"u8);
            Assert.Equal("to the guest"u8.ToArray(), connection.Read(12));
            host.Close();
            connection.Expect(VsockOp.Shutdown);
        }

        VsockConnection from = new(guests[0], 100, 4, 200);
        from.Send(VsockOp.Request);
        VsockConnection to = new(guests[1], 200, 3, 100);
        to.Expect(VsockOp.Request);
        to.Send(VsockOp.Response);
        from.Expect(VsockOp.Response);
        new VsockConnection(guests[0], 101, 6, 200).Send(VsockOp.Request);
        guests[0].Expect(VsockOp.Reset);
        foreach (VsockDriver guest in guests)
            guest.Front.Dispose();
        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
        Assert.Empty(_folder.Names);
    }

    [Theory]
    [InlineData(
        "--loop-per-vm and --control-socket exclude each other: a guest that comes later could connect guests of different threads",
        "--socket",
        "s",
        "--uds-path",
        "u",
        "--loop-per-vm",
        "--control-socket",
        "c")]
    [InlineData("--socket PATH is missing (or --fd FDNUM, or --vm or --config)", "--uds-path", "u")]
    [InlineData("--uds-path PATH is missing (or --forward-cid CID): how programs of the host reach the guest", "--socket", "s")]
    [InlineData("--uds-path excludes --forward-cid and --forward-listen", "--socket", "s", "--uds-path", "u", "--forward-cid", "1")]
    [InlineData(
        "invalid value 'socket=s,uds-path=u,forward-listen=1' for --vm: forward-listen goes with forward-cid, not with uds-path",
        "--vm",
        "socket=s,uds-path=u,forward-listen=1")]
    [InlineData("--forward-listen: 'x' is no port: PORT or PORT/seqpacket", "--socket", "s", "--forward-cid", "1", "--forward-listen", "1+x")]
    [InlineData("--vm and --config exclude each other: give one of them", "--vm", "socket=s,uds-path=u", "--config", "f")]
    [InlineData(
        "--guest-cid is for a single guest, and --vm says all about its guests: leave --guest-cid out",
        "--vm",
        "socket=s,uds-path=u",
        "--guest-cid",
        "4")]
    [InlineData("--socket is for a single guest, and --config says all about its guests: leave --socket out", "--config", "f", "--socket", "s")]
    [InlineData("invalid value 'socket' for --vm: bad argument 'socket': KEY=VALUE was expected, with commas between several", "--vm", "socket")]
    [InlineData("--queue-size 100 is not possible: a power of two up to 32768", "--socket", "s", "--uds-path", "u", "--queue-size", "100")]
    [InlineData("--guest-cid 1 is not possible: 3 to 4294967294", "--socket", "s", "--uds-path", "u", "--guest-cid", "1")]
    public void Configurations_that_make_no_sense(string expected, params string[] arguments) =>
        Assert.Equal("vhost-device: " + expected, Command.Program(["vsock", .. arguments]).UsageError());

    [Fact]
    public void Files_that_are_not_there_or_wrong()
    {
        Assert.Equal(
            $"vhost-device: the file {_folder.At("f")} cannot be read: No such file or directory",
            Command.Program("vsock", "--config", _folder.At("f")).RuntimeError());
        File.WriteAllText(_folder.At("f"), "vms:\n  - socket: s\n");
        Assert.Equal(
            $"vhost-device: {_folder.At("f")}:2:5: required key 'uds-path or forward-cid' not found",
            Command.Program("vsock", "--config", _folder.At("f")).UsageError());
    }

    [Fact]
    public void Guests_with_the_same_CID_do_not_start()
    {
        string[] vms =
        [
            "--vm", $"socket={_folder.At("a")},uds-path={_folder.At("b")}", "--vm",
            $"socket={_folder.At("c")},uds-path={_folder.At("d")}",
        ];
        Assert.StartsWith(
            "vhost-device: CID already in use by another vsock device: 3",
            Command.Program(["vsock", .. vms]).UsageError(),
            StringComparison.Ordinal);
        Assert.Empty(_folder.Names);
    }
}
