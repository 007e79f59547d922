// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using VhostDevice.Devices.Sound.Hosts;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Sound;

/// <summary>Buffers of sound, their time, and that each comes back.</summary>
[Collection(DeviceCollection.Name)]
public sealed class TransferTests : LeakChecked
{
    private static readonly byte[] s_period = new byte[SoundGuest.Period];

    /// <summary>Nobody hears it, and it takes its time all the same: 40 periods of a millisecond.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Playing_and_recording_take_their_time(bool packed)
    {
        using SoundGuest guest = new(SoundGuest.NullCard(), packed);
        long began = Stopwatch.GetTimestamp();
        guest.Run(0);
        guest.Run(1);
        List<(ushort, ulong)> sent = [];
        List<(ushort, ulong, ulong)> fetched = [];
        for (int i = 0; i < 20; i++)
        {
            sent.Add(guest.Send(0, s_period));
            fetched.Add(guest.Fetch(1, SoundGuest.Period));
        }

        foreach ((ushort, ulong) each in sent)
            Assert.Equal(SoundGuest.Ok, guest.TakePlayed(each));
        foreach ((ushort, ulong, ulong) each in fetched)
            Assert.Equal(s_period, guest.TakeRecorded(each));
        Assert.True(Stopwatch.GetElapsedTime(began) >= TimeSpan.FromMilliseconds(20));
        guest.End(0);
        guest.End(1);
        Assert.Equal((20ul, 20ul * 48), (guest.Card.Ports[0].Statistics.Periods, guest.Card.Ports[0].Statistics.Frames));
    }

    [Fact]
    public void A_buffer_waits_until_its_stream_runs_and_comes_back_when_it_is_released()
    {
        using SoundGuest guest = new(SoundGuest.NullCard());
        Assert.Equal(SoundGuest.Ok, guest.Set(0));
        Assert.Equal(SoundGuest.Ok, guest.Status(SoundGuest.Prepare, 0));
        (ushort, ulong) first = guest.Send(0, s_period);
        Assert.Equal(SoundGuest.Ok, guest.Status(SoundGuest.Start, 0));
        Assert.Equal(SoundGuest.Ok, guest.TakePlayed(first));
        Assert.Equal(SoundGuest.Ok, guest.Status(SoundGuest.Stop, 0));
        (ushort, ulong)[] others = [guest.Send(0, s_period), guest.Send(0, s_period)];
        Assert.False(guest.Front.Queues[2].HasUsed);
        Assert.Equal(SoundGuest.Ok, guest.Status(SoundGuest.Release, 0));
        // They are back before the answer is.
        Assert.True(guest.Front.Queues[2].HasUsed);
        foreach ((ushort, ulong) each in others)
            Assert.Equal(SoundGuest.IoError, guest.TakePlayed(each));
        Assert.Equal(2ul, guest.Card.Ports[0].Statistics.Failed);
    }

    [Fact]
    public void A_stream_that_is_stopped_goes_on_where_it_was()
    {
        using SoundGuest guest = new(SoundGuest.NullCard());
        guest.Run(0, buffer: 19200 * 4, period: 19200);
        (ushort, ulong) buffer = guest.Send(0, new byte[19200]);
        Assert.Equal(SoundGuest.Ok, guest.Status(SoundGuest.Stop, 0));
        Assert.Equal(SoundGuest.Ok, guest.Status(SoundGuest.Start, 0));
        Assert.Equal(SoundGuest.Ok, guest.TakePlayed(buffer));
        guest.End(0);
    }

    public static TheoryData<uint, int> BadBuffers() => new() { { 0, 0 }, { 0, 3 }, { 0, 772 }, { 1, 192 }, { 2, 192 }, { uint.MaxValue, 192 } };

    /// <summary>Empty, no whole frames, larger than all, of another direction or of no stream; the next ones are played.</summary>
    [Theory]
    [MemberData(nameof(BadBuffers))]
    public void Buffers_that_make_no_sense_come_back_as_failed(uint stream, int bytes)
    {
        using SoundGuest guest = new(SoundGuest.NullCard());
        guest.Run(0);
        Assert.Equal(SoundGuest.IoError, guest.TakePlayed(guest.Send(stream, new byte[bytes])));
        Assert.Equal(SoundGuest.Ok, guest.TakePlayed(guest.Send(0, s_period)));
        // Nobody has prepared this one.
        (ushort id, _, ulong status) = guest.Fetch(1, SoundGuest.Period);
        UsedChain used = guest.Front.Queues[3].Take();
        Assert.Equal((id, 8u, SoundGuest.IoError), (used.Id, used.Length, guest.StatusAt(status).Status));
        guest.End(0);
    }

    [Theory]
    [InlineData(2, 3, 8)]
    [InlineData(2, 4, 7)]
    [InlineData(3, 3, 200)]
    [InlineData(3, 4, 8)]
    [InlineData(3, 4, 0)]
    public void Buffers_without_head_or_room_come_back(int queue, uint head, uint room)
    {
        using SoundGuest guest = new(SoundGuest.NullCard());
        guest.Run(0);
        guest.Run(1);
        byte[] answer = guest.Front.Request(queue, new byte[head], room);
        Assert.Equal(room < 8 ? 0 : 8, answer.Length);
        Assert.Equal(SoundGuest.Ok, guest.TakePlayed(guest.Send(0, s_period)));
        Assert.Equal(192, guest.TakeRecorded(guest.Fetch(1, SoundGuest.Period)).Length);
    }

