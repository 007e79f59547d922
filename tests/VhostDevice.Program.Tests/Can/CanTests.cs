// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Program.Tests.Can;

/// <summary>vhost-device can: what is refused, and two guests on a simulated bus of the native program.</summary>
public sealed class CanTests : IDisposable
{
    private static readonly FrontEndDeviceOptions s_options = new()
    {
        QueueSizes = [16, 16, 16],
        MemorySize = 1 << 20,
        ReplyTimeout = Patience.Time,
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--can-devices NAMES is missing: the host's CAN interfaces (or --simulate NAME: a simulated bus)")]
    [InlineData("--can-devices and --simulate exclude each other: give one of them", "-d", "can0", "--simulate", "a")]
    [InlineData("--can-devices names no interface", "-d", " ")]
    [InlineData("--simulate a::b: each bus has a name, with a colon between two", "--simulate", "a::b")]
    [InlineData("--socket-count 0 is not possible: 1 to 1024", "--simulate", "a", "-c", "0")]
    [InlineData("there are 2 interfaces for 1 socket: give one for each", "--simulate", "a:a", "-c", "1")]
    [InlineData("there is 1 interface for 2 sockets: give one for each", "--simulate", "a", "-c", "2")]
    [InlineData("--send-timeout 0 is not possible: 1 to 60000 milliseconds", "--simulate", "a", "--send-timeout", "0")]
    public void What_makes_no_sense_is_a_usage_error(string expected, params string[] arguments)
    {
        Assert.Equal("vhost-device: " + expected, Run(arguments).UsageError());
        Assert.Empty(_folder.Names);
    }

    [Theory]
    [InlineData("no_such_can0")]
    [InlineData("no_such_can0 no_such_can1")]
    [InlineData("lo")]
    [InlineData("a-name-that-no-interface-can-have")]
    [InlineData("can0,can1")]
    public void An_interface_that_is_not_there_ends_the_start(string names)
    {
        // On a kernel without CAN that is what is said.
        Assert.Contains("CAN", Run("-d", names).RuntimeError(), StringComparison.Ordinal);
        Assert.Empty(_folder.Names);
    }

    [Fact]
    public void A_frame_goes_from_guest_to_guest_in_the_sandbox()
    {
        using ChildProcess daemon = ChildProcess.Start(ProgramFile.Path, ["can", "-s", _folder.At("can"), "--simulate", "a:a", "-c", "2"]);
        Eventually.Holds(() => File.Exists(_folder.At("can0")) && File.Exists(_folder.At("can1")), () => "the daemon does not listen");
        using FrontEndDevice first = FrontEndDevice.Connect(_folder.At("can0"), s_options);
        using FrontEndDevice second = FrontEndDevice.Connect(_folder.At("can1"), s_options);
        Assert.Equal(7ul, first.OfferedFeatures & 0xFF_FFFF);
        // A front-end may ask for more than there is.
        Assert.Equal(new byte[16], first.ReadConfig(0, 16));
        Assert.Equal([0], Request(first, 2, [1, 2]));
        Assert.Equal([0], Request(second, 2, [1, 2]));
        ulong at = second.Memory.Allocate(80);
        second.Queues[1].Add(DriverBuffer.Writable(at, 80));
        second.Queues[1].Submit();
        Assert.Equal([0], Request(first, 0, [1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x23, 1, 0, 0, 7, 8, 9]));
        Assert.True(second.Queues[1].WaitForUsed(Patience.Time));
        Assert.True(second.Queues[1].TryPop(out UsedChain used));
        byte[] expected = [1, 1, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x23, 1, 0, 0, 7, 8, 9];
        Assert.Equal(expected, second.Memory.Span(at, (int)used.Length).ToArray());
    }

    private static byte[] Request(FrontEndDevice guest, int queue, byte[] data)
    {
        ulong at = guest.Memory.Allocate((ulong)data.Length + 1);
        guest.Memory.Write(at, data);
        guest.Queues[queue].Add(DriverBuffer.Readable(at, (uint)data.Length), DriverBuffer.Writable(at + (ulong)data.Length, 1));
        guest.Queues[queue].Submit();
        Assert.True(guest.Queues[queue].WaitForUsed(Patience.Time));
        Assert.True(guest.Queues[queue].TryPop(out UsedChain used));
        return guest.Memory.Span(at + (ulong)data.Length, (int)used.Length).ToArray();
    }

    private CommandResult Run(params string[] arguments) => Command.Program(["can", "-s", _folder.At("can"), .. arguments]);
}
