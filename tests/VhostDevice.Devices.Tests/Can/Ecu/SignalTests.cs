// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Recording;
using VhostDevice.Devices.Yaml;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Can.Ecu;

/// <summary>What control units send by themselves, and what they make of the messages of others.</summary>
[Collection(DeviceCollection.Name)]
public sealed class SignalTests : LeakChecked
{
    private const string Engine = "  - {model: ecu, name: engine, bus: body, dbc: car.dbc, sends: [EngineData, {message: Muxed, every: 0}]}\n";
    private const string Dash = "  - {model: ecu, name: dash, bus: body, dbc: car.dbc, receives: [EngineData, Muxed]}\n";

    [Fact]
    public void A_message_is_sent_again_and_again_with_the_values_of_the_moment()
    {
        using Tester tester = new(Engine, DbcTests.Example);
        Assert.Equal(["100#800C000000000000"], tester.Frames());
        Assert.Null(tester.Run("set engine EngineSpeed 3000"));
        Assert.Equal([], tester.Frames());
        tester.Time.PassMilliseconds(19.9);
        Assert.Equal([], tester.Frames());
        tester.Time.PassMilliseconds(0.1);
        Assert.Equal(["100#E02E000000000000"], tester.Frames());
        tester.Time.PassMilliseconds(1000);
        Assert.Equal(50, tester.Frames().Length);
    }

    [Fact]
    public void Nothing_is_sent_while_nobody_is_there()
    {
        using Tester tester = new(Engine, DbcTests.Example, starts: false);
        int frames = 0;
        tester.Board.ParameterChanged += (_, parameter) => frames += parameter.Name == "frame" ? 1 : 0;
        tester.Time.PassMilliseconds(1000);
        Assert.Null(tester.Run("set engine Page 1"));
        Assert.Equal(0, frames);
        tester.Start();
        tester.Time.PassMilliseconds(1000);
        Assert.Equal(51, frames);
        tester.Stop();
        tester.Time.PassMilliseconds(1000);
        Assert.Equal(51, frames);
    }

