// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Can;
using VhostDevice.Devices.Boards.Can.Ecu.Diagnosis;
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Yaml;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Can.Ecu;

/// <summary>How testers reach a control unit, and what board files say of that.</summary>
[Collection(DeviceCollection.Name)]
public sealed class ChannelTests : LeakChecked
{
    [Fact]
    public void A_guest_is_answered()
    {
        using Board board = BoardFile.Parse(
            "can: [{controller: can0, bus: body}]\n"
            + "parts: [{model: ecu, name: engine, bus: body, diagnostics: {obd: {engine-speed: 850}}}]",
            "f",
            "/");
        using CanGuest guest = new(board.PortsOf<BoardCanController>()[0]);
        guest.Start();
        Assert.Equal([0], guest.Send(CanGuest.Frame(0x7DF, [2, 1, 0x0C])));
        Assert.Equal(CanGuest.Received(0x7E8, [4, 0x41, 0x0C, 0x0D, 0x48, 0xCC, 0xCC, 0xCC]), guest.Receive());
    }

    [Fact]
    public void Every_kind_of_addressing_has_its_frames()
    {
        using Tester tester = new("""
              - model: ecu
                name: engine
                bus: body
                diagnostics:
                  padding: 0x55
                  channels:
                    - {request: 0x18DA10F1, response: 0x18DAF110, functional: 0x18DB33F1}
                    - {request: 0x6F1, response: 0x612, functional: 0x6F1, addressing: extended, address: 0x12}
                    - {request: 0x740, response: 0x748, addressing: mixed, address: 0x99}

            """);
        Assert.Equal(["18DAF110#037F221355555555"], tester.Exchange("18DA10F1#0122"));
        Assert.Equal(["18DAF110#027E005555555555"], tester.Exchange("18DB33F1#023E00"));
        Assert.Equal([], tester.Exchange("6F1#023E00"));
        Assert.Equal(["612#F1027E0055555555"], tester.Exchange("6F1#12023E00"));
        Assert.Equal(["612#F1027E0055555555"], tester.Exchange("6F1#DF023E00"));
        Assert.Equal(["748#99027E0055555555"], tester.Exchange("740#99023E00"));
        Assert.Equal([], tester.Exchange("740#98023E00"));
    }

    [Fact]
    public void Answers_come_in_fd_frames_if_it_is_to_send_them()
    {
        using Tester tester = new(
            "  - {model: ecu, name: engine, bus: body, diagnostics: {fd: on, vin: WVWZZZ1JZXW000001}}\n");
        Assert.Equal(
            ["7E8##0001462F1905756575A5A5A314A5A5857303030303031CCCC"], tester.Exchange("7E0#0322F190"));
        Assert.Equal(["7E8##0027E00CCCCCCCCCC"], tester.Exchange("7E0##00002" + "3E00" + "0000000000000000"));
    }

