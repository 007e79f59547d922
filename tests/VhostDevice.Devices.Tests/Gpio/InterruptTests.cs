// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.Virtio;
using Xunit;

namespace VhostDevice.Devices.Tests.Gpio;

/// <summary>Interrupts: enabled in one queue, unmasked and delivered in the other (virtio 1.3 §5.18.7).</summary>
[Collection(DeviceCollection.Name)]
public sealed class InterruptTests : LeakChecked
{
    private const byte Invalid = 0;
    private const byte Valid = 1;

    [Theory]
    [InlineData(GpioFixture.Rising, true, false)]
    [InlineData(GpioFixture.Falling, false, true)]
    public void An_edge_of_the_right_kind_returns_the_buffers(uint type, bool rising, bool falling)
    {
        using GpioFixture f = new();
        f.Apply(3, falling);
        Assert.Equal(GpioFixture.Ok, f.SetDirection(3, GpioFixture.In));
        Assert.Equal(GpioFixture.Ok, f.SetIrq(3, type));
        GpioEvent e = f.Arm(3);
        f.StillArmed();
        f.Apply(3, rising);
        Assert.Equal(Valid, f.Take(e));
        e = f.Arm(3);
        f.Apply(3, !rising);
        f.StillArmed();
        f.Apply(3, rising);
        Assert.Equal(Valid, f.Take(e));
    }

    [Fact]
    public void Both_edges_count_if_both_are_asked_for()
    {
        using GpioFixture f = new();
        f.SetIrq(3, GpioFixture.Both);
        foreach (bool level in (bool[])[true, false, true])
        {
            GpioEvent e = f.Arm(3);
            f.Apply(3, level);
            Assert.Equal(Valid, f.Take(e));
        }
    }

    [Fact]
    public void An_interrupt_needs_no_direction_first()
    {
        using GpioFixture f = new();
        Assert.Equal(GpioFixture.Ok, f.SetIrq(3, GpioFixture.Rising));
        Assert.Equal([0, 2], f.Direction(3));
        GpioEvent e = f.Arm(3);
        f.Apply(3, true);
        Assert.Equal(Valid, f.Take(e));
    }

    [Fact]
    public void Edges_are_latched_once_while_masked()
    {
        using GpioFixture f = new();
        f.SetIrq(3, GpioFixture.Both);
        f.Apply(3, true, false, true, false, true);
        Assert.True(f.Host(c => c.IsMuted(3)));
        Assert.Equal(Valid, f.Take(f.Arm(3)));
        Assert.False(f.Host(c => c.IsMuted(3)));
        GpioEvent e = f.Arm(3);
        f.StillArmed();
        // One returns the buffers, the next is latched, more are the same.
        f.Apply(3, false, true, false, true);
        Assert.Equal(Valid, f.Take(e));
        Assert.Equal(Valid, f.Take(f.Arm(3)));
        e = f.Arm(3);
        f.StillArmed();
        f.Apply(3, false);
        Assert.Equal(Valid, f.Take(e));
    }

    [Theory]
    [InlineData(GpioFixture.LevelHigh, true)]
    [InlineData(GpioFixture.LevelLow, false)]
    public void A_level_interrupts_as_long_as_it_is_active(uint type, bool active)
    {
        using GpioFixture f = new();
        f.Apply(3, active);
        f.SetDirection(3, GpioFixture.In);
        Assert.Equal(GpioFixture.Ok, f.SetIrq(3, type));
        for (int i = 0; i < 3; i++)
            Assert.Equal(Valid, f.Take(f.Arm(3)));
        f.Apply(3, !active);
        GpioEvent e = f.Arm(3);
        f.StillArmed();
        f.Apply(3, active);
        Assert.Equal(Valid, f.Take(e));
        Assert.True(f.Host(c => c.IsMuted(3)));
    }

    [Theory]
    [InlineData(GpioFixture.LevelHigh, true)]
    [InlineData(GpioFixture.LevelLow, false)]
    public void A_level_is_not_latched(uint type, bool active)
    {
        using GpioFixture f = new();
        f.Apply(3, !active);
        f.SetIrq(3, type);
        // Active while masked, and not any more when unmasked.
        f.Apply(3, active, !active);
        GpioEvent e = f.Arm(3);
        f.StillArmed();
        f.Apply(3, active);
        Assert.Equal(Valid, f.Take(e));
        f.Apply(3, !active, active, !active);
        f.Arm(3);
        f.StillArmed();
    }

    [Fact]
    public void A_disabled_interrupt_returns_its_buffers_before_the_answer()
    {
        using GpioFixture f = new();
        f.SetIrq(3, GpioFixture.Rising);
        GpioEvent e = f.Arm(3);
        f.StillArmed();
        Assert.Equal(GpioFixture.Ok, f.SetIrq(3, GpioFixture.None));
        // No waiting: a driver may queue them anew as soon as it has the answer.
        Assert.True(f.Guest.Queues[1].HasUsed);
        Assert.Equal(Invalid, f.Take(e));
        f.Apply(3, true);
        Assert.Equal(GpioFixture.Ok, f.SetIrq(3, GpioFixture.Rising));
        e = f.Arm(3);
        f.StillArmed();
        f.Apply(3, false, true);
        Assert.Equal(Valid, f.Take(e));
    }

