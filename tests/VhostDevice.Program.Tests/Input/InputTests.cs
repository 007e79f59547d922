// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Program.Tests.Input;

/// <summary>vhost-device input: what is refused, and what is typed on a board's keyboard in the sandbox of the native program.</summary>
public sealed class InputTests : IDisposable
{
    private static readonly FrontEndDeviceOptions s_options = new()
    {
        QueueSizes = [64, 64],
        MemorySize = 1 << 20,
        ReplyTimeout = Patience.Time,
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--event-list DEVICE[,DEVICE...] is missing: which devices the guest gets (or --board FILE: a simulated board)")]
    [InlineData("--event-list and --evdev-path exclude each other: give one of them", "-e", "a", "--evdev-path", "b")]
    [InlineData("--event-list and --board exclude each other: a board has its own devices, a socket for each", "-e", "a", "--board", "demo")]
    [InlineData(
        "--evdev-path and --board exclude each other: a board has its own devices, a socket for each", "--evdev-path", "a", "--board", "demo")]
    [InlineData("--grab and --no-grab exclude each other: give one of them", "-e", "a", "--grab", "--no-grab")]
    [InlineData("--grab-toggle grabs, and --no-grab forbids it: give one of them", "-e", "a", "--grab-toggle", "alt-alt", "--no-grab")]
    [InlineData("--event-list names no device", "-e", ",")]
    [InlineData("there are 2 devices for 1 socket: give one for each", "--board", "demo", "-c", "1")]
    public void What_makes_no_sense_is_a_usage_error(string expected, params string[] arguments)
    {
        Assert.Equal("vhost-device: " + expected, Run(arguments).UsageError());
        Assert.Empty(_folder.Names);
    }

    [Theory]
    [InlineData("there is no input device /none/event0", "-e", "/none/event0,/none/event1")]
    [InlineData("there is no input device /none/event0", "-e=/none/event0", "-e", "/none/event1")]
    [InlineData("/dev/null is no input device", "--evdev-path", "/dev/null")]
    [InlineData("no input device is called 'none'", "-e", "name:none")]
    public void A_device_that_is_not_there_ends_the_start(string expected, params string[] arguments)
    {
        Assert.Contains(expected, Run(arguments).RuntimeError(), StringComparison.Ordinal);
        Assert.Empty(_folder.Names);
    }

    [Fact]
    public void What_is_typed_arrives_in_the_sandbox_and_is_recorded()
    {
        using (ChildProcess daemon = ChildProcess.Start(
            ProgramFile.Path,
            ["input", "-s", _folder.At("i"), "--board", "demo", "--control-socket", _folder.At("c"), "--record", _folder.At("kbd0.evemu")]))
        {
            daemon.Err.WaitFor($"listening on {_folder.At("i1")}");
            using FrontEndDevice keyboard = FrontEndDevice.Connect(_folder.At("i0"), s_options);
            DriverQueue queue = keyboard.Queues[0];
            ulong at = keyboard.Memory.Allocate(64 * 8);
            for (ulong i = 0; i < 64; i++)
                queue.Add(DriverBuffer.Writable(at + (8 * i), 8));
            queue.Submit();
            // When the second queue is served, the first one is.
            ulong led = keyboard.Memory.Allocate(8);
            keyboard.Memory.Write(led, [0x11, 0, 1, 0, 1, 0, 0, 0]);
            keyboard.Queues[1].Add(DriverBuffer.Readable(led, 8));
            keyboard.Queues[1].Submit();
            Assert.True(keyboard.Queues[1].WaitForUsed(Patience.Time));
            Assert.Equal(["on"], Board("get", "kbd0", "caps-lock").Out);
            Assert.Equal(0, Board("key", "kbd0", "LEFTSHIFT+A").Status);
            for (int taken = 0; taken < 8; taken++)
                Assert.True(queue.TryPop(out _) || (queue.WaitForUsed(Patience.Time) && queue.TryPop(out _)));

            (ushort Type, ushort Code, int Value)[] events = [.. Enumerable.Range(0, 8).Select(i =>
            {
                ReadOnlySpan<byte> bytes = keyboard.Memory.Span(at + ((ulong)i * 8), 8);
                return (MemoryMarshal.Read<ushort>(bytes), MemoryMarshal.Read<ushort>(bytes[2..]), MemoryMarshal.Read<int>(bytes[4..]));
            })];
            (ushort, ushort, int) end = (0, 0, 0);
            Assert.Equal([(1, 42, 1), end, (1, 30, 1), end, (1, 30, 0), end, (1, 42, 0), end], events);
            daemon.Signal(Libc.SIGTERM);
            Assert.Equal(0, daemon.WaitForExit());
        }

        string[] recorded = File.ReadAllLines(_folder.At("kbd0.evemu"));
        Assert.Equal(["# EVEMU 1.3", "N: vhost-device keyboard kbd0"], recorded[..2]);
        Assert.Equal(
            ["0001 002a 0001", "0001 001e 0001", "0001 001e 0000", "0001 002a 0000"],
            recorded.Where(static l => l.StartsWith("E:", StringComparison.Ordinal) && !l.Contains(" 0000 0000 0000", StringComparison.Ordinal))
                .Select(static l => l[(l.IndexOf(' ', 3) + 1)..]));
    }

    private CommandResult Board(params string[] words) =>
        Command.Run(ProgramFile.Path, ["board", .. words, "--control-socket", _folder.At("c")]);

    private CommandResult Run(params string[] arguments) =>
        Command.Run(ProgramFile.Path, ["input", "-s", _folder.At("i"), .. arguments]);
}
