// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.CompilerServices;
using System.Text;
using VhostDevice.Devices.Gpio;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using Xunit;

namespace VhostDevice.Devices.Tests.Gpio;

/// <summary>Directions, values and names (virtio 1.3 §5.18.6).</summary>
[Collection(DeviceCollection.Name)]
public sealed class RequestTests : LeakChecked
{
    [Fact]
    public void The_device_is_what_the_specification_says()
    {
        using GpioFixture f = new();
        using FrontEndConnection c = f.BackEnd.Connect();
        ProbeResult result = BackEndProbe.Run(c);
        Assert.Null(result.Problem);
        Assert.Equal(2UL, result.QueueCount);
        Assert.Equal(1UL, result.Features & FrontEndDeviceOptions.DeviceFeatures);
        Assert.Equal(ProtocolFeatures.Config, result.ProtocolFeatures & ProtocolFeatures.Config);
        Assert.Equal(41u, f.BackEnd.Device.DeviceId);
    }

    [Fact]
    public void Structures_have_the_sizes_of_the_wire()
    {
        Assert.Equal(GpioRequest.Size, Unsafe.SizeOf<GpioRequest>());
        Assert.Equal(2, Unsafe.SizeOf<GpioResponse>());
        Assert.Equal(8, Unsafe.SizeOf<GpioConfig>());
    }

    [Fact]
    public void The_configuration_tells_lines_and_the_size_of_their_names()
    {
        using GpioFixture f = new(new TestGpioChip(300) { Names = { [0] = "MMC-CD", [299] = "reset" } });
        // 300 zeros and the letters.
        Assert.Equal([300 & 0xff, 300 >> 8, 0, 0, 311 & 0xff, 311 >> 8, 0, 0], f.Guest.ReadConfig(0, 8));
    }

    [Fact]
    public void Lines_without_names_have_none_to_ask_for()
    {
        using GpioFixture f = new();
        Assert.Equal([8, 0, 0, 0, 0, 0, 0, 0], f.Guest.ReadConfig(0, 8));
        Assert.Equal(GpioFixture.Error, f.Request(1, 0, 0));
        Assert.Equal([1], f.Request(1, 0, 0, room: 1));
    }

    [Fact]
    public void Names_come_in_the_order_of_lines_as_plain_and_unique_strings()
    {
        using GpioFixture f = new(new TestGpioChip(5) { Names = { [0] = "LED", [2] = "Tür\n", [3] = "LED", [4] = "x" } });
        byte[] expected = Encoding.ASCII.GetBytes("\0LED\0\0T?r?\0\0x\0");
        Assert.Equal(expected, f.Request(1, 0, 0, room: (uint)expected.Length));
        // A buffer of another size gets no names, and what it can take of the error.
        Assert.Equal(GpioFixture.Error, f.Request(1, 0, 0, room: (uint)expected.Length + 1));
        Assert.Equal(GpioFixture.Error, f.Request(1, 0, 0, room: (uint)expected.Length - 1));
        Assert.Equal([1], f.Request(1, 0, 0, room: 1));
    }

    [Fact]
    public void A_line_that_nobody_uses_works_as_the_hardware_has_it()
    {
        using GpioFixture f = new();
        f.BackEnd.Thread.Invoke(() => f.Chip.IsOutput[3] = true);
        Assert.Equal([0, 2], f.Direction(2));
        Assert.Equal([0, 1], f.Direction(3));
        Assert.Null(f.Host(c => c.UserOf(3)));
    }