    [Theory]
    [InlineData("P0301", 0x030100, 0xAF, "P0301")]
    [InlineData("p0301-1a", 0x03011A, 0xAF, "P0301-1A")]
    [InlineData("U3FFF:pending", 0xFFFF00, 0x27, "U3FFF:pending")]
    [InlineData("C0035:stored", 0x403500, 0x28, "C0035:stored")]
    [InlineData("B1000:0xFF", 0x900000, 0xAF, "B1000")]
    [InlineData("B1000:0x09", 0x900000, 0x09, "B1000:0x09")]
    public void Codes_are_these_bytes(string text, int code, int status, string shown)
    {
        TroubleCode read = TroubleCode.TryParse(text)!;
        Assert.Equal((code, (byte)status, shown), (read.Code, read.Status, read.Text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("P030")]
    [InlineData("P03011")]
    [InlineData("P4000")]
    [InlineData("X0301")]
    [InlineData("P03G1")]
    [InlineData("P0301-1")]
    [InlineData("P0301-GG")]
    [InlineData("P0301:")]
    [InlineData("P0301:bad")]
    [InlineData("P0301:0x100")]
    [InlineData("P0301:pending:stored")]
    public void What_is_no_code_is_none(string text) => Assert.Null(TroubleCode.TryParse(text));

    [Theory]
    [InlineData("x: 1", "diagnostics has no 'x': channels, fd, padding, block-size, separation, obd, vin")]
    [InlineData("fd: maybe", "'fd' of diagnostics cannot be 'maybe': on or off")]
    [InlineData("channels: [{response: 1}]", "a channel needs 'request', such as 'request: 0x7E0'")]
    [InlineData("channels: [{request: 1, response: 1}]", "a channel has one identifier for requests and another one for responses")]
    [InlineData("channels: [{request: 0x20000000, response: 1}]", "'request' of a channel cannot be '0x20000000'")]
    [InlineData("channels: [{request: 1, response: 2, address: 1}]", "a channel has 'address' if its addressing is extended or mixed, and only then")]
    [InlineData("channels: [{request: 1, response: 2, addressing: extended}]", "a channel has 'address' if")]
    [InlineData(
        "channels: [{request: 1, response: 2, addressing: mixed, address: 1, tester: 2}]",
        "only a channel with extended addressing has 'tester'")]
    [InlineData("vin: SHORT", "'vin' cannot be 'SHORT': 17 characters of ASCII")]
    [InlineData("obd: {speed: 1}", "OBD-II has no value 'speed' here: engine-load, coolant-temperature")]
    [InlineData("obd: {engine-speed: fast}", "'engine-speed' of obd cannot be 'fast': a number")]
    [InlineData("obd: {engine-speed: 16384}", "engine-speed cannot be 16384: 0 to 16383.75 rpm")]
    [InlineData("data: [{text: a}]", "a data identifier needs 'id', such as 'id: 0xF18C'")]
    [InlineData("data: [{id: 1}]", "a data identifier has 'text', 'bytes' (hexadecimal) or 'from' (a parameter)")]
    [InlineData("data: [{id: 1, bytes: 0}]", "the data cannot be '0': 2 hexadecimal digits")]
    [InlineData("data: [{id: 1, text: long, size: 2}]", "the data cannot be 'long': up to 2 characters of ASCII")]
    [InlineData("data: [{id: 1, text: a}, {id: 1, text: b}]", "the data identifier 0x0001 is there already")]
    [InlineData("data: [{id: 1, text: a, name: codes}]", "engine has a parameter 'codes' already")]
    [InlineData("data: [{id: 1, text: a, name: a b}]", "'a b' is no name: letters, digits, - and _")]
    [InlineData("data: [{id: 1, text: a, write: sometimes}]", "'write' of a data identifier cannot be 'sometimes': always, never, extended")]
    [InlineData("data: [{id: 1, text: a, write: level 0}]", "'write' of a data identifier cannot be 'level 0'")]
    [InlineData("data: [{id: 1, from: x.y}]", "there is no parameter 'x.y'")]
    [InlineData("data: [{id: 1, from: connected, factor: 0}]", "a factor is not 0")]
    [InlineData("routines: [{id: 1, result: 0G}]", "'result' of a routine cannot be '0G': two hexadecimal digits for each byte")]
    [InlineData("routines: [{id: 1}, {id: 1}]", "the routine 0x0001 is there already")]
    [InlineData("security: [{level: 2, secret: 1}]", "levels of security access are odd, and each is there once: 1, 3, 5")]
    [InlineData("security: [{level: 1}]", "a level of security access needs 'secret'")]
    [InlineData("memory: [{address: 0}]", "an area of memory needs 'size', such as 'size: 0x10000'")]
    [InlineData("memory: [{address: 0, size: 0x4000001}]", "'size' of an area of memory cannot be '0x4000001'")]
    [InlineData("memory: [{address: 0, size: 1, file: none/none}]", "none/none cannot be read and written")]
    public void A_mistake_is_said_where_it_was_made(string keys, string problem)
    {
        string message = Assert.Throws<YamlFileException>(
            () => new Tester($"  - {{model: ecu, name: engine, bus: body, diagnostics: {{{keys}}}}}\n")).Message;
        Assert.StartsWith("f:3:", message, StringComparison.Ordinal);
        Assert.Contains(problem, message, StringComparison.Ordinal);
    }
}
