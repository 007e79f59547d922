// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics.Metrics;
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Control;
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Boards.I2c;
using VhostDevice.Devices.Boards.Recording;
using VhostDevice.Devices.Yaml;
using VhostDevice.Hosting.Metrics;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.Virtio.Devices;
using Xunit;

namespace VhostDevice.Devices.Tests.Boards.Bells;

/// <summary>
/// A kind of port that nothing in the library knows joins a board, with its section of the file, parts, verbs, trace,
/// counters and device. So will every bus that comes.
/// </summary>
[Collection(DeviceCollection.Name)]
public sealed class BellTests : LeakChecked
{
    private const string File = """
        bell:
          - tower: bell0
            alarm: temp0.alarm
            bells:
              - {model: lm75, name: dong, at: 0}
              - {model: lm75, name: ding, at: 3}
        i2c:
          - bus: i2c0
            devices: [{model: lm75, name: temp0}]
        parts: [{model: led, name: led0}, {model: button, name: button0}]
        wires: [[bell0.rope, led0]]
        """;

    [Fact]
    public void A_file_has_a_section_for_it()
    {
        using Board board = Parse(File);
        Assert.Equal(["i2c0", "bell0"], board.Ports.Select(p => p.Name));
        Assert.IsType<Bell>(board.Find("ding"));
        Assert.IsNotType<Bell>(board.Find("temp0"));
        SimulatedBellBus bus = board.PortsOf<SimulatedBellBus>()[0];
        board.Dispose();
        Assert.True(bus.HasEnded);
    }

    [Theory]
    [InlineData("board: x", "f:1:1: a board has at least one (ports) or bell tower")]
    [InlineData("bells: []", "f:1:1: a board has no 'bells': board, (sections), bell, parts, wires")]
    [InlineData("bell: [{bells: []}]", "f:1:8: a bell tower needs 'tower', such as 'tower: bell0'")]
    [InlineData("bell: [{tower: b, bell: []}]", "f:1:19: a bell tower has no 'bell': tower, bells, alarm")]
    [InlineData("bell: [{tower: b, bells: [{model: tmp102}]}]", "f:1:35: there is no model 'tmp102' here: lm75")]
    [InlineData("bell: [{tower: b, bells: [{model: lm75, name: a}]}]", "f:1:27: a needs 'at', such as 'at: 1'")]
    [InlineData("bell: [{tower: b, bells: [{model: lm75, name: a, at: 8}]}]", "f:1:54: 'at' of lm75 cannot be '8': 0 to 7")]
    [InlineData("bell: [{tower: b, bells: [{model: lm75, name: a, at: 1}, {model: lm75, name: c, at: 1}]}]", "f:1:85: place 1 of b is taken")]
    [InlineData("bell: [{tower: b, bells: [{model: lm75, name: a, at: 1, address: 3}]}]", "f:1:57: lm75 has no 'address': name, at")]
    [InlineData("bell: [{tower: b, alarm: temp1.alarm}]", "f:1:26: there is no parameter 'temp1.alarm'")]
    [InlineData("bell: [{tower: b}]\ni2c: [{bus: b}]", "f:1:16: the name 'b' is taken by another bus or chip of the board")]
    [InlineData("bell: [{tower: b}]\nwires: [[b.string, b.rope]]", "f:2:10: there is no rope 'b.string': b.rope")]
    [InlineData(
        "bell: [{tower: b}]\ngpio: [{chip: g, count: 1}]\nwires: [[c, g.0]]",
        "f:3:10: there is no pin 'c': a line of a chip (g.0) or a rope of a bell bus (b.rope) or a pin of a part (b.rope)")]
    public void A_mistake_is_said_where_it_was_made(string text, string problem) =>
        Assert.StartsWith(WithBuiltIn(problem), Assert.Throws<YamlFileException>(() => Parse(text)).Message, StringComparison.Ordinal);

