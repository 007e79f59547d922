// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Program.Tests.Can;

/// <summary>vhost-device can: what is refused, and two guests on a simulated bus of the native program.</summary>
public sealed class CanTests : IDisposable
{
    private static readonly FrontEndDeviceOptions s_options = new()
    {
        QueueSizes = [16, 16, 16],
        MemorySize = 1 << 20,
        ReplyTimeout = Patience.Time,
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--can-devices NAMES is missing: the host's CAN interfaces (or --simulate NAME: a simulated bus)")]
    [InlineData("--can-devices and --simulate exclude each other: give one of them", "-d", "can0", "--simulate", "a")]
    [InlineData("--can-devices names no interface", "-d", " ")]
    [InlineData("--simulate a::b: each bus has a name, with a colon between two", "--simulate", "a::b")]
    [InlineData("--socket-count 0 is not possible: 1 to 1024", "--simulate", "a", "-c", "0")]
    [InlineData("there are 2 interfaces for 1 socket: give one for each", "--simulate", "a:a", "-c", "1")]
    [InlineData("there is 1 interface for 2 sockets: give one for each", "--simulate", "a", "-c", "2")]
    [InlineData(
        "--simulate a@2M: '2M' is no bit rate: 1k to 1M bits per second, or 500k/2M: with another rate, up to 8M, for the data of FD frames",
        "--simulate", "a@2M")]
    [InlineData("--simulate a@1M:a@500k: the bus 'a' has two bit rates, 1M and 500k", "--simulate", "a@1M:a@500k")]
    [InlineData("--simulate @1M: each bus has a name, with a colon between two", "--simulate", "@1M")]
    [InlineData("--filter: there are 2 for 3 sockets: give one for each, or one for all", "--simulate", "a:a:a", "--filter", "123/7FF:")]
    [InlineData(
        "--late-ack is for interfaces of the host: simulated buses with a bit rate offer it anyway", "--simulate", "a", "--late-ack")]
    [InlineData("--bridge b=can0: BUS=TO, and BUS is one of a", "--simulate", "a", "--bridge", "b=can0")]
    [InlineData("--bridge is for simulated buses: give --simulate too", "-d", "can0", "--bridge", "a=can0")]
    [InlineData(
        "'udp:1.2.3.4' is no peer: udp:ADDRESS:PORT, or udp:ADDRESS:PORT:LOCALPORT", "--simulate", "a", "--bridge", "a=udp:1.2.3.4")]
    [InlineData("--send-timeout 0 is not possible: 1 to 60000 milliseconds", "--simulate", "a", "--send-timeout", "0")]
    public void What_makes_no_sense_is_a_usage_error(string expected, params string[] arguments)
    {
        Assert.Equal("vhost-device: " + expected, Run(arguments).UsageError());
        Assert.Empty(_folder.Names);
    }

    [Theory]
    [InlineData("no_such_can0")]
    [InlineData("no_such_can0 no_such_can1")]
    [InlineData("lo")]
    [InlineData("a-name-that-no-interface-can-have")]
    [InlineData("can0,can1")]
    public void An_interface_that_is_not_there_ends_the_start(string names)
    {
        // On a kernel without CAN that is what is said.
        Assert.Contains("CAN", Run("-d", names).RuntimeError(), StringComparison.Ordinal);
        Assert.Empty(_folder.Names);
    }

    [Fact]
    public void A_frame_goes_from_guest_to_guest_in_the_sandbox()
    {
        using ChildProcess daemon = ChildProcess.Start(ProgramFile.Path, ["can", "-s", _folder.At("can"), "--simulate", "a:a", "-c", "2"]);
        Eventually.Holds(() => File.Exists(_folder.At("can0")) && File.Exists(_folder.At("can1")), () => "the daemon does not listen");
        using FrontEndDevice first = FrontEndDevice.Connect(_folder.At("can0"), s_options);
        using FrontEndDevice second = FrontEndDevice.Connect(_folder.At("can1"), s_options);
        Assert.Equal(7ul, first.OfferedFeatures & 0xFF_FFFF);
        // A front-end may ask for more than there is.
        Assert.Equal(new byte[16], first.ReadConfig(0, 16));
        Assert.Equal([0], Request(first, 2, [1, 2]));
        Assert.Equal([0], Request(second, 2, [1, 2]));
        ulong at = second.Memory.Allocate(80);
        second.Queues[1].Add(DriverBuffer.Writable(at, 80));
        second.Queues[1].Submit();
        Assert.Equal([0], Request(first, 0, [1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x23, 1, 0, 0, 7, 8, 9]));
        Assert.True(second.Queues[1].WaitForUsed(Patience.Time));
        Assert.True(second.Queues[1].TryPop(out UsedChain used));
        byte[] expected = [1, 1, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x23, 1, 0, 0, 7, 8, 9];
        Assert.Equal(expected, second.Memory.Span(at, (int)used.Length).ToArray());
    }

    [Fact]
    public void Frames_are_recorded_and_filtered_and_take_their_time_in_the_sandbox()
    {
        string log = _folder.At("r.log"), capture = _folder.At("r.pcapng");
        using ChildProcess daemon = ChildProcess.Start(
            ProgramFile.Path,
            ["can", "-s", _folder.At("can"), "--simulate", "a@1M:a", "--filter", "tx=100/700:", "--record", $"{log},{capture}"]);
        Eventually.Holds(() => File.Exists(_folder.At("can0")) && File.Exists(_folder.At("can1")), () => "the daemon does not listen");
        using (FrontEndDevice first = FrontEndDevice.Connect(_folder.At("can0"), s_options))
        {
            Assert.Equal(15ul, first.OfferedFeatures & 0xFF_FFFF);
            Assert.Equal([0], Request(first, 2, [1, 2]));
            Assert.Equal([0], Request(first, 0, [1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x23, 1, 0, 0, 7]));
            Assert.Equal([1], Request(first, 0, [1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x23, 2, 0, 0, 7]));
        }

        daemon.Signal(15);
        Assert.Equal(0, daemon.WaitForExit());
        Assert.EndsWith(" a 123#07", Assert.Single(File.ReadAllLines(log)), StringComparison.Ordinal);
        Assert.Equal([0x0A, 0x0D, 0x0D, 0x0A], File.ReadAllBytes(capture)[..4]);
    }

    [Fact]
    public void A_bus_is_joined_to_that_of_another_daemon_in_the_sandbox()
    {
        int port = 20_000 + (Environment.ProcessId % 20_000);
        using ChildProcess one = Daemon("one", $"a=udp:127.0.0.1:{port}:{port + 1}"), two = Daemon("two", $"b=udp:127.0.0.1:{port + 1}:{port}");
        using FrontEndDevice first = FrontEndDevice.Connect(_folder.At("one0"), s_options);
        using FrontEndDevice second = FrontEndDevice.Connect(_folder.At("two0"), s_options);
        Assert.Equal([0], Request(first, 2, [1, 2]));
        Assert.Equal([0], Request(second, 2, [1, 2]));
        ulong at = second.Memory.Allocate(80);
        second.Queues[1].Add(DriverBuffer.Writable(at, 80));
        second.Queues[1].Submit();
        Assert.Equal([0], Request(first, 0, [1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x23, 1, 0, 0, 7]));
        Assert.True(second.Queues[1].WaitForUsed(Patience.Time));
        Assert.True(second.Queues[1].TryPop(out UsedChain used));
        Assert.Equal(17u, used.Length);

        ChildProcess Daemon(string name, string bridge)
        {
            ChildProcess daemon = ChildProcess.Start(
                ProgramFile.Path, ["can", "-s", _folder.At(name), "--simulate", bridge[..1], "--bridge", bridge]);
            Eventually.Holds(() => File.Exists(_folder.At(name + "0")), () => "the daemon does not listen");
            return daemon;
        }
    }

    [Fact]
    public void A_recording_is_played_on_a_board()
    {
        string board = _folder.At("b.yaml"), control = _folder.At("c"), first = _folder.At("first.log"), second = _folder.At("second.log");
        File.WriteAllText(board, "can: [{bus: body, bitrate: 1M}, {controller: can0, bus: body}]");
        string[] frames = [.. Enumerable.Range(0, 400).Select(i => $"{i:X3}#{i & 0xFF:X2}")];
        File.WriteAllLines(first, frames.Select((f, i) => $"(5.{i:d6}) {(i % 2 == 0 ? "x" : "y")} {f}"));
        using ChildProcess daemon = ChildProcess.Start(
            ProgramFile.Path,
            ["board", "serve", "-s", _folder.At("s"), "--board", board, "--control-socket", control, "--record", second]);
        Eventually.Holds(() => File.Exists(control), () => "the daemon does not listen");
        Assert.Equal(["400 frames sent on body"], Replay(first, "--speed", "0").Out);
        Assert.Equal(["200 frames sent on body"], Replay(first, "--channel", "y", "--speed", "2.5").Out);
        Assert.Equal("vhost-device: there is no bus 'leg': body", ReplayOn("leg", first, []).RuntimeError());
        Assert.StartsWith($"vhost-device: {board} is no recording", Replay(board).RuntimeError(), StringComparison.Ordinal);
        Assert.StartsWith($"vhost-device: {first}.x cannot be read: ", Replay(first + ".x").RuntimeError(), StringComparison.Ordinal);
        Assert.Equal("vhost-device: --speed -1 is not possible: 0 to 1000000", Replay(first, "--speed", "-1").UsageError());
        daemon.Signal(15);
        Assert.Equal(0, daemon.WaitForExit());
        string[] recorded = [.. File.ReadAllLines(second).Select(static l => l.Split(' ')[2])];
        Assert.Equal([.. frames, .. frames.Where(static (_, i) => i % 2 == 1)], recorded);

        CommandResult Replay(string file, params string[] options) => ReplayOn("body", file, options);

        CommandResult ReplayOn(string bus, string file, string[] options) =>
            Command.Program(["board", "replay", bus, file, "--control-socket", control, .. options]);
    }

    private static byte[] Request(FrontEndDevice guest, int queue, byte[] data)
    {
        ulong at = guest.Memory.Allocate((ulong)data.Length + 1);
        guest.Memory.Write(at, data);
        guest.Queues[queue].Add(DriverBuffer.Readable(at, (uint)data.Length), DriverBuffer.Writable(at + (ulong)data.Length, 1));
        guest.Queues[queue].Submit();
        Assert.True(guest.Queues[queue].WaitForUsed(Patience.Time));
        Assert.True(guest.Queues[queue].TryPop(out UsedChain used));
        return guest.Memory.Span(at + (ulong)data.Length, (int)used.Length).ToArray();
    }

    private CommandResult Run(params string[] arguments) => Command.Program(["can", "-s", _folder.At("can"), .. arguments]);
}
