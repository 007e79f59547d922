// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;

namespace VhostDevice.Fuzz.Message;

/// <summary>
/// A hostile front-end on one connection after the other: messages of all kinds with descriptors of all kinds, and
/// rings in memory that it writes as it likes. See README.md for the format of an input.
/// </summary>
public sealed class MessageTarget : IFuzzTarget
{
    // An input has at most some hundred steps, each bounded by the size of a ring.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private List<string>? _held;

    public string Name => "message";

    public IEnumerable<(string Name, byte[] Input)> Seeds => MessageSeeds.All;

    public ulong Behaviour { get; private set; }

    /// <summary>Of the last input: requests that came back used, in both rings.</summary>
    public int Used { get; private set; }

    /// <summary>Of the last input: mappings that the device asked for and the front-end agreed to.</summary>
    public int Mapped { get; private set; }

    /// <summary>Of the last input: messages acknowledged with 0, and with something else.</summary>
    public (int Positive, int Negative) Acknowledged { get; private set; }

    /// <summary>Of the last input: connections that the back-end ended.</summary>
    public int Ended { get; private set; }

    public void Run(ReadOnlySpan<byte> input)
    {
        // Looking costs as much as a short input, so what one left is what the next one finds.
        List<string> before = _held ?? Leaks.Find("");
        _held = null;
        string pipe;
        long start = Stopwatch.GetTimestamp();
        using (MessageRun run = new())
        {
            Ring.ScriptReader script = new(input);
            while (!script.IsEmpty)
                run.Step(ref script);
            run.Finish();
            pipe = run.PipeName;
            Behaviour = run.Behaviour;
            Used = run.Used;
            Mapped = run.Mapped;
            Acknowledged = (run.Positive, run.Negative);
            Ended = run.Ended;
        }

        Promise.Keep(Stopwatch.GetElapsedTime(start) < s_patience, "an input takes a bounded time");
        List<string> after = Leaks.Find(pipe);
        Promise.Keep(after.Count <= before.Count, $"everything is given back: {string.Join(", ", after.Except(before))}");
        _held = after;
    }
}