    [Fact]
    public void A_guest_that_is_too_slow_is_told_when_it_wants_to_know()
    {
        using SoundGuest guest = new(SoundGuest.NullCard());
        guest.Run(0, features: 1 << 4);
        guest.Run(1, features: 1 << 3);
        (ushort, ulong) buffer = guest.Front.Post(1, 8);
        Assert.Equal(SoundGuest.Ok, guest.TakePlayed(guest.Send(0, s_period)));
        Assert.Equal(SoundGuest.Words(0x1101, 0), RequestTests.TakeEvent(guest, buffer));
        buffer = guest.Front.Post(1, 8);
        _ = guest.TakeRecorded(guest.Fetch(1, SoundGuest.Period));
        Assert.Equal(SoundGuest.Words(0x1100, 1), RequestTests.TakeEvent(guest, buffer));
        Assert.Equal(0ul, guest.Card.Ports[0].Statistics.Xruns);
        Assert.Equal(SoundGuest.Ok, guest.TakePlayed(guest.Send(0, s_period)));
        Assert.Equal(1ul, guest.Card.Ports[0].Statistics.Xruns);
    }

    /// <summary>The front-end stops the queue, as for a pause: what is not played yet goes back, and is played later.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Buffers_outlive_a_pause(bool packed)
    {
        using SoundGuest guest = new(SoundGuest.NullCard(), packed);
        guest.Run(0, buffer: 19200 * 8, period: 19200);
        (ushort, ulong)[] sent = [.. Enumerable.Range(0, 4).Select(_ => guest.Send(0, new byte[19200]))];
        guest.Front.Stop();
        guest.Front.Start();
        foreach ((ushort, ulong) each in sent)
            Assert.Equal(SoundGuest.Ok, guest.TakePlayed(each));
        guest.End(0);
    }

    [Fact]
    public void A_guest_that_leaves_in_the_middle_costs_nothing()
    {
        using SoundGuest guest = new(SoundGuest.NullCard());
        for (int i = 0; i < 3; i++)
        {
            guest.Run(0, buffer: 19200 * 8, period: 19200);
            guest.Run(1, buffer: 19200 * 8, period: 19200);
            _ = guest.Send(0, new byte[19200]);
            _ = guest.Fetch(1, 19200);
            guest.Reconnect();
            Assert.Equal(SoundGuest.BadMessage, guest.Status(SoundGuest.Stop, 0));
        }
    }

    /// <summary>Random steps of all kinds, buffers included: the device answers, and every buffer comes back.</summary>
    [Fact]
    public void A_thousand_random_steps_leave_nothing_behind()
    {
        using SoundGuest guest = new(SoundGuest.NullCard());
        Random random = new(18);
        int sent = 0;
        int back = 0;
        for (int i = 0; i < 1000; i++)
        {
            uint stream = (uint)random.Next(2);
            uint step = (uint)random.Next(7);
            if (step >= 5 && sent - back < 40)
            {
                if (stream == 0)
                    _ = guest.Send(0, s_period);
                else
                    _ = guest.Fetch(1, SoundGuest.Period);
                sent++;
            }
            else
            {
                uint status = step == 0 ? guest.Set(stream) : guest.Status(SoundGuest.SetParameters + Math.Min(step, 4), stream);
                Assert.InRange(status, SoundGuest.Ok, SoundGuest.BadMessage);
            }

            back += Drain(guest);
        }

        foreach (uint stream in (uint[])[0, 1])
        {
            _ = guest.Status(SoundGuest.Stop, stream);
            _ = guest.Status(SoundGuest.Release, stream);
        }

        Assert.Equal(sent, back + Drain(guest));
    }

    [Fact]
    public void Volume_and_switch_act_on_what_is_recorded()
    {
        using SoundGuest guest = new(SoundGuest.CardOf(new NullLine(), new GeneratorLine(1000)));
        guest.Run(1, buffer: 19200 * 2, period: 19200);
        Assert.InRange(Loudest(guest.TakeRecorded(guest.Fetch(1, 19200))), 16383, 16384);
        // 20 dB.
        guest.Card.Ports[1].SetVolume(60);
        Assert.InRange(Loudest(guest.TakeRecorded(guest.Fetch(1, 19200))), 1637, 1639);
        guest.Card.Ports[1].Mute(true);
        Assert.Equal(0, Loudest(guest.TakeRecorded(guest.Fetch(1, 19200))));
        guest.Card.Ports[1].Mute(false);
        guest.Card.Ports[1].SetVolume(0);
        Assert.Equal(0, Loudest(guest.TakeRecorded(guest.Fetch(1, 19200))));
    }

    private static int Drain(SoundGuest guest)
    {
        int count = 0;
        while (guest.Front.Queues[2].TryPop(out _) || guest.Front.Queues[3].TryPop(out _))
            count++;
        return count;
    }

    private static int Loudest(byte[] frames)
    {
        int loudest = 0;
        for (int i = 0; i < frames.Length; i += 2)
            loudest = Math.Max(loudest, Math.Abs((int)BitConverter.ToInt16(frames, i)));
        return loudest;
    }
}