    // Other buses come and go.
    private static string WithBuiltIn(string problem)
    {
        IReadOnlyList<PortKind> kinds = BoardCatalogue.BuiltIn.Ports;
        return problem
            .Replace("(ports)", string.Join(" or ", kinds.Select(static k => k.What.Split(' ', 2)[1])), StringComparison.Ordinal)
            .Replace("(sections)", string.Join(", ", kinds.Select(static k => k.Section)), StringComparison.Ordinal);
    }

    [Fact]
    public void Its_parts_bring_their_verbs()
    {
        using Board board = Parse(File);
        Assert.Equal((null, "2 strokes"), Ask(board, "strike ding 2"));
        Assert.Equal((null, "2"), Ask(board, "get ding strokes"));
        Assert.Equal(("a bell cannot be struck '13' times: 1 to 12", ""), Ask(board, "strike ding 13"));
        Assert.Equal(("there is no bell 'temp0': dong, ding", ""), Ask(board, "strike temp0"));
        Assert.Equal(("strike BELL [TIMES]", ""), Ask(board, "strike"));
        Assert.Equal(("strike BELL [TIMES]", ""), Ask(board, "strike ding 1 2"));
        Assert.Equal(
            ("there is no command 'ring': list, get, set, send, error, key, type, move, click, "
                + "scroll, touch, stick, trigger, turn, play, picture, press, release, strike, watch", ""),
            Ask(board, "ring ding"));
        Assert.Equal((null, "bell0 damped off (bell-frame; on or off)"), Ask(board, "list bell0"));
        Assert.Contains(
            BellPortKind.Catalogue.Commands,
            c =>
                (c.Name, c.Help, string.Join(' ', c.Words)) == (
                    "strike", "Strike a bell, once or more often", "BELL TIMES?"));
    }

    [Fact]
    public void A_port_may_refer_to_what_comes_later_in_the_file()
    {
        using Board board = Parse(File);
        Assert.Null(board.FindParameter("temp0.temperature")!.TrySet("100"));
        Assert.Equal("1", board.FindParameter("dong.strokes")!.Text);
    }

