// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Can;
using VhostDevice.Devices.Boards.Control;
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Tests.Boards;
using VhostDevice.Devices.Yaml;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Can;

/// <summary>Controllers and buses of a board: what its file says, and what people send, watch and break.</summary>
[Collection(DeviceCollection.Name)]
public sealed class BoardTests : LeakChecked
{
    private const string File = "can: [{controller: can0, bus: body}, {controller: can1, bus: body}, {controller: can2, bus: motor}]";

    [Fact]
    public void Guests_on_one_bus_hear_each_other_and_those_on_another_do_not()
    {
        using Board board = Parse(File);
        using CanGuest first = On(board, 0), second = On(board, 1), third = On(board, 2);
        foreach (CanGuest guest in (CanGuest[])[first, second, third])
            guest.Start();
        Assert.Equal([0], first.Send(CanGuest.Frame(0x123, [1, 2])));
        Assert.Equal(CanGuest.Received(0x123, [1, 2]), second.Receive());
        Assert.Equal("123#0102", Value(board, "body.frame"));
        Assert.Equal("", Value(board, "motor.frame"));
        Assert.Equal("on", Value(board, "can0.started"));
        first.Stop();
        Assert.Equal("off", Value(board, "can0.started"));
    }

    [Theory]
    [InlineData("123#1122")]
    [InlineData("7FF#")]
    [InlineData("1FFFFFFF#0102030405060708")]
    [InlineData("00000001#R")]
    [InlineData("123#R8")]
    [InlineData("001##0")]
    [InlineData("001##0000102030405060708090A0B")]
    public void People_send_frames_and_see_the_last_one(string frame)
    {
        using Board board = Parse(File);
        using CanGuest first = On(board, 0), second = On(board, 1);
        first.Start();
        second.Start();
        List<string> seen = [];
        board.ParameterChanged += (part, parameter) => seen.Add($"{part.Name} {parameter.Name} {parameter.Text}");
        Assert.Null(Run(board, $"send body {frame}"));
        byte[] got = first.Receive();
        Assert.Equal(got, second.Receive());
        Assert.Equal([$"body frame {frame}"], seen);
    }

    [Theory]
    [InlineData("")]
    [InlineData("123")]
    [InlineData("12#")]
    [InlineData("800#")]
    [InlineData("20000000#")]
    [InlineData("xyz#")]
    [InlineData("123#1")]
    [InlineData("123#1g")]
    [InlineData("123#112233445566778899")]
    [InlineData("123#R9")]
    [InlineData("123#R11")]
    [InlineData("123##")]
    [InlineData("123##0112233445566778899")]
    public void What_is_no_frame_is_not_sent(string frame)
    {
        using Board board = Parse(File);
        string? problem = Run(board, $"send body {frame}");
        Assert.Equal(frame.Length == 0 ? "send BUS FRAME" : $"'{frame}' is no frame: 123#1122, 1ABCDEF0#11, 123#R2 or 123##01122", problem);
        Assert.Equal("", Value(board, "body.frame"));
    }

    [Fact]
    public void A_controller_goes_bus_off_and_comes_back_when_the_error_is_over()
    {
        ManualTime time = new();
        using Board board = Parse(File, time);
        using CanGuest first = On(board, 0), second = On(board, 1);
        first.Start();
        second.Start();
        Assert.Null(Run(board, "error can0 bus-off 500"));
        first.BackEnd.Settle();
        Assert.Equal((1, 0), (first.Status, second.Status));
        // Started too early it is off again at once.
        first.Start();
        first.BackEnd.Settle();
        Assert.Equal(1, first.Status);
        time.Pass(TimeSpan.FromMilliseconds(500));
        first.Start();
        first.BackEnd.Settle();
        Assert.Equal(0, first.Status);
        Assert.Equal([0], first.Send(CanGuest.Frame(1, [])));
        Assert.Equal(CanGuest.Received(1, []), second.Receive());
    }

    [Fact]
    public void A_bus_with_a_bit_rate_shows_its_load_and_its_controllers_errors()
    {
        ManualTime time = new();
        using Board board = Parse("can: [{controller: can0, bus: body}, {bus: body, bitrate: 500k, data-bitrate: 2M}]", time);
        using CanGuest guest = On(board, 0);
        guest.Start();
        Assert.Equal(("500k/2M", "0", "error-active"), (Value(board, "body.bitrate"), Value(board, "body.load"), Value(board, "can0.state")));
        Assert.Null(Run(board, "error can0 bit 20"));
        guest.Post(CanGuest.Frame(0x123, []));
        guest.BackEnd.Settle();
        time.PassMilliseconds(100);
        Assert.Equal(("error-passive", "159", "0"), (Value(board, "can0.state"), Value(board, "can0.tx-errors"), Value(board, "can0.rx-errors")));
        Assert.Equal(1u, guest.Front.Queues[0].Take().Length);
        Assert.Equal("123#", Value(board, "body.frame"));
        time.PassMilliseconds(900);
        Assert.NotEqual("0", Value(board, "body.load"));
        Assert.Null(Run(board, "error can0 bit 100"));
        guest.Post(CanGuest.Frame(0x123, []));
        guest.BackEnd.Settle();
        time.PassMilliseconds(100);
        guest.BackEnd.Settle();
        Assert.Equal(("bus-off", 1), (Value(board, "can0.state"), guest.Status));
        Assert.Equal(1u, guest.Front.Queues[0].Take().Length);
        guest.Start();
        Assert.Equal("error-active", Value(board, "can0.state"));
    }

