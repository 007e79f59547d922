// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Control;
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Boards.Input;
using VhostDevice.Devices.Input;
using VhostDevice.Devices.Tests.Boards;
using VhostDevice.Devices.Yaml;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Input;

/// <summary>Input devices of boards, and what people do with them.</summary>
[Collection(DeviceCollection.Name)]
public sealed class BoardTests : LeakChecked
{
    private const string File = "input: [{device: kbd0, model: keyboard}, {device: mouse0, model: mouse}]";

    [Theory]
    [InlineData("us", "aB1!", "30 ^48 2 ^2")]
    [InlineData("us", "~\\n\\t\\s\\\\|", "^41 28 15 57 43 ^43")]
    [InlineData("de", "zyZ@ß€", "21 44 ^21 #16 12 #18")]
    [InlineData("de", "{}[]\\\\~|", "#8 #11 #9 #10 #12 #27 #86")]
    [InlineData("de", "^é`", "41 57 13 18 ^13 57")]
    [InlineData("fr", "aq1&ê", "16 30 ^2 2 26 18")]
    [InlineData("gb", "\"@£#", "^3 ^40 ^4 43")]
    [InlineData("es", "ñÑá@", "39 ^39 40 30 #3")]
    public void Text_is_typed_in_the_layout_of_the_keyboard(string layout, string text, string expected)
    {
        ManualTime time = new();
        using Board board = Parse(File, time);
        using InputGuest guest = On(board, 0);
        Assert.Null(Run(board, $"set kbd0 layout {layout}"));
        Assert.Null(Run(board, $"type kbd0 {text}"));
        Assert.Equal("on", Value(board, "kbd0.typing"));
        time.PassMilliseconds(1000);
        Assert.Equal("off", Value(board, "kbd0.typing"));
        List<string> typed = [];
        bool shift = false, altGr = false;
        for (int strokes = expected.Split(' ').Length; typed.Count < strokes;)
        {
            InputEvent only = Assert.Single(guest.TakeReport());
            shift = only.Code == 42 ? only.Value == 1 : shift;
            altGr = only.Code == 100 ? only.Value == 1 : altGr;
            if (only.Code is not (42 or 100) && only.Value == 1)
                typed.Add($"{(shift ? "^" : "")}{(altGr ? "#" : "")}{only.Code}");
        }

        Assert.Equal(expected, string.Join(' ', typed));
    }

    [Theory]
    [InlineData("type kbd0 é", "the layout us has no 'é'")]
    [InlineData("type kbd0 a\\x", "a backslash is followed by n, t, s or another backslash")]
    [InlineData("type mouse0 a", "there is no keyboard 'mouse0': kbd0")]
    [InlineData("key kbd0 NONE", "there is no key 'NONE': names are those of Linux without KEY_ or BTN_, such as LEFTCTRL+C")]
    [InlineData("key kbd0 SOUTH", "kbd0 has no key 'SOUTH'")]
    [InlineData("key kbd0 A sideways", "keys do not go 'sideways': down or up")]
    [InlineData("key kbd0 A+A+A+A+A+A+A+A+A+A+A+A+A+A+A+A+A", "so many keys at a time are too many: up to 16")]
    [InlineData("move mouse0 1 99999", "a mouse does not move by '1 99999': two numbers from -32768 to 32767")]
    [InlineData("click mouse0 lid", "mouse0 has no button 'lid': left, right, middle, side, extra")]
    [InlineData("click mouse0 left off", "a button does not go 'off': down or up")]
    [InlineData("scroll mouse0 1.5", "a wheel does not turn by '1.5': -1000 to 1000 steps")]
    [InlineData("set kbd0 layout xx", "layout cannot be 'xx': us, gb, de, fr, es")]
    public void What_makes_no_sense_is_explained(string words, string problem)
    {
        using Board board = Parse(File);
        Assert.Equal(problem, Run(board, words));
    }

    [Fact]
    public void Keys_are_pressed_together_and_released_the_other_way_round()
    {
        using Board board = Parse(File);
        using InputGuest guest = On(board, 0);
        Assert.Null(Run(board, "key kbd0 LEFTCTRL+key_c"));
        Assert.Equal("29:1 46:1 46:0 29:0", Codes(guest, 4));
        Assert.Null(Run(board, "key kbd0 leftshift down"));
        Assert.Null(Run(board, "key kbd0 leftshift down"));
        Assert.Null(Run(board, "key kbd0 leftshift up"));
        Assert.Null(Run(board, "key kbd0 leftshift up"));
        Assert.Null(Run(board, "key kbd0 a"));
        Assert.Equal("42:1 42:0 30:1 30:0", Codes(guest, 4));
    }

    [Fact]
    public void A_mouse_moves_clicks_and_scrolls()
    {
        using Board board = Parse(File);
        using InputGuest guest = On(board, 1);
        Assert.Null(Run(board, "move mouse0 3 -4"));
        Assert.Equal([new InputEvent(2, 0, 3), new InputEvent(2, 1, -4)], guest.TakeReport());
        Assert.Null(Run(board, "move mouse0 0 0"));
        Assert.Null(Run(board, "click mouse0"));
        Assert.Null(Run(board, "click mouse0 right down"));
        Assert.Null(Run(board, "click mouse0 right up"));
        Assert.Equal("272:1 272:0 273:1 273:0", Codes(guest, 4));
        Assert.Null(Run(board, "scroll mouse0 -2 1"));
        Assert.Equal([new InputEvent(2, 8, -1), new InputEvent(2, 11, -120)], guest.TakeReport());
        Assert.Equal([new InputEvent(2, 8, -1), new InputEvent(2, 11, -120)], guest.TakeReport());
        Assert.Equal([new InputEvent(2, 6, 1), new InputEvent(2, 12, 120)], guest.TakeReport());
    }

    [Fact]
    public void Leds_and_sounds_of_the_guest_are_parameters_and_end_with_it()
    {
        using Board board = Parse(File);
        using (InputGuest guest = On(board, 0))
        {
            guest.Send(InputTypes.Led, 1, 1);
            guest.Send(InputTypes.Sound, 2, 440);
            guest.BackEnd.Settle();
            Assert.Equal(("on", "off", "440 Hz"), (Value(board, "kbd0.caps-lock"), Value(board, "kbd0.num-lock"), Value(board, "kbd0.sound")));
        }

        Assert.Equal(("off", "none"), (Value(board, "kbd0.caps-lock"), Value(board, "kbd0.sound")));
    }

    [Fact]
    public void With_caps_lock_letters_come_out_as_they_were_written()
    {
        ManualTime time = new();
        using Board board = Parse(File, time);
        using InputGuest guest = On(board, 0);
        guest.Send(InputTypes.Led, 1, 1);
        guest.BackEnd.Settle();
        Assert.Null(Run(board, "type kbd0 aB1"));
        time.PassMilliseconds(100);
        Assert.Equal("42:1 30:1 30:0 42:0 48:1 48:0 2:1 2:0", Codes(guest, 8));
    }

    [Theory]
    [InlineData("input: [{device: a}]", "needs 'model'")]
    [InlineData("input: [{device: a, model: x}]", "keyboard")]
    [InlineData("input: [{device: a, model: keyboard, layout: xx}]", "layout cannot be 'xx'")]
    [InlineData("input: [{device: a, model: mouse, layout: us}]", "layout")]
    [InlineData("input: [{device: a, model: mouse}, {device: a, model: mouse}]", "a")]
    public void A_file_that_makes_no_board_is_explained(string file, string part)
    {
        YamlFileException problem = Assert.Throws<YamlFileException>(() => Parse(file));
        Assert.Contains(part, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recording_of_the_board_has_the_reports()
    {
        using RecordedBoard recorded = new();
        Mouse mouse = new(recorded.Board, "mouse0");
        string path = recorded.Record("r.txt");
        Assert.Null(Run(recorded.Board, "move mouse0 3 -4"));
        Assert.Equal("mouse0", mouse.Port.Name);
        Assert.Contains("input mouse0 0002 0000 3 0002 0001 -4", string.Join('\n', recorded.LinesOf(path)), StringComparison.Ordinal);
    }

    internal static string? Run(Board board, string words) => BoardCommands.Run(board, words.Split(' '), static _ => { });

    internal static InputGuest On(Board board, int index) => new((InputPort)board.Ports[index]);

    internal static Board Parse(string text, TimeProvider? time = null) => BoardFile.Parse(text, "test", "/", time);

    internal static string Value(Board board, string parameter) => board.FindParameter(parameter)!.Text;

    private static string Codes(InputGuest guest, int reports) =>
        string.Join(' ', Enumerable.Range(0, reports).Select(_ => Assert.Single(guest.TakeReport())).Select(e => $"{e.Code}:{e.Value}"));
}
