// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Gpio;
using VhostDevice.Devices.Gpio;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Gpio;

/// <summary>Two guests on two loops, whose lines are wired to each other: one drives, the other is interrupted.</summary>
[Collection(DeviceCollection.Name)]
public sealed class WiredLinesTests : LeakChecked
{
    [Fact]
    public void Each_edge_that_one_guest_drives_interrupts_the_other_once()
    {
        using Board board = new("test");
        SimulatedGpioChip chip = new(board, "chip", ["out", "in"]);
        board.Nets.Connect(chip.PinOf(0), chip.PinOf(1));
        RecordingLogger log = new();
        using TestBackEnd<GpioDevice> driving = new(() => new GpioDevice(chip, [new GpioLineChoice(0)], "driving", log));
        using TestBackEnd<GpioDevice> hearing = new(() => new GpioDevice(chip, [new GpioLineChoice(1)], "hearing", log));
        using FrontEndDevice driver = driving.Attach(GpioFixture.Options);
        using FrontEndDevice listener = hearing.Attach(GpioFixture.Options);
        Assert.Equal(GpioFixture.Ok, driver.Request(0, GpioFixture.Message(5, 0, 0), 2));
        Assert.Equal(GpioFixture.Ok, driver.Request(0, GpioFixture.Message(3, 0, GpioFixture.Out), 2));
        Assert.Equal(GpioFixture.Ok, listener.Request(0, GpioFixture.Message(6, 0, GpioFixture.Both), 2));
        ulong at = listener.Memory.Allocate(16);
        listener.Memory.Span(at, 2).Clear();
        for (uint i = 1; i <= 500; i++)
        {
            listener.Queues[1].Add(DriverBuffer.Readable(at, 2), DriverBuffer.Writable(at + 8, 1));
            listener.Queues[1].Submit();
            Assert.Equal(GpioFixture.Ok, driver.Request(0, GpioFixture.Message(5, 0, i & 1), 2));
            Assert.Equal(1u, listener.Queues[1].Take().Length);
            Assert.Equal(1, listener.Memory.Span(at + 8, 1)[0]);
            Assert.Equal([0, (byte)(i & 1)], listener.Request(0, GpioFixture.Message(4, 0, 0), 2));
        }

        listener.Queues[1].Add(DriverBuffer.Readable(at, 2), DriverBuffer.Writable(at + 8, 1));
        listener.Queues[1].Submit();
        hearing.Settle();
        Assert.False(listener.Queues[1].HasUsed);
    }

    [Fact]
    public void A_line_that_one_guest_has_is_refused_to_the_other()
    {
        using Board board = new("test");
        SimulatedGpioChip chip = new(board, "chip", ["a"]);
        RecordingLogger log = new();
        using TestBackEnd<GpioDevice> first = new(() => new GpioDevice(chip, [new GpioLineChoice(0)], "first guest", log));
        using TestBackEnd<GpioDevice> second = new(() => new GpioDevice(chip, [new GpioLineChoice(0)], "second guest", log));
        using FrontEndDevice one = first.Attach(GpioFixture.Options);
        using FrontEndDevice two = second.Attach(GpioFixture.Options);
        Assert.Equal(GpioFixture.Ok, one.Request(0, GpioFixture.Message(3, 0, GpioFixture.In), 2));
        Assert.Equal(GpioFixture.Error, two.Request(0, GpioFixture.Message(3, 0, GpioFixture.In), 2));
        Assert.Contains(log.Lines, l => l.Text.Contains("line 0 of chip is in use by \"first guest\"", StringComparison.Ordinal));
        Assert.Equal(GpioFixture.Ok, one.Request(0, GpioFixture.Message(3, 0, GpioFixture.None), 2));
        Assert.Equal(GpioFixture.Ok, two.Request(0, GpioFixture.Message(3, 0, GpioFixture.In), 2));
    }
}
