// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Sound;

/// <summary>Streams that go on elsewhere, or with another connection.</summary>
[Collection(DeviceCollection.Name)]
public sealed class StateTests : LeakChecked
{
    private static readonly byte[] s_period = new byte[SoundGuest.Period];

    [Fact]
    public void A_guest_that_was_moved_goes_on_playing()
    {
        ArrayBufferWriter<byte> saved = new();
        using SoundGuest first = new(SoundGuest.NullCard());
        first.Run(0);
        first.Card.Ports[0].SetVolume(30);
        first.Card.Ports[1].Mute(true);
        first.BackEnd.With(d => d.SaveState(saved));
        using SoundGuest second = new(SoundGuest.NullCard());
        second.BackEnd.With(d => Assert.True(d.TryLoadState(1, saved.WrittenSpan, out _)));
        Assert.Equal(SoundGuest.Ok, second.TakePlayed(second.Send(0, s_period)));
        Assert.Equal(SoundGuest.Words(SoundGuest.Ok, 30), second.Ask(4 + 512, 0x302, 0)[..8]);
        Assert.Equal(SoundGuest.Words(SoundGuest.Ok, 0), second.Ask(4 + 512, 0x302, 3)[..8]);
        second.End(0);
        Assert.Equal(SoundGuest.BadMessage, second.Status(SoundGuest.Stop, 1));
    }

    [Theory]
    [InlineData(1, 0, 0, 0)]
    [InlineData(1, 35, 0, 0)]
    [InlineData(2, 72, 0, 0)]
    [InlineData(1, 72, 16, 6)]
    [InlineData(1, 72, 16, 2)]
    [InlineData(1, 72, 18, 101)]
    public void A_state_that_is_none_is_refused(uint version, int length, int at, byte value)
    {
        using SoundGuest guest = new(SoundGuest.NullCard());
        guest.Run(0);
        byte[] state = new byte[length];
        if (length > at)
            state[at] = value;
        guest.BackEnd.With(d =>
        {
            Assert.False(d.TryLoadState(version, state, out string problem));
            Assert.NotEmpty(problem);
        });
        Assert.Equal(SoundGuest.Ok, guest.TakePlayed(guest.Send(0, s_period)));
    }

    [Fact]
    public void A_driver_that_begins_anew_finds_new_streams()
    {
        using SoundGuest guest = new(SoundGuest.NullCard());
        guest.Run(0);
        guest.Front.Reset();
        guest.Front.Start();
        Assert.Equal(SoundGuest.BadMessage, guest.Status(SoundGuest.Stop, 0));
        guest.Run(0);
        guest.End(0);
    }

    [Fact]
    public void A_process_can_be_looked_into()
    {
        using SoundGuest guest = new(SoundGuest.NullCard());
        guest.Run(0);
        guest.BackEnd.With(d => Assert.Equal(
            ["out0 (null): Running, S16, 48000 Hz, 2 channels, periods of 192 bytes, 0 buffers wait", "in0 (null): New"], d.DescribeState()));
    }
}
