// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging.Abstractions;
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Gpio;
using VhostDevice.Devices.Boards.Wiring;
using VhostDevice.Devices.Gpio;
using VhostDevice.Fuzz.Ring;

namespace VhostDevice.Fuzz.Device;

/// <summary>gpio on a board with wired lines and a button: requests and event buffers of any shape, edges at any time.</summary>
public sealed class GpioTarget : IFuzzTarget
{
    private const byte Request = DeviceSteps.Own;
    private const byte Arm = DeviceSteps.Own + 1;
    private const byte Press = DeviceSteps.Own + 2;
    private const byte Steps = DeviceSteps.Own + 3;

    private const int Lines = 6;

    public string Name => "gpio";

    public IEnumerable<(string Name, byte[] Input)> Seeds =>
    [
        ("names", [Request, 1, 0, 0, DeviceSteps.Serve, 0, 63]),
        ("drive", [Request, 5, 1, 1, Request, 3, 1, 1, Request, 4, 2, 0, DeviceSteps.Serve, 0, 63]),
        ("edge", [Request, 3, 0, 2, Request, 6, 0, 3, DeviceSteps.Serve, 0, 63, Arm, 0, DeviceSteps.Serve, 1, 63, Press, 1, DeviceSteps.Turn, 0]),
        (
            "level",
            [
                Request, 6, 0, 8, DeviceSteps.Serve, 0, 63, Press, 1, DeviceSteps.Turn, 0, Arm, 0, DeviceSteps.Serve, 1,
                63, Arm, 0, DeviceSteps.Serve, 1, 63,
            ]),
        (
            "disabled-while-armed",
            [
                Request, 6, 0, 1, DeviceSteps.Serve, 0, 63, Arm, 0, DeviceSteps.Serve, 1, 63, Request, 6, 0, 0,
                DeviceSteps.Serve, 0, 63,
            ]),
        ("armed-twice", [Request, 6, 0, 3, DeviceSteps.Serve, 0, 63, Arm, 0, Arm, 0, DeviceSteps.Serve, 1, 63]),
        (
            "wired-interrupt",
            [
                Request, 6, 2, 3, Request, 3, 1, 1, DeviceSteps.Serve, 0, 63, Arm, 2, DeviceSteps.Serve, 1, 63, Request,
                5, 1, 1, DeviceSteps.Serve, 0, 63,
            ]),
        ("no-room", [DeviceSteps.Raw, 0, 0, 1, 8, 1, 0, 0, 0, 0, 0, 0, 0, DeviceSteps.Serve, 0, 63]),
        ("event-without-status", [DeviceSteps.Raw, 1, 0, 0, 2, 0, 0, DeviceSteps.Serve, 1, 63]),
        ("leaves-armed", [Request, 6, 0, 3, DeviceSteps.Serve, 0, 63, Arm, 0, DeviceSteps.Serve, 1, 63, DeviceSteps.Reconnect, 0, Press, 1]),
    ];

    public ulong Behaviour { get; private set; }

    /// <summary>Of the last input: event buffers that came back for an event, and without one.</summary>
    public int Valid { get; private set; }

    public int Invalid { get; private set; }

    public void Run(ReadOnlySpan<byte> input)
    {
        Behaviour = 0;
        using Board board = new("fuzz");
        SimulatedGpioChip chip = new(board, "gpio0", ["button", "out", "in", "", "é", "in"]);
        Button button = new(board, "button0");
        board.Nets.Connect(button.Pin, chip.PinOf(0));
        board.Nets.Connect(chip.PinOf(1), chip.PinOf(2));
        using DeviceRig rig = new(() => new GpioDevice(chip, GpioLineChoice.All(chip), "fuzz", NullLogger.Instance));
        int valid = 0, invalid = 0, refused = 0;
        rig.Looks = (queue, answer, used) =>
        {
            if (used == 0)
                return;
            Promise.Keep(answer[0] <= 1, "an answer begins with a status");
            Promise.Keep(queue == 0 || used == 1, "an event is one byte");
            _ = queue == 0 ? refused += answer[0] : answer[0] == 1 ? valid++ : invalid++;
        };

        ScriptReader script = new(input);
        while (!script.IsEmpty)
        {
            byte step = (byte)(script.Byte() % Steps);
            Behaviour |= 1UL << step;
            switch (step)
            {
                case Request:
                    byte type = script.Byte(), line = script.Byte();
                    rig.Offer(0, [type, 0, line, 0, script.Byte(), 0, 0, 0], 1, type == 1 ? 64 : 2, 1);
                    Behaviour |= 1UL << (8 + (type & 7));
                    break;
                case Arm:
                    rig.Offer(1, [script.Byte(), 0], 1, 1, 1);
                    break;
                case Press:
                    if ((script.Byte() & 1) != 0)
                        button.Press(null);
                    else
                        button.Release();
                    break;
                default:
                    DeviceSteps.Do(rig, step, ref script);
                    break;
            }
        }

        rig.Restart(1);
        (Valid, Invalid) = (valid, invalid);
        Behaviour |= DeviceSteps.Amount(16, rig.Answered);
        Behaviour |= DeviceSteps.Amount(24, valid);
        Behaviour |= DeviceSteps.Amount(32, invalid);
        Behaviour |= DeviceSteps.Amount(40, refused);
        Probe(rig, button);
        rig.End();
        for (int i = 0; i < Lines; i++)
            Promise.Keep(chip.UserOf(i) is null, "no line stays with a front-end that has left");
    }

    // The next front-end gets every line, and exactly one event for one edge.
    private static void Probe(DeviceRig rig, Button button)
    {
        rig.Reconnect();
        button.Release();
        int answers = 0, events = 0;
        rig.Looks = (queue, answer, used) =>
        {
            _ = queue == 0 ? answers++ : events++;
            Promise.Keep(answer[0] == queue && used == answer.Length, "the next front-end is served");
        };
        rig.Offer(0, [3, 0, 0, 0, 2, 0, 0, 0], 1, 2, 1);
        rig.Offer(0, [6, 0, 0, 0, 3, 0, 0, 0], 1, 2, 1);
        rig.Serve(0);
        rig.Offer(1, [0, 0], 1, 1, 1);
        rig.Serve(1);
        rig.Turn();
        Promise.Keep(answers == 2 && events == 0, "the next front-end gets its answers, and no event before there is one");
        button.Press(null);
        rig.Turn();
        Promise.Keep(events == 1, "the next front-end hears of an edge");
        rig.Looks = null;
    }
}
