// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers;
using VhostDevice.Devices.Input;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Input;

/// <summary>Guests that come, pause, reset, move and go, and what the device does for them meanwhile.</summary>
[Collection(DeviceCollection.Name)]
public sealed class LifeTests : LeakChecked
{
    [Theory]
    [InlineData(0x11, 1, 1, "11 1 1")]
    [InlineData(0x12, 2, 440, "12 2 440")]
    [InlineData(0x15, 0x60, 0xFFFF, "15 96 65535")]
    [InlineData(0x15, 3, 1, "15 3 1")] // plays an effect
    public void What_the_device_has_is_passed_on(ushort type, ushort code, int value, string noted)
    {
        TestSource source = new();
        using InputGuest guest = new(source);
        guest.Send(type, code, value);
        Assert.Equal(["start", noted], source.Journal);
        Assert.Equal(1ul, guest.Statistics.Status);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 30)]
    [InlineData(3, 0)]
    [InlineData(0x11, 2)]
    [InlineData(0x11, 0xFFFF)]
    [InlineData(0x12, 1)]
    [InlineData(0x14, 0)]
    [InlineData(0x15, 0x61)]
    [InlineData(0x15, 0xFFFF)]
    [InlineData(0x1F, 0)]
    [InlineData(0xFFFF, 0xFFFF)]
    public void What_it_does_not_have_is_not(ushort type, ushort code)
    {
        TestSource source = new();
        using InputGuest guest = new(source);
        guest.Send(type, code, 1);
        Assert.Equal(["start"], source.Journal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(12)]
    [InlineData(8 * 100)]
    public void A_request_of_any_length_comes_back_and_does_not_do_too_much(int length)
    {
        TestSource source = new();
        using InputGuest guest = new(source);
        byte[] request = new byte[length];
        for (int i = 0; i + 8 <= length; i += 8)
            (request[i], request[i + 4]) = (0x11, 1);
        if (length > 0)
            Assert.Empty(guest.Front.Request(1, request, 0));
        Assert.Empty(guest.Front.Request(1, [0x11, 0, 1, 0, 1, 0, 0, 0], 8));
        Assert.Equal(1 + Math.Min(length / 8, 64) + 1, source.Journal.Length);
    }

    [Fact]
    public void The_key_that_is_held_when_a_guest_starts_is_not_meant_for_it_but_switches_are()
    {
        TestSource source = new();
        source.Now.Apply(TestSource.Key(1, 1));
        source.Now.Apply(new InputEvent(InputTypes.Switch, 0, 1));
        source.Now.Apply(TestSource.Absolute(0, 7));
        using InputGuest guest = new(source);
        Assert.Equal([new InputEvent(InputTypes.Switch, 0, 1), TestSource.Absolute(0, 7)], guest.TakeReport());
        source.Report(TestSource.Key(1, 0));
        Assert.Equal([TestSource.Key(1, 0)], guest.TakeReport());
    }

    [Fact]
    public void The_next_guest_has_nothing_pressed_and_gets_nothing_of_the_former_one()
    {
        TestSource source = new();
        using InputGuest guest = new(source, buffers: 2);
        source.Report(TestSource.Key(42, 1));
        source.Report(TestSource.Key(30, 1));
        source.Now.Apply(TestSource.Key(42, 0));
        guest.Reconnect();
        Assert.Equal(["start", "stop", "leave", "start"], Collapsed(source));
        source.Report(TestSource.Key(1, 1));
        Assert.Equal([TestSource.Key(1, 1)], guest.TakeReport());
    }

    [Fact]
    public void A_guest_that_resets_its_device_begins_anew()
    {
        TestSource source = new();
        using InputGuest guest = new(source, buffers: 0);
        Assert.NotEmpty(guest.Select(1));
        source.Report(TestSource.Key(42, 1));
        guest.Front.Reset();
        Assert.Equal(new byte[9], guest.Front.ReadConfig(0, 9));
        guest.Front.Start();
        guest.Offer(8);
        guest.BackEnd.Settle();
        source.Report(TestSource.Key(1, 1));
        Assert.Equal([TestSource.Key(1, 1)], guest.TakeReport());
    }

    [Fact]
    public void After_a_pause_the_guest_sees_what_was_released_meanwhile()
    {
        TestSource source = new();
        using InputGuest guest = new(source);
        source.Report(TestSource.Key(42, 1));
        Assert.Equal([TestSource.Key(42, 1)], guest.TakeReport());
        guest.Send(InputTypes.Led, 1, 1);
        _ = guest.Front.Stop();
        source.Now.Apply(TestSource.Key(42, 0));
        source.Now.Apply(TestSource.Key(30, 1));
        guest.Front.Start();
        Assert.Equal([TestSource.Key(30, 1), TestSource.Key(42, 0)], guest.TakeReport());
        Assert.Equal(["start", "11 1 1", "stop", "start", "11 1 1"], source.Journal);
    }

    [Fact]
    public void State_moves_with_the_guest()
    {
        TestSource first = new(), second = new();
        ArrayBufferWriter<byte> saved = new();
        using InputGuest guest = new(first);
        first.Report(
            TestSource.Key(42, 1), TestSource.Key(767, 1), TestSource.Absolute(0, 50), TestSource.Absolute(0x2F, 9), TestSource.Absolute(0x39, 3));
        _ = guest.TakeReport();
        _ = guest.Select(0x12, 0);
        guest.Send(InputTypes.Led, 0, 1);
        guest.BackEnd.With(d => d.SaveState(saved));
        second.Now.Apply(TestSource.Key(42, 1));
        second.Now.Apply(TestSource.Absolute(0x2F, 9));
        using TestBackEnd<InputDevice> other = new(() => new InputDevice(second, new InputStatistics()));
        using FrontEndDevice there = other.Negotiate(guest.Options);
        other.With(d => Assert.True(d.TryLoadState(1, saved.WrittenSpan, out _)));
        byte[] config = there.ReadConfig(0, 136);
        Assert.Equal((0x12, 0, 20), (config[0], config[1], config[2]));
        ArrayBufferWriter<byte> again = new();
        other.With(d => d.SaveState(again));
        Assert.Equal(saved.WrittenSpan, again.WrittenSpan);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(1, 645)]
    [InlineData(1, 646)] // no finger
    [InlineData(1, 1205)]
    [InlineData(1, 1207)]
    [InlineData(1, 1210)]
    [InlineData(2, 1206)]
    public void A_state_that_is_none_is_refused(uint version, int length)
    {
        using InputGuest guest = new(new TestSource());
        guest.BackEnd.With(d => Assert.False(d.TryLoadState(version, new byte[length], out string problem), problem));
    }

    [Fact]
    public void Any_bytes_of_the_right_length_are_a_state()
    {
        TestSource source = new();
        using InputGuest guest = new(source);
        ArrayBufferWriter<byte> saved = new();
        guest.BackEnd.With(d => d.SaveState(saved));
        byte[] noise = new byte[saved.WrittenCount];
        new Random(1).NextBytes(noise);
        guest.BackEnd.With(d => Assert.True(d.TryLoadState(1, noise, out _)));
        source.Guest!.ReportLoss();
        InputState seen = new(source.Description);
        guest.TakeReport().ForEach(e => seen.Apply(e));
        Assert.False(seen.IsPressed(30));
    }

    [Fact]
    public void A_process_that_takes_over_without_a_state_releases_every_key()
    {
        TestSource source = new();
        using InputGuest guest = new(source);
        source.Report(TestSource.Key(30, 1));
        Assert.Equal([TestSource.Key(30, 1)], guest.TakeReport());
        // Another device object goes on with the same rings.
        guest.Front.Stop();
        TestSource other = new();
        other.Now.Apply(TestSource.Key(1, 1));
        using TestBackEnd<InputDevice> next = new(() => new InputDevice(other, new InputStatistics()));
        guest.Front.Reattach(next.Connect());
        List<InputEvent> changes = guest.TakeReport();
        Assert.Equal(
            [TestSource.Key(30, 0), TestSource.Key(42, 0), TestSource.Key(0x14A, 0), TestSource.Key(767, 0)],
            changes.Where(e => e.Type == 1));
        Assert.Contains(TestSource.Absolute(0, 0), changes);
        Assert.Equal(10, changes.Count(e => e == TestSource.Absolute(0x39, -1)));
        guest.Front.Stop();
    }

    private static List<string> Collapsed(TestSource source)
    {
        List<string> lines = [];
        foreach (string line in source.Journal)
        {
            if (lines.Count == 0 || lines[^1] != line)
                lines.Add(line);
        }

        return lines;
    }
}