    /// <summary>Whether a line's level is asked for straight or by a job: what fails has no effect.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_level_that_cannot_be_read_or_driven_is_an_error_and_the_line_goes_on(bool mayWait)
    {
        using GpioFixture f = new(new TestGpioChip(8, mayWait));
        Assert.Equal(GpioFixture.Ok, f.SetValue(1, 1));
        Assert.Equal(GpioFixture.Ok, f.SetDirection(1, GpioFixture.Out));
        f.BackEnd.Thread.Invoke(() => f.Chip.LevelFailure = Errno.EIO);
        Assert.Equal(GpioFixture.Error, f.Value(1));
        Assert.Equal(GpioFixture.Error, f.SetValue(1, 0));
        Assert.Equal(GpioFixture.Error, f.SetValue(1, 2));
        f.BackEnd.Thread.Invoke(() => f.Chip.LevelFailure = Errno.Success);
        Assert.Equal(GpioFixture.High, f.Value(1));
        Assert.Equal(2, f.Log.Lines.Count(l => l.Text.Contains("line 1 of testchip cannot do", StringComparison.Ordinal)));
        // An input that becomes an output again drives what was driven last.
        Assert.Equal(GpioFixture.Ok, f.SetDirection(1, GpioFixture.In));
        f.BackEnd.Thread.Invoke(() => f.Chip.Levels[1] = false);
        Assert.Equal(GpioFixture.Ok, f.SetDirection(1, GpioFixture.Out));
        Assert.Equal(GpioFixture.High, f.Value(1));
    }

    [Fact]
    public void An_output_drives_what_was_set_before_and_after()
    {
        using GpioFixture f = new();
        Assert.Equal(GpioFixture.Ok, f.SetValue(1, 1));
        Assert.False(f.Host(c => c.Levels[1]));
        Assert.Equal(GpioFixture.Ok, f.SetDirection(1, GpioFixture.Out));
        Assert.Equal(new GpioLineSettings(GpioDirection.Out, Value: true), f.Host(c => c.SettingsOf(1)));
        Assert.Equal("test", f.Host(c => c.UserOf(1)));
        Assert.Equal(GpioFixture.High, f.Value(1));
        Assert.Equal([0, 1], f.Direction(1));
        Assert.Equal(GpioFixture.Ok, f.SetValue(1, 0));
        Assert.False(f.Host(c => c.Levels[1]));
        Assert.Equal(GpioFixture.Low, f.Value(1));
    }

    [Fact]
    public void An_output_without_a_value_goes_on_as_the_line_is()
    {
        using GpioFixture f = new();
        f.Apply(1, true);
        Assert.Equal(GpioFixture.Ok, f.SetDirection(1, GpioFixture.Out));
        Assert.Equal(new GpioLineSettings(GpioDirection.Out, Value: true), f.Host(c => c.SettingsOf(1)));
    }

    [Fact]
    public void An_input_reads_the_level_and_keeps_a_value_for_later()
    {
        using GpioFixture f = new();
        Assert.Equal(GpioFixture.Ok, f.SetDirection(5, GpioFixture.In));
        Assert.Equal(GpioFixture.Low, f.Value(5));
        f.Apply(5, true);
        Assert.Equal(GpioFixture.High, f.Value(5));
        Assert.Equal(GpioFixture.Ok, f.SetValue(5, 0));
        Assert.Equal(GpioFixture.High, f.Value(5));
        Assert.Equal(GpioFixture.Ok, f.SetDirection(5, GpioFixture.Out));
        Assert.Equal(GpioFixture.Low, f.Value(5));
    }

    [Fact]
    public void A_level_may_be_read_before_a_direction_is_set()
    {
        using GpioFixture f = new();
        f.Apply(0, true);
        Assert.Equal(GpioFixture.High, f.Value(0));
        Assert.Equal(GpioDirection.AsIs, f.Host(c => c.SettingsOf(0)!.Value.Direction));
    }

    [Fact]
    public void Direction_none_gives_the_line_back_with_all_of_its_state()
    {
        using GpioFixture f = new();
        f.SetValue(1, 1);
        f.SetDirection(1, GpioFixture.Out);
        Assert.Equal(GpioFixture.Ok, f.SetDirection(1, GpioFixture.None));
        Assert.Null(f.Host(c => c.UserOf(1)));
        f.BackEnd.Thread.Invoke(() => f.Chip.Levels[1] = false);
        // The value is forgotten: the line goes on low, as it is now.
        Assert.Equal(GpioFixture.Ok, f.SetDirection(1, GpioFixture.Out));
        Assert.Equal(GpioFixture.Low, f.Value(1));
        Assert.Equal(GpioFixture.Ok, f.SetDirection(2, GpioFixture.None));
    }