    [Fact]
    public void A_recording_has_the_frames_once()
    {
        using RecordedBoard recorded = new();
        BoardCanBus bus = new(recorded.Board, "body");
        BoardCanController can0 = new(recorded.Board, "can0", bus);
        string path = recorded.Record("r.txt");
        using (CanGuest guest = new(can0))
        {
            guest.Start();
            Assert.Equal([0], guest.Send(CanGuest.Frame(0x123, [0xAB], CanGuest.Extended)));
            Assert.Null(Run(recorded.Board, "send body 7FF##0"));
        }

        Assert.Equal(
            ["set can0 started on", "can body 00000123#AB", "can body 7FF##0", "set can0 started off"],
            recorded.LinesOf(path)
                .Where(static l => l.Contains("can", StringComparison.Ordinal))
                .Select(static l => l[(l.IndexOf(' ', StringComparison.Ordinal) + 1)..]));
    }

    [Theory]
    [InlineData("error can0 fire", "'fire' is no error of a controller: bus-off, ack, bit, stuff, crc or form")]
    [InlineData("error body fire", "'fire' is no error of a bus: ack, bit, stuff, crc or form")]
    [InlineData("error can0 bus-off -1", "an error cannot last for '-1': 0 to 3600000 milliseconds")]
    [InlineData("error can0 bus-off 3600001", "an error cannot last for '3600001': 0 to 3600000 milliseconds")]
    [InlineData("error body bus-off", "'bus-off' is no error of a bus: ack, bit, stuff, crc or form")]
    [InlineData("error door bus-off", "there is no part 'door': body, can0, can1, motor, can2")]
    [InlineData("error can0 stuff 1000001", "'1000001' frames cannot be destroyed: 0 to 1000000")]
    [InlineData("error can0 ack x", "an error cannot last for 'x': 0 to 3600000 milliseconds")]
    [InlineData("error can0", "error PART KIND [AMOUNT]")]
    [InlineData("send can0 1#", "there is no bus 'can0': body, motor")]
    public void Mistakes_are_said(string request, string problem)
    {
        using Board board = Parse(File);
        Assert.Equal(problem, Run(board, request));
    }

    [Theory]
    [InlineData("can: [{bus: a, bitrate: 2M}, {controller: can0, bus: a}]", "a bus cannot have 2M bits per second: 1k to 1M, such as 500k")]
    [InlineData("can: [{bus: a, bitrate: 500k/2M}, {controller: can0, bus: a}]", "a bus cannot have 500k/2M bits per second")]
    [InlineData(
        "can: [{bus: a, bitrate: 500k, data-bitrate: 250k}, {controller: can0, bus: a}]",
        "the data of FD frames cannot have 250k bits per second: 500k to 8M")]
    [InlineData("can: [{bus: a, data-bitrate: 2M}, {controller: can0, bus: a}]", "'data-bitrate' needs 'bitrate' beside it")]
    [InlineData("can: [{bus: a, rate: 1M}, {controller: can0, bus: a}]", "has no 'rate': bus, bitrate, data-bitrate")]
    [InlineData("can: [{bus: a}, {bus: a}, {controller: can0, bus: a}]", "the board has a part 'a' already")]
    [InlineData("can: [{bus: a}]", "a board has at least one")]
    [InlineData("can: [{controller: can0}]", "bus")]
    [InlineData("can: [{controller: can0, bus: a.b}]", "a bus cannot be called 'a.b'")]
    [InlineData("can: [{controller: can0, bus: can0}]", "'can0'")]
    [InlineData("can: [{controller: can0, bus: a}, {controller: b, bus: can0}]", "'can0' is a can-controller already")]
    public void A_file_that_makes_no_sense_is_refused(string file, string expected) =>
        Assert.Contains(expected, Assert.Throws<YamlFileException>(() => Parse(file).Dispose()).Message, StringComparison.Ordinal);

    private static CanGuest On(Board board, int controller) => new(board.PortsOf<BoardCanController>()[controller]);

    private static Board Parse(string text, TimeProvider? time = null) => BoardFile.Parse(text, "f", "/", time);

    private static string Value(Board board, string name)
    {
        lock (board.Gate)
            return board.FindParameter(name)!.Text;
    }

    private static string? Run(Board board, string request) =>
        BoardCommands.Run(board, request.Split(' ', StringSplitOptions.RemoveEmptyEntries), _ => { });
}
