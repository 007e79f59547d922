// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Boards.Input;
using VhostDevice.Devices.Boards.Recording;
using VhostDevice.Devices.Input;
using VhostDevice.Devices.Input.Recordings;
using VhostDevice.Devices.Tests.Boards;
using VhostDevice.Devices.Yaml;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Input;

/// <summary>Recordings of evemu and of libinput record, in both directions.</summary>
[Collection(DeviceCollection.Name)]
public sealed class RecordingTests : LeakChecked
{
    // As evemu-record of a mouse with an axis would have it.
    private const string Evemu = """
        # EVEMU 1.3
        # Kernel: 6.1.0
        N: A mouse # with a hash
        I: 0003 046d c52b 0111
        P: 01 00 00 00 00 00 00 00
        B: 00 0b 00 00 00 00 00 00 00
        B: 01 00 00 00 00 00 00 00 00
        B: 01 02 00 00 00 00 00 00 00
        B: 02 03 01 00 00 00 00 00 00
        B: 03 01 00 00 00 00 00 00 00
        A: 00 -5 100 1 2 10
        L: 00 0
        S: 00 0
        ################################
        #      Waiting for events      #
        ################################
        E: 5.000000 0002 0000 0003	# EV_REL / REL_X                3
        E: 5.000000 0002 0001 -004
        E: 5.000000 0000 0000 0000	# ------------ SYN_REPORT (0) ----------
        E: 5.250000 0003 0000 0050
        E: 5.250000 0000 0000 0000
        """;

    private const string Libinput = """
        # libinput record
        version: 1
        ndevices: 1
        libinput:
          version: "1.22.1"
        devices:
        - node: /dev/input/event4
          evdev:
            # Name: A mouse
            name: "A mouse # with a hash"
            id: [3, 1133, 50475, 273]
            codes:
              0: [0, 1] # EV_SYN
              1: [65] # EV_KEY
              2: [0, 1, 8] # EV_REL
              3: [0] # EV_ABS
            absinfo:
              0: [-5, 100, 1, 2, 10]
            properties: [0]
          hid: [
            0x05, 0x01
          ]
          udev:
            properties:
            - ID_INPUT=1
          quirks:
          events:
          # Current time is 12:00:00
          - evdev:
            - [  5,      0,   2,   0,       3] # EV_REL / REL_X                3
            - [  5,      0,   2,   1,      -4] # EV_REL / REL_Y               -4
            - [  5,      0,   0,   0,       0] # ------------ SYN_REPORT (0) ---------- +0ms
          - evdev:
            - [  5, 250000,   3,   0,      50]
            - [  5, 250000,   0,   0,       0]
        """;

    private static readonly TimedEvent[] s_events =
    [
        new(5_000_000, new InputEvent(2, 0, 3)), new(5_000_000, new InputEvent(2, 1, -4)), new(5_000_000, InputEvent.EndOfReport),
        new(5_250_000, new InputEvent(3, 0, 50)), new(5_250_000, InputEvent.EndOfReport),
    ];

    [Theory]
    [InlineData("f.evemu", Evemu)]
    [InlineData("f.yml", Libinput)]
    public void Both_kinds_are_read(string file, string text)
    {
        InputRecording read = Read(file, text);
        InputDescription device = read.Description;
        Assert.Equal("A mouse # with a hash", device.Name);
        Assert.Equal((3, 0x46D, 0xC52B, 0x111), (device.Bus, device.Vendor, device.Product, device.Version));
        Assert.True(device.Has(1, 65) && device.Has(2, 0) && device.Has(2, 1) && device.Has(2, 8) && device.Has(3, 0) && !device.Has(2, 2));
        Assert.Equal(new EvdevAxis(0, -5, 100, 1, 2, 10), device.Axis(0));
        Assert.Equal(1, device.Properties[0]);
        Assert.Equal(s_events, read.Events.ToArray());
    }

    [Theory]
    [InlineData("f.evemu")]
    [InlineData("f.yml")]
    public void What_is_written_is_read_again(string file)
    {
        InputRecording read = Read("f.evemu", Evemu);
        StringBuilder text = new();
        RecordingText.Begin(text, read.Description, InputRecording.IsLibinput(file));
        foreach (TimedEvent each in read.Events)
            RecordingText.Add(text, each.Microseconds, each.Event, InputRecording.IsLibinput(file));
        InputRecording again = Read(file, text.ToString());
        Assert.True(again.Description.IsSame(read.Description));
        Assert.Equal(read.Events.ToArray(), again.Events.ToArray());
    }