    [Fact]
    public void What_makes_no_sense_is_refused_and_changes_nothing()
    {
        using GpioFixture f = new();
        foreach (ushort type in (ushort[])[0, 7, 100, 0x8001])
            Assert.Equal(GpioFixture.Error, f.Request(type, 0, 0));
        foreach (ushort line in (ushort[])[8, 9, 0x8000, 0xffff])
        {
            for (ushort type = 2; type <= 6; type++)
                Assert.Equal(GpioFixture.Error, f.Request(type, line, 1));
        }

        // None of the bits is ignored.
        foreach (uint direction in (uint[])[3, 10, 0x101, 0x10001, 0x8000_0002])
            Assert.Equal(GpioFixture.Error, f.SetDirection(0, direction));
        foreach (uint value in (uint[])[2, 0x100, 0x10001, 0xffff_ffff])
            Assert.Equal(GpioFixture.Error, f.SetValue(0, value));
        foreach (uint irq in (uint[])[5, 6, 7, 9, 12, 16, 0x10001])
            Assert.Equal(GpioFixture.Error, f.SetIrq(0, irq));
        Assert.Equal(0, f.Host(c => c.Requests));
    }

    [Fact]
    public void Nothing_is_done_whose_answer_has_no_place()
    {
        using GpioFixture f = new();
        byte[] message = GpioFixture.Message(3, 0, GpioFixture.In);
        Assert.Equal([1], f.Guest.Request(0, message, 1));
        Assert.Equal(GpioFixture.Error, f.Guest.Request(0, message, 3));
        Assert.Empty(f.Guest.Request(0, message, 0));
        Assert.Equal(GpioFixture.Error, f.Guest.Request(0, message.AsSpan(0, 7), 2));
        Assert.Equal(GpioFixture.Error, f.Guest.Request(0, [.. message, 0], 2));
        Assert.Equal(GpioFixture.Error, f.Guest.Request(0, [], 2));
        Assert.Equal(0, f.Host(c => c.Requests));
        Assert.Equal(GpioFixture.Ok, f.Guest.Request(0, message, 2));
    }

    [Fact]
    public void A_request_may_be_cut_anyhow()
    {
        using GpioFixture f = new();
        ulong at = f.Guest.Memory.Allocate(64);
        f.Guest.Memory.Write(at, GpioFixture.Message(4, 3, 0));
        f.Guest.Memory.Span(at + 16, 16).Fill(0xa5);
        f.Apply(3, true);
        f.Guest.Queues[0].AddIndirect(
            DriverBuffer.Readable(at, 1), DriverBuffer.Readable(at + 1, 4), DriverBuffer.Readable(at + 5, 3),
            DriverBuffer.Writable(at + 20, 1), DriverBuffer.Writable(at + 24, 1));
        f.Guest.Queues[0].Submit();
        Assert.Equal(2u, f.Guest.Queues[0].Take().Length);
        Assert.Equal([0xa5, 0xa5, 0xa5, 0xa5, 0, 0xa5, 0xa5, 0xa5, 1, 0xa5], f.Guest.Memory.Span(at + 16, 10).ToArray());
    }

