// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Input;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Input;

/// <summary>Tablets, touch screens, touchpads, gamepads, knobs and switches of boards.</summary>
[Collection(DeviceCollection.Name)]
public sealed class BoardDeviceTests : LeakChecked
{
    private const int Slot = 0x2F, X = 0x35, Y = 0x36, Id = 0x39;
    private const int Touch = 0x14A;

    [Fact]
    public void A_tablets_pointer_goes_to_places()
    {
        using Board board = BoardTests.Parse("input: [{device: t, model: tablet}]");
        using InputGuest guest = BoardTests.On(board, 0);
        Assert.Null(BoardTests.Run(board, "move t 0 32767"));
        Assert.Equal([TestSource.Absolute(0, 0), TestSource.Absolute(1, 32767)], guest.TakeReport());
        Assert.Null(BoardTests.Run(board, "click t middle down"));
        Assert.Equal([TestSource.Key(0x112, 1)], guest.TakeReport());
        Assert.Equal("there is no place '-1 0' on a tablet: two numbers from 0 to 32767", BoardTests.Run(board, "move t -1 0"));
        Assert.Equal("t has no button 'side': left, right, middle", BoardTests.Run(board, "click t side"));
    }

    [Fact]
    public void Fingers_have_slots_of_their_own()
    {
        using Board board = BoardTests.Parse("input: [{device: ts, model: touchscreen, width: 800, height: 480}]");
        using InputGuest guest = BoardTests.On(board, 0);
        Assert.Equal("00000000DF010000000000000000000000000000", Convert.ToHexString(guest.Select(0x12, Y)));
        Assert.Equal([2], guest.Select(0x10));
        Assert.Null(BoardTests.Run(board, "touch ts 2 100 200"));
        Assert.Equal(
            [
                TestSource.Absolute(Slot, 2), TestSource.Absolute(Id, 0), TestSource.Absolute(X, 100), TestSource.Absolute(Y, 200),
                TestSource.Key(Touch, 1), TestSource.Absolute(0, 100), TestSource.Absolute(1, 200),
            ],
            guest.TakeReport());
        Assert.Null(BoardTests.Run(board, "touch ts 2 100 210"));
        Assert.Equal([TestSource.Absolute(Y, 210), TestSource.Absolute(0, 100), TestSource.Absolute(1, 210)], guest.TakeReport());
        Assert.Null(BoardTests.Run(board, "touch ts 9 0 0"));
        Assert.Equal(
            [
                TestSource.Absolute(Slot, 9), TestSource.Absolute(Id, 1), TestSource.Absolute(X, 0), TestSource.Absolute(Y, 0),
                TestSource.Absolute(0, 100), TestSource.Absolute(1, 210),
            ],
            guest.TakeReport());
        Assert.Null(BoardTests.Run(board, "touch ts 2 up"));
        Assert.Equal(
            [TestSource.Absolute(Slot, 2), TestSource.Absolute(Id, -1), TestSource.Absolute(0, 0), TestSource.Absolute(1, 0)], guest.TakeReport());
        Assert.Null(BoardTests.Run(board, "touch ts 2 up"));
        Assert.Null(BoardTests.Run(board, "touch ts 9 up"));
        Assert.Equal([TestSource.Absolute(Slot, 9), TestSource.Absolute(Id, -1), TestSource.Key(Touch, 0)], guest.TakeReport());
    }

    [Fact]
    public void A_touchpad_says_how_many_fingers_there_are()
    {
        using Board board = BoardTests.Parse("input: [{device: tp, model: touchpad}]");
        using InputGuest guest = BoardTests.On(board, 0);
        List<string> tools = [];
        for (int finger = 0; finger < 6; finger++)
            Assert.Null(BoardTests.Run(board, $"touch tp {finger} {finger} 10"));
        for (int finger = 0; finger < 6; finger++)
            Assert.Null(BoardTests.Run(board, $"touch tp {finger} up"));
        for (int report = 0; report < 12; report++)
            tools.Add(string.Join(' ', guest.TakeReport().Where(e => e.Type == InputTypes.Key).Select(e => $"{e.Code:x}:{e.Value}")));
        Assert.Equal(
            [
                "14a:1 145:1", "145:0 14d:1", "14d:0 14e:1", "14e:0 14f:1", "14f:0 148:1", "",
                "", "148:0 14f:1", "14f:0 14e:1", "14e:0 14d:1", "14d:0 145:1", "14a:0 145:0",
            ],
            tools);
        Assert.Equal([5], guest.Select(0x10));
    }

    [Fact]
    public void A_gamepad_has_sticks_triggers_and_motors()
    {
        using Board board = BoardTests.Parse("input: [{device: pad, model: gamepad}]");
        using InputGuest guest = BoardTests.On(board, 0);
        Assert.Null(BoardTests.Run(board, "stick pad right 5 -32767"));
        Assert.Equal([TestSource.Absolute(3, 5), TestSource.Absolute(4, -32767)], guest.TakeReport());
        Assert.Null(BoardTests.Run(board, "trigger pad left 255"));
        Assert.Equal([TestSource.Absolute(2, 255)], guest.TakeReport());
        Assert.Null(BoardTests.Run(board, "key pad SOUTH+DPAD_UP down"));
        Assert.Equal([TestSource.Key(0x130, 1)], guest.TakeReport());
        Assert.Equal([TestSource.Key(0x220, 1)], guest.TakeReport());
        guest.Send(InputTypes.ForceFeedback, 0x60, 0x8000);
        guest.Send(InputTypes.ForceFeedback, 4, 1);
        guest.BackEnd.Settle();
        Assert.Equal(("4", "32768"), (BoardTests.Value(board, "pad.effect"), BoardTests.Value(board, "pad.gain")));
        Assert.Equal("pad has no stick 'middle': left or right", BoardTests.Run(board, "stick pad middle 0 0"));
        Assert.Equal("a trigger is not pulled by '256': 0 to 255", BoardTests.Run(board, "trigger pad left 256"));
    }

    [Fact]
    public void A_knob_turns_a_step_at_a_time()
    {
        using Board board = BoardTests.Parse("input: [{device: k, model: rotary-encoder}]");
        using InputGuest guest = BoardTests.On(board, 0);
        Assert.Null(BoardTests.Run(board, "turn k -2"));
        Assert.Equal([new InputEvent(InputTypes.Relative, 7, -1)], guest.TakeReport());
        Assert.Equal([new InputEvent(InputTypes.Relative, 7, -1)], guest.TakeReport());
        Assert.Null(BoardTests.Run(board, "key k ENTER"));
        Assert.Equal([TestSource.Key(28, 1)], guest.TakeReport());
        Assert.Equal("an encoder does not turn by 'x': -1000 to 1000 steps", BoardTests.Run(board, "turn k x"));
    }

    [Fact]
    public void A_switch_is_as_the_board_says_from_the_start()
    {
        using Board board = BoardTests.Parse("input: [{device: s, model: switch, lid: on}]");
        using InputGuest guest = BoardTests.On(board, 0);
        Assert.Equal([new InputEvent(InputTypes.Switch, 0, 1)], guest.TakeReport());
        Assert.Null(BoardTests.Run(board, "set s lid off"));
        Assert.Null(BoardTests.Run(board, "set s headphones on"));
        Assert.Equal([new InputEvent(InputTypes.Switch, 0, 0)], guest.TakeReport());
        Assert.Equal([new InputEvent(InputTypes.Switch, 2, 1)], guest.TakeReport());
    }
}
