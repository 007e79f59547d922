// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Program.Tests.CommandLine;

public sealed class ProbeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Our_own_back_end()
    {
        using Daemon daemon = Daemon.Start();
        string[] lines = Command.Program("probe", "--socket-path", daemon.Socket()).Success();
        Assert.Equal("features: 0x", lines[0][..12]);
        Assert.Contains("  VIRTIO_F_VERSION_1", lines);
        Assert.Contains("  VHOST_USER_F_PROTOCOL_FEATURES", lines);
        Assert.Contains("  VIRTIO_F_EVENT_IDX", lines);
        Assert.Contains(lines, l => l.StartsWith("protocol features: 0x", StringComparison.Ordinal));
        Assert.Contains("  MQ", lines);
        Assert.Contains("  REPLY_ACK", lines);
        Assert.Contains("  INBAND_NOTIFICATIONS", lines);
        Assert.Contains("queues: 1", lines);
        Assert.Contains("memory slots: 509", lines);
        Assert.Contains("device status: 0x0", lines);
        // The entropy device has no configuration space.
        Assert.DoesNotContain(lines, l => l.StartsWith("configuration space", StringComparison.Ordinal));
    }

    [Fact]
    public void While_a_guest_has_the_device()
    {
        using Daemon daemon = Daemon.Start();
        using Guest guest = daemon.Connect();
        Assert.Contains("queues: 1", Command.Program("probe", "-s", daemon.Socket()).Success());
        Assert.NotEmpty(guest.Ask(8));
    }

    [Fact]
    public void The_socket_may_be_a_plain_word()
    {
        using Daemon daemon = Daemon.Start();
        Assert.Contains("queues: 1", Command.Program("probe", daemon.Socket()).Success());
        Assert.Contains("queues: 1", Command.Program("probe", "-d", "rng", daemon.Socket()).Success());
    }

    [Theory]
    [InlineData("rng")]
    [InlineData("4")]
    [InlineData("vsock")]
    public void The_device_may_be_named(string device)
    {
        using Daemon daemon = Daemon.Start();
        Assert.Contains("queues: 1", Command.Program("probe", "-s", daemon.Socket(), "-d", device).Success());
    }

    [Fact]
    public void Nothing_is_there() =>
        Assert.Equal($"vhost-device: cannot connect to {_folder.At("x")}: No such file or directory", Probe(_folder.At("x")).RuntimeError());

    [Fact]
    public void A_file_is_there()
    {
        File.WriteAllText(_folder.At("x"), "");
        Assert.Equal($"vhost-device: cannot connect to {_folder.At("x")}: Connection refused", Probe(_folder.At("x")).RuntimeError());
    }

    [Fact]
    public void Nobody_listens_any_more()
    {
        Sockets.Listen(_folder.At("x")).Dispose();
        Assert.Equal($"vhost-device: cannot connect to {_folder.At("x")}: Connection refused", Probe(_folder.At("x")).RuntimeError());
    }

    [Fact]
    public void The_path_is_too_long()
    {
        string path = _folder.At(new string('x', 200));
        Assert.Equal($"vhost-device: cannot connect to {path}: a socket path has at most 107 bytes", Probe(path).RuntimeError());
    }

    [Fact]
    public void Somebody_listens_and_says_nothing()
    {
        using OwnedFd silent = Sockets.Listen(_folder.At("x"));
        Assert.Equal(
            "vhost-device: the probe ended early: GET_FEATURES: no answer within 0.05 s",
            Command.Program("probe", "-s", _folder.At("x"), "--timeout", "50").RuntimeError());
    }

    [Fact]
    public void Somebody_hangs_up()
    {
        using OwnedFd listener = Sockets.Listen(_folder.At("x"));
        using ChildProcess probe = ChildProcess.Start(ProgramFile.Path, ["probe", "-s", _folder.At("x")]);
        Assert.True(EventFd.Wait(listener.Fd, Patience.Milliseconds));
        Assert.True(UnixSocket.Accept(listener.Fd, out OwnedFd? connection).IsSuccess);
        connection!.Dispose();
        Assert.Equal(1, probe.WaitForExit());
        Assert.StartsWith("vhost-device: the probe ended early: GET_FEATURES: ", Assert.Single(probe.Err.WaitForEnd()), StringComparison.Ordinal);
    }

    private static CommandResult Probe(string path) => Command.Program("probe", "-s", path);
}