    [Theory]
    [InlineData("f.evemu", "", "f.evemu: there is no name of a device in it")]
    [InlineData("f.yml", "a: b", "f.yml: there is no name of a device in it")]
    [InlineData("f.evemu", "x", "f.evemu:1: a line of evemu begins with a letter and a colon")]
    [InlineData("f.evemu", "N: a\nQ: 1", "f.evemu:2: evemu has no lines that begin with 'Q:'")]
    [InlineData("f.evemu", "N:", "f.evemu:1: a name has 1 to 128 bytes")]
    [InlineData("f.evemu", "I: 1 2 3", "f.evemu:1: the ids are four numbers from 0 to 65535: bus, vendor, product, version")]
    [InlineData("f.evemu", "I: 1 2 3 10000", "f.evemu:1: the ids are four numbers from 0 to 65535: bus, vendor, product, version")]
    [InlineData("f.evemu", "B: 20 01", "f.evemu:1: codes begin with their type, 00 to 1f")]
    [InlineData("f.evemu", "B: 03 00 00 00 00 00 00 00 00 01", "f.evemu:1: there is no code 64 of a type 3")]
    [InlineData(
        "f.evemu",
        "A: 40 0 1 0 0",
        "f.evemu:1: an axis is its code, 0 to 63, its ends, its noise and its middle, and perhaps its resolution")]
    [InlineData("f.evemu", "E: 1.5 0001 0001 1", "f.evemu:1: an event is seconds.microseconds, type and code in hexadecimal, and a value")]
    [InlineData("f.evemu", "E: 9999999999999999.000000 0001 0001 1", "f.evemu:1: there is no such time")]
    [InlineData("f.evemu", "E: 1.000000 0001 ffff 1", "f.evemu:1: there is no code 65535 of a type 1")]
    [InlineData("f.evemu", "E: 1.000000 0001 0001 99999999999", "f.evemu:1: there is no value 99999999999")]
    [InlineData("f.yml", "  - evdev:\n    - [1, 2, 3]", "f.yml:2: an event is five numbers: seconds, microseconds, type, code and value")]
    [InlineData("f.yml", "- node: a\n- node: b", "f.yml:2: the recording has several devices; record one")]
    public void What_is_none_is_explained(string file, string text, string problem) =>
        Assert.Equal(problem, Assert.Throws<YamlFileException>(() => Read(file, text)).Message);

    [Fact]
    public void A_report_without_end_is_none()
    {
        string text = "N: a\n" + string.Concat(Enumerable.Repeat("E: 1.000000 0004 0004 1\n", 1024));
        Assert.Equal(
            "f.evemu:1025: a report has less than 1024 events", Assert.Throws<YamlFileException>(() => Read("f.evemu", text)).Message);
    }

    [Theory]
    [InlineData("1", 249, 1)]
    [InlineData("1", 251, 2)]
    [InlineData("10", 26, 2)]
    [InlineData("0.5", 499, 1)]
    public void A_recording_does_again_what_it_did(string speed, int milliseconds, int reports)
    {
        using RecordedBoard folder = new();
        string path = folder.At("mouse.evemu");
        File.WriteAllText(path, Evemu);
        ManualTime time = new();
        using Board board = BoardFile.Parse($"input: [{{device: m, model: recorded, file: {path}}}]", "test", "/", time);
        using InputGuest guest = BoardTests.On(board, 0);
        Assert.Null(BoardTests.Run(board, $"play m {speed}"));
        time.PassMilliseconds(milliseconds);
        Assert.Equal(reports == 1 ? "on" : "off", BoardTests.Value(board, "m.playing"));
        Assert.Equal([new InputEvent(2, 0, 3), new InputEvent(2, 1, -4)], guest.TakeReport());
        if (reports == 2)
            Assert.Equal([new InputEvent(3, 0, 50)], guest.TakeReport());
        else
            Assert.Equal("m is playing: wait until 'playing' is off", BoardTests.Run(board, "play m"));
        Assert.Equal($"a recording is not played at speed '-1': 0.01 to 1000", BoardTests.Run(board, "play m -1"));
    }

    [Fact]
    public void Ten_thousand_events_come_in_their_order_and_are_recorded_as_they_were()
    {
        using RecordedBoard folder = new();
        StringBuilder text = new("N: a\nB: 02 03 00 00 00 00 00 00 00\n");
        for (int i = 0; i < 5_000; i++)
            text.Append($"E: {i / 1000}.{i % 1000:d3}000 0002 {i & 1:x4} {i + 1}\nE: {i / 1000}.{i % 1000:d3}000 0000 0000 0\n");
        string path = folder.At("long.evemu"), recorded = folder.At("m.yml");
        File.WriteAllText(path, text.ToString());
        ManualTime time = new();
        using (Board board = BoardFile.Parse($"input: [{{device: m, model: recorded, file: {path}}}]", "test", "/", time))
        {
            TraceFile.Create(recorded, 1 << 30, out TraceFile? file).Ok();
            board.Recorder = new BoardRecorder(board, [new InputFileTrace(file!, recorded)]);
            using InputGuest guest = new((InputPort)board.Ports[0], buffers: 4, size: 4);
            Assert.Null(BoardTests.Run(board, "play m"));
            for (int i = 0; i < 5_000; i++)
            {
                time.PassMilliseconds(1);
                Assert.Equal([new InputEvent(2, (ushort)(i & 1), i + 1)], guest.TakeReport());
            }

            Assert.Equal(0ul, guest.Statistics.Dropped);
        }

        InputRecording first = InputRecording.Load(path), second = InputRecording.Load(recorded);
        Assert.Equal(first.Events.ToArray().Select(static e => e.Event), second.Events.ToArray().Select(static e => e.Event));
        Assert.True(first.Description.IsSame(second.Description));
    }

    [Fact]
    public void A_file_that_is_not_there_is_said_at_its_place()
    {
        YamlFileException problem = Assert.Throws<YamlFileException>(
            () => BoardTests.Parse("input: [{device: m, model: recorded, file: /none.evemu}]"));
        Assert.Contains("the recording /none.evemu cannot be read: there is none", problem.Message, StringComparison.Ordinal);
    }

    private static InputRecording Read(string file, string text) => InputRecording.Read(file, new StringReader(text));
}
