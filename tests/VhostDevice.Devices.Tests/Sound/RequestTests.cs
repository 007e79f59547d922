// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using VhostDevice.Devices.Sound;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Sound;

/// <summary>What a driver asks on the control queue.</summary>
[Collection(DeviceCollection.Name)]
public sealed class RequestTests : LeakChecked
{
    private const uint JackInfo = 1;
    private const uint PcmInfo = 0x100;
    private const uint MapInfo = 0x200;
    private const uint ControlInfo = 0x300;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_card_says_what_it_has(bool packed)
    {
        using SoundGuest guest = new(SoundGuest.NullCard(), packed);
        byte[] config = guest.Front.ReadConfig(0, 16);
        Assert.Equal(SoundGuest.Words(2, 2, 16, 4), config);

        byte[] pcm = guest.Ask(4 + 64, PcmInfo, 0, 2, 32);
        Assert.Equal((SoundGuest.Ok, 68), (Word(pcm, 0), pcm.Length));
        // Every format of whole bytes, every rate, 1 to 8 channels; then the same to record.
        Assert.Equal((0u, 0x18u, 0x1FFFFFEu, 0u, 0xFFFFu, 0u, 0x080100u, 0u), Eight(pcm.AsSpan(4)));
        Assert.Equal((0u, 0x18u, 0x1FFFFFEu, 0u, 0xFFFFu, 0u, 0x080101u, 0u), Eight(pcm.AsSpan(36)));

        byte[] jacks = guest.Ask(4 + 48, JackInfo, 0, 2, 24);
        Assert.Equal(SoundGuest.Words(SoundGuest.Ok, 0, 0, 0x200000, 0x14, 1, 0, 0, 0, 0xA00000, 0x24, 1, 0), jacks);

        byte[] map = guest.Ask(4 + 24, MapInfo, 5, 1, 24);
        Assert.Equal([0, 6, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], map[8..]);
        byte[] mono = guest.Ask(4 + 24, MapInfo, 8, 1, 24);
        Assert.Equal([1, 1, 2, 0], mono[8..12]);
    }

    [Fact]
    public void Information_is_given_of_what_there_is_and_where_there_is_room()
    {
        using SoundGuest guest = new(SoundGuest.NullCard());
        foreach (uint kind in (uint[])[JackInfo, PcmInfo, MapInfo, ControlInfo])
        {
            Assert.Equal(SoundGuest.BadMessage, guest.Status(kind, 0, 1, 0));
            Assert.Equal(SoundGuest.BadMessage, guest.Status(kind, 99, 0, 0));
            Assert.Equal(SoundGuest.BadMessage, guest.Status(kind, 1, uint.MaxValue, 0));
            Assert.Equal(SoundGuest.BadMessage, guest.Status(kind, 0));
            Assert.Equal(SoundGuest.Ok, guest.Status(kind, 0, 0, 0));
        }
    }

    /// <summary>A request that is cut off, unknown, or has no place for its answer; the next one is served.</summary>
    [Fact]
    public void What_makes_no_sense_is_answered_and_changes_nothing()
    {
        using SoundGuest guest = new(SoundGuest.NullCard());
        Assert.Equal(SoundGuest.NotSupported, guest.Status(2, 0, 0, 0));
        Assert.Equal(SoundGuest.NotSupported, guest.Status(0x106, 0));
        Assert.Equal(SoundGuest.NotSupported, guest.Status(0, 0));
        Assert.Equal(SoundGuest.BadMessage, BinaryPrimitives.ReadUInt32LittleEndian(guest.Front.Request(0, [1, 0], 4)));
        Assert.Equal(SoundGuest.BadMessage, BinaryPrimitives.ReadUInt32LittleEndian(guest.Front.Request(0, [], 4)));
        Assert.Equal(SoundGuest.BadMessage, guest.Status(SoundGuest.SetParameters, 0, 1, 1));
        Assert.Equal(SoundGuest.BadMessage, guest.Status(SoundGuest.Prepare));
        Assert.Equal(SoundGuest.BadMessage, guest.Status(SoundGuest.Prepare, 2));
        Assert.Empty(guest.Front.Request(0, SoundGuest.Words(SoundGuest.Prepare, 0), 3));
        Assert.Empty(guest.Front.Request(0, SoundGuest.Words(SoundGuest.Prepare, 0), 0));
        guest.Run(0);
        guest.End(0);
    }