    [Fact]
    public void Its_records_are_text_and_waves()
    {
        ManualTime time = new();
        DirectoryInfo folder = Directory.CreateTempSubdirectory();
        try
        {
            using Board board = BoardFile.Parse(File, "f", "/", time, catalogue: BellPortKind.Catalogue);
            string text = Path.Combine(folder.FullName, "x.txt"), waves = Path.Combine(folder.FullName, "x.vcd");
            board.Recorder = new BoardRecorder(board, [new TextTrace(Create(text)), new VcdTrace(Create(waves))]);
            time.PassMilliseconds(1);
            Assert.True(board.PortsOf<SimulatedBellBus>()[0].Strike(3, byGuest: true));
            _ = new Master(board.PortsOf<SimulatedI2cBus>()[0]).ReadWord(0x48, 0);
            board.Dispose();
            Assert.Equal(
                [
                    "0.001000000 wire bell0.rope led0.in 1",
                    "0.001000000 set led0 lit on",
                    "0.001000000 set ding strokes 1",
                    "0.001000000 wire bell0.rope led0.in 0",
                    "0.001000000 set led0 lit off",
                    "0.001000000 bell bell0 guest strikes 3",
                    "0.001000000 i2c i2c0 S 48 w+ 00+ Sr 48 r+ 19+ 00- P",
                    "0.001000000 end",
                ],
                System.IO.File.ReadLines(text).Where(l => l.StartsWith("0.001", StringComparison.Ordinal)));
            List<(long Time, string Signal, bool Level)> changes = VcdFile.Changes(waves);
            Assert.Equal(
                [(1000, "bell0_hammer", true), (1005, "bell0_hammer", false), (1005, "bell0_silence", false), (1405, "bell0_silence", true)],
                changes.Where(c => c.Signal is "bell0_hammer" or "bell0_silence"));
            Assert.Equal(["S 48w+ 00+ S 48r+ 19+ 00- P"], VcdFile.Decode(changes, "i2c0_scl", "i2c0_sda"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Each_kind_says_what_it_did_not_draw()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory();
        try
        {
            using Board board = BoardFile.Parse(File, "f", "/", new ManualTime(), catalogue: BellPortKind.Catalogue);
            string waves = Path.Combine(folder.FullName, "x.vcd");
            board.Recorder = new BoardRecorder(board, [new VcdTrace(Create(waves, 1 << 26))]);
            for (int i = 0; i < 4000; i++)
                Assert.True(board.PortsOf<SimulatedBellBus>()[0].Strike(3, byGuest: false));
            for (int i = 0; i < 3000; i++)
                _ = new Master(board.PortsOf<SimulatedI2cBus>()[0]).ReadWord(0x48, 0);
            board.Dispose();
            Assert.Collection(
                System.IO.File.ReadLines(waves).Where(l => l.StartsWith("$comment", StringComparison.Ordinal)),
                l => Assert.Matches(@"^\$comment \d+ transfers are not drawn: waves at 83 kHz cannot follow them \$end$", l),
                l => Assert.Matches(@"^\$comment \d+ strokes are not drawn: no hammer is that quick \$end$", l));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Guests_strike_and_hear_and_are_counted()
    {
        using Board board = Parse(File);
        using DeviceMeter meter = new("board");
        BoardPort port = board.FindPort("bell0")!;
        Func<VirtioDevice> make = port.Serve(new PortSocket("/tower", "guest", new RecordingLogger(), meter));
        using TestBackEnd<VirtioDevice> backEnd = new(make);
        using FrontEndDevice guest = backEnd.Attach(new FrontEndDeviceOptions { MemorySize = 1 << 20, QueueSizes = [16, 16] });
        Assert.Equal([0], guest.Request(0, [3], 1));
        Assert.Equal([1], guest.Request(0, [4], 1));
        Assert.Equal("1", board.FindParameter("ding.strokes")!.Text);
        // Nobody listens, and yet what was struck last is not forgotten.
        Assert.Equal((null, "2 strokes"), Ask(board, "strike ding 2"));
        Assert.Equal((null, "1 strokes"), Ask(board, "strike dong"));
        backEnd.Settle();
        Assert.Equal([("vhost_device.bell.struck", 1L, "board /tower"), ("vhost_device.bell.waiting", 1L, "board /tower left")], Read());
        ulong at = guest.Memory.Allocate(16);
        for (uint i = 0; i < 4; i++)
            guest.Queues[1].Add(DriverBuffer.Writable(at + i, 1));
        guest.Queues[1].Submit();
        for (int i = 0; i < 3; i++)
            Assert.Equal(1u, guest.Queues[1].Take().Length);
        // And at once where there is a buffer.
        Assert.Equal((null, "1 strokes"), Ask(board, "strike ding"));
        Assert.Equal(1u, guest.Queues[1].Take().Length);
        Assert.Equal([3, 3, 0, 3], guest.Memory.Span(at, 4).ToArray());
        Assert.Equal((null, ""), Ask(board, "set bell0 damped on"));
        Assert.Equal([1], guest.Request(0, [3], 1));
    }

    private static Board Parse(string text) => BoardFile.Parse(text, "f", "/", new ManualTime(), catalogue: BellPortKind.Catalogue);

    private static (string? Problem, string Answer) Ask(Board board, string request)
    {
        List<string> lines = [];
        return (BoardCommands.Run(board, request.Split(' '), lines.Add), string.Join('\n', lines));
    }

    private static TraceFile Create(string path, long limit = 1 << 20)
    {
        TraceFile.Create(path, limit, out TraceFile? file).Ok();
        return file!;
    }

    private static List<(string Name, long Value, string Tags)> Read()
    {
        List<(string, long, string)> found = [];
        using MeterListener listener = new();
        listener.InstrumentPublished = static (instrument, l) =>
        {
            if (instrument.Meter.Name == DeviceMeter.Name)
                l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            found.Add((instrument.Name, value, string.Join(' ', tags.ToArray().Select(t => t.Value)))));
        listener.Start();
        listener.RecordObservableInstruments();
        return found;
    }
}