    [Fact]
    public void Requests_behind_one_that_returns_buffers_keep_their_order()
    {
        using GpioFixture f = new();
        f.SetIrq(3, GpioFixture.Rising);
        GpioEvent e = f.Arm(3);
        f.StillArmed();
        DriverQueue queue = f.Guest.Queues[0];
        ulong at = f.Guest.Memory.Allocate(64);
        ushort[] ids = new ushort[3];
        uint[] values = [GpioFixture.None, GpioFixture.Falling, GpioFixture.Rising];
        for (int i = 0; i < 3; i++)
        {
            f.Guest.Memory.Write(at + ((ulong)i * 16), GpioFixture.Message(6, 3, values[i]));
            ids[i] = queue.Add(DriverBuffer.Readable(at + ((ulong)i * 16), 8), DriverBuffer.Writable(at + ((ulong)i * 16) + 8, 2));
        }

        queue.Submit();
        for (int i = 0; i < 3; i++)
            Assert.Equal(new UsedChain(ids[i], 2), queue.Take());
        Assert.Equal(Invalid, f.Take(e));
        Assert.Equal(GpioFixture.Ok, f.Guest.Memory.Span(at + 24, 2).ToArray());
        // A type follows none only.
        Assert.Equal(GpioFixture.Error, f.Guest.Memory.Span(at + 40, 2).ToArray());
    }

    [Fact]
    public void Latched_edges_are_discarded_when_the_interrupt_is_disabled()
    {
        using GpioFixture f = new();
        f.SetIrq(3, GpioFixture.Both);
        f.Apply(3, true);
        f.SetIrq(3, GpioFixture.None);
        f.Apply(3, false);
        f.SetIrq(3, GpioFixture.Both);
        GpioEvent e = f.Arm(3);
        f.StillArmed();
        f.Apply(3, true);
        Assert.Equal(Valid, f.Take(e));
    }

    [Fact]
    public void Direction_none_ends_the_interrupt_and_returns_the_buffers()
    {
        using GpioFixture f = new();
        f.SetDirection(3, GpioFixture.In);
        f.SetIrq(3, GpioFixture.Rising);
        GpioEvent e = f.Arm(3);
        f.StillArmed();
        Assert.Equal(GpioFixture.Ok, f.SetDirection(3, GpioFixture.None));
        Assert.True(f.Guest.Queues[1].HasUsed);
        Assert.Equal(Invalid, f.Take(e));
        Assert.Null(f.Host(c => c.UserOf(3)));
        // The type is forgotten, so another one needs no none.
        Assert.Equal(GpioFixture.Ok, f.SetIrq(3, GpioFixture.Falling));
    }

    [Fact]
    public void A_type_may_be_repeated_and_changed_through_none_only()
    {
        using GpioFixture f = new();
        Assert.Equal(GpioFixture.Ok, f.SetIrq(3, GpioFixture.None));
        Assert.Equal(GpioFixture.Ok, f.SetIrq(3, GpioFixture.None));
        Assert.Equal(GpioFixture.Ok, f.SetIrq(3, GpioFixture.Rising));
        GpioEvent e = f.Arm(3);
        f.StillArmed();
        Assert.Equal(GpioFixture.Ok, f.SetIrq(3, GpioFixture.Rising));
        Assert.Equal(GpioFixture.Error, f.SetIrq(3, GpioFixture.Falling));
        f.StillArmed();
        f.Apply(3, true);
        Assert.Equal(Valid, f.Take(e));
        Assert.Equal(GpioFixture.Ok, f.SetIrq(3, GpioFixture.None));
        Assert.Equal(GpioFixture.Ok, f.SetIrq(3, GpioFixture.Falling));
    }

    [Fact]
    public void An_output_has_no_interrupts()
    {
        using GpioFixture f = new();
        f.SetDirection(3, GpioFixture.Out);
        Assert.Equal(GpioFixture.Error, f.SetIrq(3, GpioFixture.Rising));
        f.SetDirection(3, GpioFixture.In);
        Assert.Equal(GpioFixture.Ok, f.SetIrq(3, GpioFixture.Rising));
        Assert.Equal(GpioFixture.Error, f.SetDirection(3, GpioFixture.Out));
        Assert.Equal(GpioFixture.Ok, f.SetDirection(3, GpioFixture.In));
        GpioEvent e = f.Arm(3);
        f.Apply(3, true);
        Assert.Equal(Valid, f.Take(e));
    }

    [Fact]
    public void Buffers_without_an_enabled_interrupt_come_back_at_once()
    {
        using GpioFixture f = new();
        Assert.Equal(Invalid, f.Take(f.Arm(3)));
        Assert.Equal(Invalid, f.Take(f.Arm(8)));
        Assert.Equal(Invalid, f.Take(f.Arm(0xffff)));
    }