    public static TheoryData<byte, byte, byte, uint, uint, uint, uint> Parameters() => new()
    {
        // format, rate, channels, buffer, period, features, status
        { 0, 7, 2, 768, 192, 0, SoundGuest.NotSupported },
        { 25, 7, 2, 768, 192, 0, SoundGuest.NotSupported },
        { 64 + 5, 7, 2, 768, 192, 0, SoundGuest.NotSupported },
        { 255, 7, 2, 768, 192, 0, SoundGuest.NotSupported },
        { 5, 16, 2, 768, 192, 0, SoundGuest.NotSupported },
        { 5, 64 + 7, 2, 768, 192, 0, SoundGuest.NotSupported },
        { 5, 7, 0, 768, 192, 0, SoundGuest.NotSupported },
        { 5, 7, 9, 768, 192, 0, SoundGuest.NotSupported },
        { 5, 7, 2, 768, 192, 1, SoundGuest.NotSupported },
        { 5, 7, 2, 768, 192, 1 << 5, SoundGuest.NotSupported },
        { 5, 7, 2, uint.MaxValue, 192, 0, SoundGuest.NotSupported },
        { 5, 7, 2, 768, 0, 0, SoundGuest.BadMessage },
        { 5, 7, 2, 0, 0, 0, SoundGuest.BadMessage },
        { 5, 7, 2, 0, 192, 0, SoundGuest.BadMessage },
        { 5, 7, 2, 768, 191, 0, SoundGuest.BadMessage },
        { 5, 7, 2, 770, 192, 0, SoundGuest.BadMessage },
        { 5, 7, 2, 100, 192, 0, SoundGuest.BadMessage },
        { 5, 7, 2, 768, 192, 0, SoundGuest.Ok },
        { 1, 15, 1, 2, 1, 0x18, SoundGuest.Ok },
        { 20, 13, 8, 8 << 20, 4 << 20, 0, SoundGuest.Ok },
        { 24, 0, 3, 24, 12, 0, SoundGuest.Ok },
    };

    [Theory]
    [MemberData(nameof(Parameters))]
    public void Parameters_are_checked(byte format, byte rate, byte channels, uint buffer, uint period, uint features, uint status)
    {
        using SoundGuest guest = new(SoundGuest.NullCard());
        Assert.Equal(status, guest.Set(0, format, rate, channels, buffer, period, features));
        Assert.Equal(status == SoundGuest.Ok ? SoundGuest.Ok : SoundGuest.BadMessage, guest.Status(SoundGuest.Prepare, 0));
    }

    public static TheoryData<string, string> Steps() => new()
    {
        // p: parameters, P: prepare, S: start, T: stop, R: release; behind each way that leads somewhere: what is possible then.
        { "", "p" },
        { "p", "pP" },
        { "pP", "pPSR" },
        { "pPS", "T" },
        { "pPST", "SR" },
        { "pPSTR", "pP" },
        { "pPSTS", "T" },
        { "pPR", "pP" },
        { "pPSTRP", "pPSR" },
        { "pPp", "pP" },
    };

    [Theory]
    [MemberData(nameof(Steps))]
    public void A_stream_goes_the_specified_ways_only(string way, string possible)
    {
        foreach (char step in "pPSTR")
        {
            using SoundGuest guest = new(SoundGuest.NullCard());
            foreach (char each in way)
                Assert.Equal(SoundGuest.Ok, Do(guest, each));
            Assert.Equal(possible.Contains(step, StringComparison.Ordinal) ? SoundGuest.Ok : SoundGuest.BadMessage, Do(guest, step));
        }
    }

