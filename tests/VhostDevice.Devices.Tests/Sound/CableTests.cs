// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Sound.Hosts;
using VhostDevice.Devices.Sound.Samples;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Sound;

/// <summary>What one stream plays another one records.</summary>
[Collection(DeviceCollection.Name)]
public sealed class CableTests : LeakChecked
{
    private const uint Bytes = 1920; // 10 ms

    /// <summary>Bit by bit, without a gap, behind some silence; for all formats that have numbers in them, and for others.</summary>
    [Theory]
    [InlineData(5, 2)]
    [InlineData(11, 1)]
    [InlineData(15, 2)]
    [InlineData(17, 8)]
    [InlineData(19, 2)]
    [InlineData(20, 3)]
    [InlineData(21, 2)]
    public void What_is_played_is_what_is_recorded(byte format, byte channels)
    {
        SoundCable cable = new("a");
        using SoundGuest guest = new(SoundGuest.CardOf(new CableLine(cable, plays: true), new CableLine(cable, plays: false)));
        int frame = new SoundFormat((SampleFormat)format, 48000, channels).FrameBytes;
        uint period = (uint)(480 * frame);
        guest.Run(1, format, SoundGuest.Rate48000, channels, period * 8, period);
        guest.Run(0, format, SoundGuest.Rate48000, channels, period * 8, period);
        byte[] played = new byte[period * 6];
        new Random(1).NextBytes(played);
        Queue<(ushort, ulong)> sent = [];
        for (int i = 0; i < 6; i++)
            sent.Enqueue(guest.Send(0, played.AsSpan(i * (int)period, (int)period)));
        List<byte> recorded = [];
        // Until all of it has come, and silence behind it: how much comes before it nobody has promised.
        while (Find(recorded, played) < 0 && recorded.Count < period * 60)
            recorded.AddRange(guest.TakeRecorded(guest.Fetch(1, period)));
        Assert.True(Find(recorded, played) >= 0);
        Assert.Equal(0, Find(recorded, played) % frame);
    }

    [Fact]
    public void Formats_and_channels_are_turned_into_each_other_and_rates_are_not()
    {
        SoundCable cable = new("a");
        ISoundSession player = cable.BeginPlay(new SoundFormat(SampleFormat.S16, 48000, 1), 1, out _)!;
        ISoundSession listener = cable.Listen(new SoundFormat(SampleFormat.S32, 48000, 2), 1);
        ISoundSession other = cable.Listen(new SoundFormat(SampleFormat.S16, 44100, 1), 1);
        byte[] heard = new byte[16];
        Assert.Equal(0, listener.Read(heard));
        _ = player.Write([1, 0, 0, 0x80]);
        Assert.Equal(16, listener.Read(heard));
        Assert.Equal([0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0x80, 0, 0, 0, 0x80], heard);
        Assert.Equal(0, other.Read(heard));
        Assert.Null(cable.BeginPlay(new SoundFormat(SampleFormat.S16, 48000, 1), 1, out string problem));
        Assert.NotEmpty(problem);
        player.Dispose();
        Assert.NotNull(cable.BeginPlay(new SoundFormat(SampleFormat.S16, 48000, 1), 1, out _));
    }

    [Fact]
    public void A_listener_begins_when_nothing_can_be_missing_and_loses_what_is_too_old()
    {
        SoundFormat format = new(SampleFormat.U8, 8000, 1);
        SoundCable cable = new("a");
        ISoundSession player = cable.BeginPlay(format, 80, out _)!;
        player.Start();
        ISoundSession listener = cable.Listen(format, 80);
        byte[] heard = new byte[80];
        byte[] period = new byte[80];
        int periods = 0;
        while (listener.Read(heard) == 0)
        {
            period.AsSpan().Fill((byte)++periods);
            _ = player.Write(period);
        }

        // A period of each, and the slack.
        Assert.Equal(2 + SoundCable.SlackMilliseconds / 10, periods);
        Assert.Equal(1, heard[0]);
        for (int i = 0; i < 1000; i++)
        {
            period.AsSpan().Fill((byte)i);
            _ = player.Write(period);
        }

        Assert.Equal(80, listener.Read(heard));
        Assert.NotEqual(2, heard[0]);
        player.Stop();
        // What is left is heard to its end.
        while (listener.Read(heard) == 80)
            continue;
        Assert.Equal(0, listener.DelayBytes);
    }

    /// <summary>Somebody has played for long when the listener comes: it hears the present, and then each sample once.</summary>
    [Fact]
    public void A_listener_that_comes_late_hears_no_gap()
    {
        SoundFormat format = new(SampleFormat.S32, 8000, 1);
        SoundCable cable = new("a");
        ISoundSession player = cable.BeginPlay(format, 80, out _)!;
        player.Start();
        int next = 0;
        for (int i = 0; i < 500; i++)
            Put();
        ISoundSession listener = cable.Listen(format, 80);
        byte[] heard = new byte[80 * 4];
        int last = -1;
        for (int i = 0; i < 500; i++)
        {
            Assert.Equal(heard.Length, listener.Read(heard));
            for (int at = 0; at < heard.Length; at += 4)
            {
                int sample = BitConverter.ToInt32(heard, at);
                Assert.True(last < 0 || sample == last + 1, $"{sample} follows {last}");
                last = sample;
            }

            Put();
        }

        Assert.InRange(next - last, 80, 80 * 6);

        void Put()
        {
            byte[] period = new byte[80 * 4];
            for (int at = 0; at < period.Length; at += 4)
                BitConverter.TryWriteBytes(period.AsSpan(at), next++);
            _ = player.Write(period);
        }
    }

    [Fact]
    public void Guests_hear_each_other()
    {
        SoundCable cable = new("a");
        using LoopThread thread = new();
        using SoundGuest speaker = new(SoundGuest.CardOf(new CableLine(cable, plays: true), new NullLine()), shared: thread);
        using SoundGuest listener = new(SoundGuest.CardOf(new NullLine(), new CableLine(cable, plays: false)), shared: thread);
        listener.Run(1, buffer: Bytes * 4, period: Bytes);
        speaker.Run(0, buffer: Bytes * 4, period: Bytes);
        byte[] played = new byte[Bytes];
        played.AsSpan().Fill(0x11);
        Queue<(ushort, ulong)> sent = [];
        for (int i = 0; i < 3; i++)
            sent.Enqueue(speaker.Send(0, played));
        bool isHeard = false;
        for (int i = 0; i < 200 && !isHeard; i++)
        {
            isHeard = listener.TakeRecorded(listener.Fetch(1, Bytes)).Contains((byte)0x11);
            if (speaker.Front.Queues[2].TryPop(out _))
                _ = speaker.Send(0, played);
        }

        Assert.True(isHeard);
        // Nobody else plays into it meanwhile.
        using SoundGuest third = new(SoundGuest.CardOf(new CableLine(cable, plays: true), new NullLine()));
        Assert.Equal(SoundGuest.Ok, third.Set(0));
        Assert.Equal(SoundGuest.IoError, third.Status(SoundGuest.Prepare, 0));
        Assert.Equal(SoundGuest.BadMessage, third.Status(SoundGuest.Start, 0));
        speaker.End(0);
        Assert.Equal(SoundGuest.Ok, third.Status(SoundGuest.Prepare, 0));
    }

    private static int Find(List<byte> where, byte[] what) => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(where).IndexOf(what);
}