    [Fact]
    public void A_guest_sees_the_lines_of_its_choice_under_its_own_numbers()
    {
        using GpioFixture f = new(
            new TestGpioChip(8) { Names = { [0] = "zero", [6] = "six" } },
            [new GpioLineChoice(6, GpioBias.PullUp), new GpioLineChoice(2)]);
        Assert.Equal([2, 0, 0, 0, 5, 0, 0, 0], f.Guest.ReadConfig(0, 8));
        Assert.Equal([0, .. "six\0\0"u8], f.Request(1, 0, 0, room: 6));
        Assert.Equal(GpioFixture.Ok, f.SetDirection(0, GpioFixture.In));
        Assert.Equal(new GpioLineSettings(GpioDirection.In, Bias: GpioBias.PullUp), f.Host(c => c.SettingsOf(6)));
        Assert.Equal(GpioFixture.Error, f.SetDirection(2, GpioFixture.In));
    }

    [Fact]
    public void A_line_in_use_is_refused_and_the_log_says_by_whom()
    {
        using GpioFixture f = new();
        f.BackEnd.Thread.Invoke(() => f.Chip.Taken[4] = "heater");
        Assert.Equal(GpioFixture.Error, f.SetDirection(4, GpioFixture.In));
        Assert.Equal(GpioFixture.Error, f.Value(4));
        Assert.Contains(f.Log.Lines, l => l.Text.Contains("line 4 of testchip is in use by \"heater\"", StringComparison.Ordinal));
        f.BackEnd.Thread.Invoke(() => f.Chip.Taken.Clear());
        Assert.Equal(GpioFixture.Ok, f.SetDirection(4, GpioFixture.In));
    }

    [Fact]
    public void A_guest_cannot_fill_the_log()
    {
        using GpioFixture f = new();
        f.BackEnd.Thread.Invoke(() => f.Chip.Taken[4] = "heater");
        for (int i = 0; i < 200; i++)
            f.Value(4);
        Assert.InRange(f.Log.Lines.Count, 1, 40);
    }

    [Fact]
    public void Lines_go_back_when_the_front_end_leaves()
    {
        using GpioFixture f = new();
        f.SetDirection(1, GpioFixture.In);
        f.SetDirection(2, GpioFixture.In);
        f.Reconnect();
        Assert.Null(f.Host(c => c.UserOf(1)));
        Assert.Null(f.Host(c => c.UserOf(2)));
    }

    [Fact]
    public void A_driver_that_begins_anew_finds_all_lines_free()
    {
        using GpioFixture f = new();
        f.SetDirection(1, GpioFixture.In);
        f.Guest.Reset();
        f.Guest.Start();
        Assert.Equal([0, 2], f.Direction(7));
        Assert.Null(f.Host(c => c.UserOf(1)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_pause_keeps_lines_as_they_are(bool withStatus)
    {
        using GpioFixture f = new();
        f.SetValue(1, 1);
        f.SetDirection(1, GpioFixture.Out);
        f.Guest.Stop();
        // QEMU sends it for a pause, too.
        if (withStatus)
            f.Guest.Connection.SetStatus(0).ThrowIfNegative();
        Assert.True(f.Host(c => c.Levels[1]));
        f.Guest.Start();
        Assert.Equal(GpioFixture.High, f.Value(1));
        Assert.Equal(1, f.Host(c => c.Requests));
    }

    [Fact]
    public void Many_requests_are_answered_in_order()
    {
        using GpioFixture f = new();
        DriverQueue queue = f.Guest.Queues[0];
        ulong at = f.Guest.Memory.Allocate(64 * 16);
        List<ushort> ids = [];
        for (int i = 0; i < 30; i++)
        {
            ulong here = at + (ulong)(i * 16);
            f.Guest.Memory.Write(here, GpioFixture.Message(5, 1, (uint)(i % 3 == 0 ? 7 : i & 1)));
            ids.Add(queue.Add(DriverBuffer.Readable(here, 8), DriverBuffer.Writable(here + 8, 2)));
        }

        queue.Submit();
        for (int i = 0; i < 30; i++)
        {
            Assert.Equal(new UsedChain(ids[i], 2), queue.Take());
            Assert.Equal(i % 3 == 0 ? GpioFixture.Error : GpioFixture.Ok, f.Guest.Memory.Span(at + (ulong)(i * 16) + 8, 2).ToArray());
        }
    }
}