    [Fact]
    public void Volume_and_switch_are_control_elements()
    {
        SoundCard card = SoundGuest.NullCard();
        using SoundGuest guest = new(card);
        byte[] info = guest.Ask(4 + (4 * 96), ControlInfo, 0, 4, 96);
        Assert.Equal(4 + (4 * 96), info.Length);
        Assert.Equal("Master Playback Volume", Encoding.ASCII.GetString(info, 28, 44).TrimEnd('\0'));
        // For output, an integer of 8 values that can be read and written and has a scale, 0 to 100.
        Assert.Equal((0u, 2u, 1u, 0x13u, 8u, 0u), (Word(info, 4), Word(info, 8), Word(info, 12), Word(info, 16), Word(info, 20), Word(info, 24)));
        Assert.Equal((0u, 100u, 1u), (Word(info, 76), Word(info, 80), Word(info, 84)));
        Assert.Equal("Capture Switch", Encoding.ASCII.GetString(info, 4 + (3 * 96) + 24, 44).TrimEnd('\0'));
        // The structure without C's padding.
        byte[] packed = guest.Ask(4 + 92, ControlInfo, 0, 1, 92);
        Assert.Equal((96, 100u), (packed.Length, Word(packed, 4 + 68 + 4)));

        Assert.Equal(SoundGuest.Words(SoundGuest.Ok, 100, 100), guest.Ask(4 + 512, 0x302, 0)[..12]);
        uint[] volumes = [0x303, 0, 1, 2, 3, 4, 5, 6, 7, 8];
        Assert.Equal(SoundGuest.Ok, guest.Status(volumes));
        Assert.Equal(SoundGuest.Words([SoundGuest.Ok, .. volumes[2..], 0]), guest.Ask(4 + 512, 0x302, 0)[..40]);
        Assert.Equal(SoundGuest.BadMessage, guest.Status(0x303, 0, 101, 2, 3, 4, 5, 6, 7, 8));
        Assert.Equal(SoundGuest.BadMessage, guest.Status(0x303, 0, 1));
        Assert.Equal(SoundGuest.BadMessage, guest.Status(0x303, 4, 1));
        Assert.Equal(SoundGuest.Ok, guest.Status(0x303, 1, 0));
        Assert.Equal(SoundGuest.BadMessage, guest.Status(0x303, 1, 2));
        Assert.Equal(SoundGuest.Words(SoundGuest.Ok, 1, 8, unchecked((uint)-5000), 0x10032), guest.Ask(4 + 16, 0x304, 0));
        Assert.Equal(SoundGuest.Words(SoundGuest.Ok, 1), guest.Ask(4 + 4, 0x304, 0));
        Assert.Equal(SoundGuest.NotSupported, guest.Status(0x304, 1));
        Assert.Equal(SoundGuest.NotSupported, guest.Status(0x305, 0));
        Assert.Equal(SoundGuest.NotSupported, guest.Status(0x301, 0));
    }

    [Fact]
    public void Without_the_feature_there_are_no_control_elements()
    {
        using SoundGuest guest = new(SoundGuest.NullCard(), controls: false);
        Assert.Equal(SoundGuest.NotSupported, guest.Status(ControlInfo, 0, 1, 96));
        Assert.Equal(SoundGuest.NotSupported, guest.Status(0x302, 0));
        guest.Card.Ports[0].SetVolume(5);
        guest.Card.Ports[0].Plug(false);
        // Only the jack is reported.
        Assert.Equal(SoundGuest.Words(0x1001, 0), TakeEvent(guest, guest.Front.Post(1, 8)));
    }

    [Fact]
    public void What_people_do_is_reported()
    {
        using SoundGuest guest = new(SoundGuest.NullCard());
        guest.Card.Ports[1].Plug(false);
        guest.Card.Ports[1].Plug(false);
        Assert.Equal(SoundGuest.Words(0x1001, 1), TakeEvent(guest, guest.Front.Post(1, 8)));
        guest.Card.Ports[1].Plug(true);
        Assert.Equal(SoundGuest.Words(0x1000, 1), TakeEvent(guest, guest.Front.Post(1, 8)));
        guest.Card.Ports[1].SetVolume(7);
        Assert.Equal(SoundGuest.Words(0x1200, 2 | 1 << 16), TakeEvent(guest, guest.Front.Post(1, 8)));
        guest.Card.Ports[0].Mute(true);
        Assert.Equal(SoundGuest.Words(0x1200, 1 | 1 << 16), TakeEvent(guest, guest.Front.Post(1, 8)));
        // A buffer that is too small costs the event.
        (ushort id, _) = guest.Front.Post(1, 7);
        guest.Card.Ports[0].Mute(false);
        UsedChain used = guest.Front.Queues[1].Take();
        Assert.Equal((id, 0u), (used.Id, used.Length));
    }

    internal static byte[] TakeEvent(SoundGuest guest, (ushort Id, ulong At) buffer)
    {
        UsedChain used = guest.Front.Queues[1].Take();
        Assert.Equal((buffer.Id, 8u), (used.Id, used.Length));
        return guest.Front.Memory.Span(buffer.At, 8).ToArray();
    }

    private static uint Do(SoundGuest guest, char step) => step switch
    {
        'p' => guest.Set(0),
        'P' => guest.Status(SoundGuest.Prepare, 0),
        'S' => guest.Status(SoundGuest.Start, 0),
        'T' => guest.Status(SoundGuest.Stop, 0),
        _ => guest.Status(SoundGuest.Release, 0),
    };

    private static uint Word(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));

    private static (uint, uint, uint, uint, uint, uint, uint, uint) Eight(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<uint> w = MemoryMarshal.Cast<byte, uint>(bytes);
        return (w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]);
    }
}
