// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Program.Tests.Boards;

/// <summary>vhost-device board: one process serves a board's bus and chip, another one drives it.</summary>
public sealed class BoardTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_guest_reads_the_temperature_that_was_set()
    {
        using ChildProcess board = Serve("--record", _folder.At("r.txt") + "," + _folder.At("r.vcd"));
        Assert.Equal(["21.5"], Ask("get", "temp0", "temperature"));
        Assert.Equal([], Ask("set", "lm75@48", "temperature", "-4.5"));
        using (FrontEndDevice guest = FrontEndDevice.Connect(_folder.At("b.i2c0"), Options(1)))
            Assert.Equal([0xfb, 0x80], Read(guest, 0x48, 0, 2));
        Stop(board);
        Assert.Contains(" i2c i2c0 S 48 w+ 00+ Sr 48 r+ fb+ 80- P", File.ReadAllText(_folder.At("r.txt")), StringComparison.Ordinal);
        Assert.Contains("$var wire 1 ! i2c0_scl $end", File.ReadAllText(_folder.At("r.vcd")), StringComparison.Ordinal);
    }

    [Fact]
    public void Mistakes_are_said_in_one_line()
    {
        using ChildProcess board = Serve();
        Assert.Equal("vhost-device: temperature cannot be 'hot': -55 to 125 °C", Client("set", "temp0", "temperature", "hot").RuntimeError());
        Assert.StartsWith("vhost-device: there is no part 'x': temp0, ", Client("get", "x", "y").RuntimeError(), StringComparison.Ordinal);
        Assert.Equal(2, Client("set", "temp0").Status);
        Assert.Equal("vhost-device: BUTTON is missing: press BUTTON [MILLISECONDS]", Command.Program("board", "press").UsageError());
        Assert.Equal(2, Client("get", "temp0", "temperature", "now").Status);
        Stop(board);
        Assert.StartsWith($"vhost-device: no board listens on {_folder.At("c")}: ", Client("list").RuntimeError(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_change_is_watched()
    {
        using ChildProcess board = Serve();
        using ChildProcess watch = ChildProcess.Start(ProgramFile.Path, ["board", "watch", "button0", "--control-socket", _folder.At("c")]);
        // It has no word for "I listen now": so until it hears something.
        Eventually.Holds(
            () =>
            {
                Assert.Equal([], Ask("press", "button0"));
                Assert.Equal([], Ask("release", "button0"));
                return watch.Out.Lines.Length > 0;
            },
            () => "nothing was heard");
        // It may have begun between the two, and have heard only the second. From there on nothing is missing.
        Eventually.Holds(() => watch.Out.Lines[^1] == "button0 pressed off", () => watch.Out.Lines[^1]);
        int heard = watch.Out.Lines.Length;
        Assert.Equal([], Ask("press", "button0"));
        Eventually.Holds(() => watch.Out.Lines.Length > heard, () => "the next change was not heard");
        Assert.Equal("button0 pressed on", watch.Out.Lines[heard]);
        Stop(board);
        Assert.Equal(0, watch.WaitForExit());
    }

    [Fact]
    public void A_button_is_let_go_when_its_time_is_over()
    {
        using ChildProcess board = Serve();
        Assert.Equal([], Ask("press", "button0", "3600000"));
        Assert.Equal(["on"], Ask("get", "button0", "pressed"));
        Assert.Equal([], Ask("press", "button0", "1"));
        Eventually.Holds(() => Ask("get", "button0", "pressed") is ["off"], () => "it is still pressed");
        Stop(board);
        Assert.False(File.Exists(_folder.At("c")));
    }

    [Fact]
    public void The_i2c_device_serves_its_side_of_a_board_alone()
    {
        using ChildProcess i2c = Start(
            [
                "i2c", "-s", _folder.At("i"), "--board", "demo", "--control-socket", _folder.At("c"), "--record",
                _folder.At("r.txt"),
            ],
            _folder.At("i0"));
        Assert.Equal([], Ask("set", "temp0", "temperature", "42.5"));
        using (FrontEndDevice guest = FrontEndDevice.Connect(_folder.At("i0"), Options(1)))
            Assert.Equal([0x2a, 0x80], Read(guest, 0x48, 0, 2));
        Stop(i2c);
        Assert.Contains(" S 48 w+ 00+ Sr 48 r+ 2a+ 80- P", File.ReadAllText(_folder.At("r.txt")), StringComparison.Ordinal);
    }

    [Fact]
    public void What_goes_to_an_address_is_counted()
    {
        using ChildProcess board = Serve("--metrics-socket", _folder.At("m"));
        using (FrontEndDevice guest = FrontEndDevice.Connect(_folder.At("b.i2c0"), Options(1)))
            _ = Read(guest, 0x48, 0, 2);
        string[] metrics = UnixHttp.Get(_folder.At("m")).Split('\n');
        string socket = $"device=\"board\",socket=\"{_folder.At("b.i2c0")}\"";
        Assert.Contains($"vhost_device_i2c_transfers_total{{{socket}}} 1", metrics);
        Assert.Contains($"vhost_device_i2c_read_bytes_total{{{socket},bus=\"i2c0\",address=\"0x48\"}} 2", metrics);
        Assert.Contains($"vhost_device_i2c_messages_total{{{socket},bus=\"i2c0\",address=\"0x49\"}} 0", metrics);
        Stop(board);
    }

    [Fact]
    public void A_file_with_a_mistake_is_not_served()
    {
        string path = _folder.At("board.yaml");
        File.WriteAllText(path, "i2c:\n  - bus: i2c0\n    devices:\n      - model: lm74\n");
        string problem = Command.Program("board", "serve", "-s", _folder.At("b"), "--board", path).UsageError();
        Assert.StartsWith($"vhost-device: {path}:4:16: there is no model 'lm74' here: lm75, ", problem, StringComparison.Ordinal);
        File.WriteAllText(path, string.Join('\n', Command.Program("board", "example").Success()));
        using ChildProcess board = Serve("--board", path);
        Stop(board);
    }

    [Fact]
    public void What_belongs_to_boards_is_refused_without_one()
    {
        Assert.Equal(
            "vhost-device: --record is for simulated boards: give --board too",
            Command.Program("gpio", "-s", _folder.At("g"), "-l", "s4", "--record", "x").UsageError());
        Assert.Contains(
            "--record /nowhere/x cannot be written: its folder does not exist",
            Command.Program("board", "serve", "-s", _folder.At("b"), "--record", "/nowhere/x").RuntimeError(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_display_is_saved_as_a_picture()
    {
        using ChildProcess board = Serve();
        Assert.Equal([], Ask("picture", "display0", _folder.At("p.png")));
        byte[] png = File.ReadAllBytes(_folder.At("p.png"));
        Assert.Equal([0x89, 0x50, 0x4e, 0x47], png[..4]);
        Assert.Equal("IEND"u8.ToArray(), png[^8..^4]);
        // Without a name it goes to standard output, whole.
        string printed = $"'{ProgramFile.Path}' board picture display0 --control-socket '{_folder.At("c")}'";
        Assert.Equal([], Command.Run("/bin/sh", ["-c", $"{printed} | cmp - '{_folder.At("p.png")}'"]).Success());
        Assert.Contains(
            "/nowhere/p.png cannot be written: ", Client("picture", "display0", "/nowhere/p.png").RuntimeError(), StringComparison.Ordinal);
        Assert.Equal("vhost-device: there is no display 'temp0': display0", Client("picture", "temp0").RuntimeError());
        Stop(board);
    }

    [Fact]
    public void The_gpio_device_serves_its_side_of_a_board_alone()
    {
        using ChildProcess gpio = Start(["gpio", "-s", _folder.At("g"), "--board", "demo"], _folder.At("g0"));
        using (FrontEndDevice guest = FrontEndDevice.Connect(_folder.At("g0"), Options(2)))
            Assert.Equal(10, guest.ReadConfig(0, 8)[0]);
        Stop(gpio);
    }

    private static FrontEndDeviceOptions Options(int queues) => new()
    {
        QueueSizes = [.. Enumerable.Repeat((ushort)16, queues)],
        MemorySize = 1 << 20,
        ReplyTimeout = Patience.Time,
    };

    // A write of the register's number and a read, as one transfer: the first says that it goes on (FAIL_NEXT).
    private static byte[] Read(FrontEndDevice guest, byte address, byte register, int count)
    {
        ulong at = guest.Memory.Allocate(64);
        SplitDriverQueue queue = guest.Split(0);
        Span<byte> room = guest.Memory.Span(at, 64);
        room.Clear();
        (room[0], room[4], room[8]) = ((byte)(address << 1), 1, register);
        (room[16], room[20]) = ((byte)(address << 1), 2);
        queue.Add(DriverBuffer.Readable(at, 8), DriverBuffer.Readable(at + 8, 1), DriverBuffer.Writable(at + 9, 1));
        queue.Add(DriverBuffer.Readable(at + 16, 8), DriverBuffer.Writable(at + 24, (uint)count), DriverBuffer.Writable(at + 40, 1));
        queue.Submit();
        for (int i = 0; i < 2; i++)
        {
            Assert.True(queue.WaitForUsed(Patience.Time), "No answer came.");
            Assert.True(queue.TryPop(out _));
        }

        room = guest.Memory.Span(at, 64);
        Assert.Equal((0, 0), (room[9], room[40]));
        return room.Slice(24, count).ToArray();
    }

    private static void Stop(ChildProcess process)
    {
        process.Signal(Libc.SIGTERM);
        Assert.Equal(0, process.WaitForExit());
    }

    private static ChildProcess Start(IReadOnlyList<string> arguments, params string[] sockets)
    {
        ChildProcess process = ChildProcess.Start(ProgramFile.Path, arguments);
        foreach (string socket in sockets)
            process.Err.WaitFor($"listening on {socket}");
        return process;
    }

    private ChildProcess Serve(params string[] options) =>
        Start(
            ["board", "serve", "-s", _folder.At("b"), "--control-socket", _folder.At("c"), .. options],
            _folder.At("b.i2c0"),
            _folder.At("b.gpio0"));

    private CommandResult Client(params string[] words) =>
        Command.Program(["board", .. words, "--control-socket", _folder.At("c")]);

    private string[] Ask(params string[] words) => Client(words).Success();
}