    [Fact]
    public void A_recording_is_somebody()
    {
        using Tester tester = new(Engine, DbcTests.Example, starts: false);
        string path = Path.Combine(tester.Folder, "r.txt");
        TraceFile.Create(path, 1 << 20, out TraceFile? file).Ok();
        tester.Board.Recorder = new BoardRecorder(tester.Board, [new TextTrace(file!)]);
        tester.Time.PassMilliseconds(100);
        tester.Board.Recorder.Dispose();
        tester.Board.Recorder = null;
        tester.Time.PassMilliseconds(100);
        Assert.Equal(6, File.ReadAllLines(path).Count(l => l.Contains("can body 100#", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_message_without_a_cycle_is_sent_when_it_changes()
    {
        using Tester tester = new(Engine, DbcTests.Example);
        _ = tester.Frames();
        Assert.Null(tester.Run("set engine First 7"));
        Assert.Equal(["12C#0007000000000000"], tester.Frames());
        // The page decides which signals are there.
        // Changes in quick succession are one.
        Assert.Null(tester.Run("set engine Page 1"));
        Assert.Null(tester.Run("set engine Second 4660"));
        Assert.Equal([], tester.Frames());
        tester.Time.PassMilliseconds(1);
        Assert.Equal(["12C#0134120000000000"], tester.Frames());
        Assert.Null(tester.Run("set engine Second 4660"));
        tester.Time.PassMilliseconds(10);
        Assert.Equal([], tester.Frames());
    }

    [Fact]
    public void Control_units_that_answer_each_other_for_ever_leave_time_for_others()
    {
        const string Two = "BO_ 1 A: 4 E\n SG_ a : 0|32@1- (1,0) [0|0] \"\" E\nBO_ 2 B: 4 E\n SG_ b : 0|32@1- (1,0.5) [0|0] \"\" E\n";
        using Tester tester = new(
            "  - {model: ecu, name: x, bus: body, dbc: car.dbc, sends: [A], receives: [B], links: {a: b}}\n"
            + "  - {model: ecu, name: y, bus: body, dbc: car.dbc, sends: [B], receives: [A], links: {b: a}}\n",
            Two);
        Assert.Null(tester.Run("set x a 5"));
        tester.Time.PassMilliseconds(10);
        Assert.InRange(tester.Frames().Length, 2, 22);
    }

    [Fact]
    public void On_a_bus_with_a_bit_rate_frames_take_their_time()
    {
        using Tester tester = new(Engine, DbcTests.Example, starts: false, bus: "{bus: body, bitrate: 10k}, ");
        // A frame takes about 13 ms.
        tester.Start();
        tester.Time.PassMilliseconds(1000);
        Assert.InRange(tester.Frames().Length, 49, 51);
    }

    [Fact]
    public void A_bus_that_is_too_slow_is_never_asked_in_vain()
    {
        using Tester tester = new(
            "  - {model: ecu, name: engine, bus: body, dbc: car.dbc, sends: [{message: EngineData, every: 1}]}\n",
            DbcTests.Example, starts: false, bus: "{bus: body, bitrate: 1k}, ");
        tester.Start();
        tester.Time.PassMilliseconds(10_000);
        Assert.InRange(tester.Frames().Length, 70, 90);
        Assert.InRange(tester.Time.Expired, 10, 11_000);
    }

    [Fact]
    public void Signals_of_others_are_shown()
    {
        using Tester tester = new(Dash, DbcTests.Example);
        List<string> seen = [];
        tester.Board.ParameterChanged += (part, parameter) => seen.Add($"{part.Name} {parameter.Name} {parameter.Text}");
        tester.Send("100#E02E001082000000");
        Assert.Equal(("3000", "Reverse"), (tester.Get("dash.EngineSpeed"), tester.Get("dash.Gear")));
        Assert.Equal("EngineSpeed can only be read", tester.Run("set dash EngineSpeed 1"));
        Assert.Contains("dash EngineSpeed 3000", seen);
        seen.Clear();
        tester.Send("100#E02E001082000000");
        Assert.Equal(["body frame 100#E02E001082000000"], seen);
        // Too short, of another kind, of another identifier, and a page that is not there.
        tester.Send("100#01");
        Assert.Equal("0.25", tester.Get("dash.EngineSpeed"));
        tester.Send("00000100#FFFF");
        tester.Send("100#R8");
        tester.Send("101#FFFF");
        tester.Send("12C#0107");
        Assert.Equal(("0.25", "0", "7"), (tester.Get("dash.EngineSpeed"), tester.Get("dash.First"), tester.Get("dash.Second")));
    }

    [Fact]
    public void Control_units_hear_each_other()
    {
        using Tester tester = new(Engine + Dash, DbcTests.Example);
        Assert.Null(tester.Run("set engine Torque -20.5"));
        tester.Time.PassMilliseconds(20);
        Assert.Equal("-20.5", tester.Get("dash.Torque"));
    }

    [Fact]
    public void Parameters_follow_others()
    {
        using Tester tester = new(
            "  - {model: button, name: key}\n"
            + "  - {model: ecu, name: engine, bus: body, dbc: car.dbc, sends: [EngineData],\n"
            + "     links: {Gear: key.pressed, Temp: other.coolant-temperature}}\n"
            + "  - {model: ecu, name: other, bus: body, diagnostics: {obd: {coolant-temperature: 21, engine-speed: 0}},\n"
            + "     links: {engine-speed: engine.EngineSpeed}}\n",
            DbcTests.Example);
        Assert.Equal(("Park", "21", "800"), (tester.Get("engine.Gear"), tester.Get("engine.Temp"), tester.Get("other.engine-speed")));
        Assert.Null(tester.Run("set key pressed on"));
        Assert.Null(tester.Run("set engine EngineSpeed 4000"));
        Assert.Null(tester.Run("set other coolant-temperature 100.4"));
        Assert.Equal(("Reverse", "100", "4000"), (tester.Get("engine.Gear"), tester.Get("engine.Temp"), tester.Get("other.engine-speed")));
    }

    [Fact]
    public void Links_in_a_circle_come_to_rest()
    {
        using Tester tester = new(
            "  - {model: ecu, name: a, bus: body, dbc: car.dbc, sends: [EngineData], links: {EngineSpeed: b.Torque}}\n"
            + "  - {model: ecu, name: b, bus: body, dbc: car.dbc, sends: [Muxed, EngineData], links: {Torque: a.EngineSpeed}}\n",
            DbcTests.Example);
        Assert.Null(tester.Run("set a EngineSpeed 100.25"));
        Assert.Equal("100.5", tester.Get("b.Torque"));
    }

    [Fact]
    public void One_that_is_disconnected_is_silent_and_deaf()
    {
        using Tester tester = new(
            "  - {model: ecu, name: engine, bus: body, dbc: car.dbc, sends: [EngineData], receives: [Muxed],\n"
            + "     diagnostics: {obd: {engine-speed: 0}}}\n",
            DbcTests.Example);
        _ = tester.Frames();
        Assert.Null(tester.Run("set engine connected off"));
        tester.Time.PassMilliseconds(100);
        Assert.Null(tester.Ask("010C"));
        tester.Send("12C#0007");
        Assert.Equal("0", tester.Get("engine.First"));
        Assert.Equal([], tester.Frames());
        Assert.Null(tester.Run("set engine connected on"));
        tester.Time.PassMilliseconds(0);
        Assert.Single(tester.Frames());
        Assert.Equal("410C0000", tester.Ask("010C"));
    }

    [Fact]
    public void A_guest_that_does_not_receive_is_waited_for_and_then_passed_over()
    {
        using Tester tester = new(Engine, DbcTests.Example);
        _ = tester.Frames();
        tester.HasRoom = false;
        tester.Time.PassMilliseconds(60);
        tester.MakeRoom();
        // The latest values, once: what was missed meanwhile is not made up for.
        Assert.Single(tester.Frames());
        tester.HasRoom = false;
        tester.Time.PassMilliseconds(1000);
        tester.MakeRoom();
        Assert.InRange(tester.Frames().Length, 0, 1);
        tester.Time.PassMilliseconds(200);
        Assert.InRange(tester.Frames().Length, 10, 11);
    }

    [Theory]
    [InlineData("bus: motor", "f:3:37: there is no CAN bus 'motor': body")]
    [InlineData("bus: body, sends: [X]", "f:3:50: messages are described by a file: write such as 'dbc: car.dbc'")]
    [InlineData("bus: body, dbc: none.dbc", "the DBC file ")]
    [InlineData("bus: body, dbc: car.dbc, sends: [X]", "f:3:65: the DBC file has no message 'X': EngineData, Extended, Muxed, Real")]
    [InlineData("bus: body, dbc: car.dbc, sends: [Muxed], receives: [Muxed]", "f:3:64: the message Muxed is here twice")]
    [InlineData(
        "bus: body, dbc: car.dbc, sends: [{message: Muxed, every: -1}]",
        "f:3:89: 'every' of a message that is sent cannot be '-1'")]
    [InlineData("bus: body, dbc: car.dbc, sends: [{message: Muxed, often: 1}]", "f:3:82: a message that is sent has no 'often': message, every")]
    [InlineData("bus: body, dbc: car.dbc, sends: [Muxed], Page: 256", "f:3:79: Page cannot be '256': 0 to 255")]
    [InlineData(
        "bus: body, dbc: car.dbc, receives: [Muxed], Page: 1",
        "f:3:76: ecu has no 'Page': name, bus, dbc, sends, receives, links, diagnostics, connected")]
    [InlineData("bus: body, links: {x: y.z}", "f:3:54: engine has no parameter 'x' that can follow another one")]
    [InlineData("bus: body, links: {connected: y.z}", "f:3:62: there is no parameter 'y.z': write a part and its parameter")]
    [InlineData("bus: body, links: [a]", "f:3:50: links is written as 'key: value' lines")]
    public void A_mistake_is_said_where_it_was_made(string keys, string problem) =>
        Assert.StartsWith(
            problem,
            Assert.Throws<YamlFileException>(() => new Tester($"  - {{model: ecu, name: engine, {keys}}}\n", DbcTests.Example)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_mistake_in_a_dbc_file_is_said_with_its_line() =>
        Assert.Contains(
            "car.dbc cannot be used: ",
            Assert.Throws<YamlFileException>(() => new Tester(Engine, "BO_ 1 A: 9 E")).Message,
            StringComparison.Ordinal);
}
