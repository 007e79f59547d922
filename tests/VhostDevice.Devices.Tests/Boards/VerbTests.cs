// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Control;
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Boards.Wiring;
using Xunit;

namespace VhostDevice.Devices.Tests.Boards;

/// <summary>What people can have parts do.</summary>
public sealed class VerbTests
{
    [Fact]
    public void Two_models_may_use_one_word()
    {
        using Board board = new("test", new ManualTime());
        Button button = new(board, "b0");
        Keyboard keyboard = new(board, "k0");
        Assert.Null(Run(board, "press b0"));
        Assert.True(button.Pressed.Value);
        Assert.Null(Run(board, "press k0 shift  a"));
        Assert.Equal("shift|a", keyboard.Pressed);
        Assert.Equal("press KEYBOARD KEY MORE...", Run(board, "press k0 shift"));
        Assert.Equal("press BUTTON [MILLISECONDS]", Run(board, "press b0 1 2"));
        Assert.Equal("press BUTTON [MILLISECONDS], or press KEYBOARD KEY MORE...", Run(board, "press"));
        Assert.Equal("there is no button or keyboard 'x': b0, k0", Run(board, "press x"));
        Assert.Equal("there is no button 'k0': b0", Run(board, "release k0"));
    }

    [Fact]
    public void A_command_line_knows_the_words_of_all_models()
    {
        Assert.Equal(
            ["send BUS FRAME", "error PART KIND AMOUNT?", .. s_input, "picture DISPLAY FILE?", "press BUTTON MILLISECONDS?", "release BUTTON"],
            Forms(BoardCatalogue.BuiltIn));
        BoardCatalogue more = BoardCatalogue.BuiltIn.With(
            [],
            [new PartModel("keyboard", null, r => new Keyboard(r.Board, r.RequiredName("k0"))) { Verbs = Keyboard.KeyboardVerbs }]);
        Assert.Equal(
            ["send BUS FRAME", "error PART KIND AMOUNT?", .. s_input, "picture DISPLAY FILE?", "press PART WORD...?", "release BUTTON"],
            Forms(more));
    }

    [Fact]
    public void A_board_without_such_a_part_says_so()
    {
        using Board board = BoardFile.Parse("gpio: [{chip: a, count: 1}]", "f", "/");
        Assert.Equal("there is no button 'x'", Run(board, "press x"));
        Assert.Equal(
            "there is no command 'tape': list, get, set, send, error, key, type, move, click, "
                + "scroll, touch, stick, trigger, turn, play, picture, press, release, watch",
            Run(board, "tape x"));
    }

    [Fact]
    public void A_word_of_the_board_itself_is_no_verb()
    {
        foreach (string word in (string[])["list", "get", "set", "watch", "serve", "example", "replay"])
            Assert.Throws<ArgumentException>(() => new PartVerb(word, "part", "", (_, _, _) => null));
    }

    private static readonly string[] s_input =
    [
        "key DEVICE KEYS WAY?", "type KEYBOARD TEXT...", "move POINTER X Y", "click POINTER BUTTON? WAY?", "scroll MOUSE STEPS SIDEWAYS?",
        "touch TOUCH FINGER X Y?", "stick GAMEPAD STICK X Y", "trigger GAMEPAD TRIGGER BY", "turn ENCODER STEPS", "play RECORDING SPEED?",
    ];

    private static IEnumerable<string> Forms(BoardCatalogue catalogue) =>
        catalogue.Commands.Select(c => string.Join(' ', [c.Name, .. c.Words]));

    private static string? Run(Board board, string request) =>
        BoardCommands.Run(board, request.Split(' ', StringSplitOptions.RemoveEmptyEntries), _ => { });

    private sealed class Keyboard(Board board, string name) : BoardPart(board, "keyboard", name)
    {
        internal static IReadOnlyList<PartVerb> KeyboardVerbs { get; } =
        [
            new(
                "press",
                "keyboard",
                "Press keys",
                (part, words, _) =>
                {
                    ((Keyboard)part).Pressed = string.Join('|', words);
                    return null;
                },
                "KEY",
                "MORE..."),
        ];

        public override IReadOnlyList<PartVerb> Verbs => KeyboardVerbs;

        internal string Pressed { get; private set; } = "";
    }
}