    [Fact]
    public void Second_buffers_for_a_line_come_back_at_once()
    {
        using GpioFixture f = new();
        f.SetIrq(3, GpioFixture.Rising);
        GpioEvent first = f.Arm(3);
        Assert.Equal(Invalid, f.Take(f.Arm(3)));
        f.StillArmed();
        f.Apply(3, true);
        Assert.Equal(Valid, f.Take(first));
    }

    /// <summary>
    /// A Linux driver ignores that enabling failed, and queues again whatever comes back: returning its buffers at once
    /// keeps a CPU busy on both sides.
    /// </summary>
    [Fact]
    public void Buffers_for_an_interrupt_that_the_host_cannot_give_do_not_go_round_in_circles()
    {
        using GpioFixture f = new();
        f.BackEnd.Thread.Invoke(() => f.Chip.EdgeFailure = Errno.ENXIO);
        f.SetDirection(3, GpioFixture.In);
        Assert.Equal(GpioFixture.Error, f.SetIrq(3, GpioFixture.LevelHigh));
        GpioEvent e = f.Arm(3);
        f.StillArmed();
        f.Apply(3, true);
        f.StillArmed();
        Assert.Equal(GpioFixture.Ok, f.SetIrq(3, GpioFixture.None));
        Assert.Equal(Invalid, f.Take(e));
    }

    [Fact]
    public void An_interrupt_that_the_host_can_give_after_all_uses_the_buffers_it_has()
    {
        using GpioFixture f = new();
        f.BackEnd.Thread.Invoke(() => f.Chip.EdgeFailure = Errno.ENXIO);
        Assert.Equal(GpioFixture.Error, f.SetIrq(3, GpioFixture.LevelHigh));
        GpioEvent e = f.Arm(3);
        f.StillArmed();
        f.BackEnd.Thread.Invoke(() => f.Chip.EdgeFailure = Errno.Success);
        f.Apply(3, true);
        Assert.Equal(GpioFixture.Ok, f.SetIrq(3, GpioFixture.LevelHigh));
        Assert.Equal(Valid, f.Take(e));
    }

    [Fact]
    public void Malformed_events_come_back_empty()
    {
        using GpioFixture f = new();
        f.SetIrq(0, GpioFixture.Rising);
        Assert.Empty(f.Guest.Request(1, [0], 1));
        Assert.Empty(f.Guest.Request(1, [0, 0, 0], 1));
        Assert.Empty(f.Guest.Request(1, [0, 0], 0));
        Assert.Empty(f.Guest.Request(1, [0, 0], 2));
        Assert.Empty(f.Guest.Request(1, [], 1));
        GpioEvent e = f.Arm(0);
        f.Apply(0, true);
        Assert.Equal(Valid, f.Take(e));
    }

    [Fact]
    public void Without_the_feature_there_are_no_interrupts()
    {
        using GpioFixture f = new(options: GpioFixture.Options with { Features = VirtioFeatures.Version1 | VirtioFeatures.ProtocolFeatures });
        Assert.Equal(GpioFixture.Error, f.SetIrq(3, GpioFixture.Rising));
        Assert.Equal(GpioFixture.Error, f.SetIrq(3, GpioFixture.None));
        Assert.Equal(Invalid, f.Take(f.Arm(3)));
        Assert.Equal(GpioFixture.Ok, f.SetDirection(3, GpioFixture.In));
    }

    [Fact]
    public void A_pause_returns_the_buffers_and_latches_what_happens_meanwhile()
    {
        using GpioFixture f = new();
        f.SetIrq(3, GpioFixture.Rising);
        GpioEvent e = f.Arm(3);
        f.StillArmed();
        f.Guest.Stop();
        Assert.Equal(Invalid, f.Take(e));
        f.Apply(3, true);
        f.Guest.Start();
        Assert.Equal(Valid, f.Take(f.Arm(3)));
    }

    [Fact]
    public void Buffers_go_back_when_only_the_event_queue_stops()
    {
        using GpioFixture f = new();
        f.SetIrq(3, GpioFixture.LevelHigh);
        GpioEvent e = f.Arm(3);
        f.StillArmed();
        f.Guest.Connection.SetVringEnable(1, false).ThrowIfNegative();
        Assert.Equal(Invalid, f.Take(e));
        f.Apply(3, true);
        Assert.Equal(GpioFixture.High, f.Value(3));
        f.Guest.Connection.SetVringEnable(1, true).ThrowIfNegative();
        Assert.Equal(Valid, f.Take(f.Arm(3)));
    }

    [Fact]
    public void A_front_end_may_leave_with_interrupts_armed()
    {
        using GpioFixture f = new();
        for (ushort line = 0; line < 8; line++)
        {
            f.SetIrq(line, line % 2 == 0 ? GpioFixture.Rising : GpioFixture.LevelHigh);
            f.Arm(line);
        }

        f.StillArmed();
        f.Reconnect();
        Assert.Null(f.Host(c => c.UserOf(7)));
        f.SetIrq(7, GpioFixture.Falling);
        f.Arm(7);
        f.StillArmed();
    }
}
