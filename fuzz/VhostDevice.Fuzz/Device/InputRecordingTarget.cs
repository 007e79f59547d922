// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;
using VhostDevice.Devices.Input.Recordings;
using VhostDevice.Devices.Yaml;

namespace VhostDevice.Fuzz.Device;

/// <summary>input-recording: files of evemu and of libinput record (by the first byte), of any text.</summary>
public sealed class InputRecordingTarget : IFuzzTarget
{
    public string Name => "input-recording";

    public IEnumerable<(string Name, byte[] Input)> Seeds =>
    [
        ("evemu", Text("eN: a\nI: 3 4 5 6\nP: 1 0\nB: 01 00 40\nB: 03 1\nA: 00 -1 5 0 0 9\nE: 1.000000 0001 001e 1\nE: 1.000000 0000 0000 0\n")),
        ("evemu-wrong", Text("eN: a\nB: 1f ff\nA: 40 1 1 1 1\n")),
        (
            "libinput",
            Text(
                "ldevices:\n- node: /dev/input/event1\n  evdev:\n    name: \"a\"\n    id: [3, 4, 5, 6]\n    codes:\n      1: [30]\n"
                + "    absinfo:\n      0: [-1, 5, 0, 0, 9]\n    properties: [0]\n  events:\n  - evdev:\n"
                + "    - [  1,      0,   1,  30,       1] # x\n    - [  1,      0,   0,   0,       0]\n")),
        ("libinput-empty-key", Text("l:\n :\n")),
        ("libinput-wrong", Text("l  - evdev:\n    - [1, 2]\n")),
    ];

    public ulong Behaviour { get; private set; }

    public void Run(ReadOnlySpan<byte> input)
    {
        Behaviour = 0;
        bool isLibinput = input is [(byte)'l', ..];
        string file = isLibinput ? "f.yml" : "f.evemu";
        InputRecording read;
        try
        {
            read = InputRecording.Read(file, new StringReader(Encoding.UTF8.GetString(input[Math.Min(1, input.Length)..])));
        }
        catch (YamlFileException problem)
        {
            Promise.Keep(problem.Message.StartsWith(file, StringComparison.Ordinal), "a message names the file");
            Behaviour |= isLibinput ? 2u : 1u;
            return;
        }

        long last = 0;
        int length = 0;
        foreach (TimedEvent each in read.Events)
        {
            Promise.Keep(each.Microseconds >= last, "time does not go back");
            last = each.Microseconds;
            length = each.Event.EndsReport ? 0 : length + 1;
            Promise.Keep(length < InputRecording.MaxReport, "a report has a length that it may have");
        }

        Behaviour |= (isLibinput ? 8u : 4u) | DeviceSteps.Amount(8, read.Events.Length);
        StringBuilder text = new();
        RecordingText.Begin(text, read.Description, isLibinput);
        foreach (TimedEvent each in read.Events)
            RecordingText.Add(text, each.Microseconds, each.Event, isLibinput);
        InputRecording again = InputRecording.Read(file, new StringReader(text.ToString()));
        Promise.Keep(again.Events.SequenceEqual(read.Events), "events that are written are read as they were");
    }

    private static byte[] Text(string text) => Encoding.ASCII.GetBytes(text);
}
