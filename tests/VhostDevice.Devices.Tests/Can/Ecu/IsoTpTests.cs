// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Can.Ecu.IsoTp;
using VhostDevice.Linux;
using Xunit;

namespace VhostDevice.Devices.Tests.Can.Ecu;

/// <summary>ISO-TP between a link and a tester who keeps the rules, and one who does not.</summary>
public sealed class IsoTpTests
{
    private const long Millisecond = TimeSpan.TicksPerMillisecond;

    private static readonly IsoTpSettings s_plain = new() { Request = 0x7E0, Response = 0x7E8, Functional = 0x7DF };

    private readonly List<byte[]> _got = [];
    private IsoTpLink _link;
    private long _now;

    public IsoTpTests() => _link = Link(s_plain);

    /// <summary>Two ends, of every length around those at which the frames change, up to the longest.</summary>
    [Theory]
    [InlineData(false, false, 0, 0)]
    [InlineData(false, true, 0, 0)]
    [InlineData(false, false, 3, 5)]
    [InlineData(true, false, 0, 0)]
    [InlineData(true, true, 8, 1)]
    public void Messages_of_every_length_arrive(bool isFd, bool isExtended, byte blockSize, byte separation)
    {
        IsoTpSettings near = new()
        {
            Request = 0x7E0,
            Response = 0x7E8,
            IsFd = isFd,
            BlockSize = blockSize,
            SeparationTime = separation,
            RequestAddress = isExtended ? (byte)0x12 : null,
            ResponseAddress = isExtended ? (byte)0xF1 : null,
        };
        IsoTpSettings far = near with
        {
            Request = near.Response,
            Response = near.Request,
            RequestAddress = near.ResponseAddress,
            ResponseAddress = near.RequestAddress,
        };
        List<byte[]> got = [];
        IsoTpLink sender = new(near, (_, _) => Assert.Fail("nothing comes back")), receiver = new(far, (m, _) => got.Add(m.ToArray()));
        int[] lengths = [.. Enumerable.Range(1, 140), 4094, 4095, 4096, 4097, 70_000, .. isFd ? new[] { IsoTpSettings.MaxLength } : []];
        foreach (int length in lengths)
        {
            byte[] message = new byte[length];
            new Random(length).NextBytes(message);
            sender.Send(message);
            got.Clear();
            for (int idle = 0; got.Count == 0 && idle < 1000;)
            {
                bool any = Move(sender, receiver) | Move(receiver, sender);
                idle = any ? 0 : idle + 1;
                _now += any ? 0 : Millisecond;
            }

            Assert.Equal(message, Assert.Single(got));
            Assert.False(sender.IsBusy || receiver.IsBusy);
        }
    }

    [Fact]
    public void One_that_is_longer_than_the_bound_is_refused()
    {
        Take("1000 0010 0001 0102");
        Assert.Equal("320000CCCCCCCCCC", Next());
        Take("21 01020304050607");
        Assert.Null(Next());
        // And the next one is not.
        Take("1000 0000 1000 0102");
        Assert.Equal("300000CCCCCCCCCC", Next());
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("0801020304050607")]
    [InlineData("03 01 02")]
    [InlineData("1007 010203040506")]
    [InlineData("1008 0102030405")]
    [InlineData("1000 0000 0FFF 0102")]
    [InlineData("21 01020304050607")]
    [InlineData("300000")]
    [InlineData("40 01")]
    [InlineData("F0")]
    [InlineData("00 09 010203040506")]
    public void A_frame_that_makes_no_sense_is_passed_over(string frame)
    {
        Take(frame);
        Assert.Null(Next());
        Assert.Empty(_got);
        Assert.False(_link.IsBusy);
        // In the midst of a message, too, unless it belongs there.
        Take("100A 010203040506");
        Assert.NotNull(Next());
        if (!frame.StartsWith("21", StringComparison.Ordinal))
        {
            Take(frame);
            Take("21 0708090A");
            Assert.Equal("0102030405060708090A", Convert.ToHexString(Assert.Single(_got)));
        }
    }

    [Fact]
    public void A_message_out_of_order_ends_and_another_one_begins()
    {
        Take("1014 010203040506");
        Take("22 0708090A0B0C0D");
        Assert.False(_link.IsBusy);
        Take("1014 010203040506");
        // A consecutive frame that is too short, and not the last.
        Take("21 0708");
        Assert.False(_link.IsBusy);
        Take("1014 010203040506");
        Take("100A 010203040506");
        Take("21 0708090A");
        Assert.Equal("0102030405060708090A", Convert.ToHexString(Assert.Single(_got)));
        Take("1014 010203040506");
        Take("02 3E00");
        Assert.False(_link.IsBusy);
        Assert.Equal("3E00", Convert.ToHexString(_got[1]));
    }

    [Fact]
    public void A_functional_request_does_not_disturb_a_message()
    {
        Take("100A 010203040506");
        Take("02 3E80", 0x7DF);
        Take("1008 0102030405060708", 0x7DF);
        Take("21 FFFFFFFF", 0x7DF);
        Take("21 0708090A");
        Assert.Equal(["3E80", "0102030405060708090A"], _got.Select(Convert.ToHexString));
    }

    [Fact]
    public void A_tester_that_falls_silent_is_given_up()
    {
        Take("100A 010203040506");
        Assert.Equal(_now + IsoTpReceiver.Patience, _link.Due);
        _now += IsoTpReceiver.Patience;
        Take("21 0708090A");
        Assert.Empty(_got);
        Assert.False(_link.IsBusy);
        _ = Next();
        _link.Send(new byte[20]);
        Assert.StartsWith("1014", Next(), StringComparison.Ordinal);
        _now += IsoTpSender.Patience;
        _link.Expire(_now);
        Take("300000");
        Assert.Null(Next());
        Assert.False(_link.IsBusy);
        Assert.Equal(long.MaxValue, _link.Due);
    }

    [Fact]
    public void Flow_controls_are_kept()
    {
        _link.Send(new byte[60]);
        _ = Next();
        Assert.Null(Next());
        // Two frames, 5 ms between them.
        Take("300205");
        Assert.StartsWith("21", Next(), StringComparison.Ordinal);
        Assert.Null(Next());
        Assert.Equal(_now + (5 * Millisecond), _link.Due);
        _now += 5 * Millisecond;
        Assert.StartsWith("22", Next(), StringComparison.Ordinal);
        _now += 5 * Millisecond;
        Assert.Null(Next());
        // Wait, for as long as it is said again.
        for (int i = 0; i < IsoTpSender.MaxWaits; i++)
        {
            Take("310000");
            _now += IsoTpSender.Patience - 1;
            _link.Expire(_now);
            Assert.True(_link.IsSending);
        }

        Take("300000");
        Assert.StartsWith("23", Next(), StringComparison.Ordinal);
        Assert.StartsWith("24", Next(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("320000")]
    [InlineData("330000")]
    [InlineData("3F0000")]
    public void A_flow_control_that_refuses_ends_the_message(string flow)
    {
        _link.Send(new byte[60]);
        _ = Next();
        Take(flow);
        Assert.False(_link.IsBusy);
        Assert.Null(Next());
    }

    [Fact]
    public void One_that_asks_to_wait_for_ever_is_given_up()
    {
        _link.Send(new byte[60]);
        _ = Next();
        for (int i = 0; i <= IsoTpSender.MaxWaits; i++)
            Take("310000");
        Assert.False(_link.IsBusy);
    }

    [Theory]
    [InlineData(0x00, 0)]
    [InlineData(0x01, 10_000)]
    [InlineData(0x7F, 1_270_000)]
    [InlineData(0x80, 1_270_000)]
    [InlineData(0xF0, 1_270_000)]
    [InlineData(0xF1, 1_000)]
    [InlineData(0xF9, 9_000)]
    [InlineData(0xFA, 1_270_000)]
    public void Separation_times_are_these(byte encoded, long ticks) => Assert.Equal(ticks, IsoTpSender.SeparationTime(encoded));

    [Fact]
    public void Frames_for_others_are_not_taken()
    {
        _link = Link(s_plain with { Request = 0x6F1, RequestAddress = 0x12, ResponseAddress = 0xF1, Functional = 0x6F1, FunctionalAddress = 0xDF });
        Assert.False(_link.Take(Frame("13 02 3E00", 0x6F1), _now));
        Assert.False(_link.Take(Frame("", 0x6F1), _now));
        Assert.False(_link.Take(new CanFrame(0x6F1, 3, isExtended: true), _now));
        Assert.False(_link.Take(new CanFrame(0x6F1, 3, isRemote: true), _now));
        Assert.True(_link.Take(Frame("12 02 3E00", 0x6F1), _now));
        Assert.True(_link.Take(Frame("DF 02 3E80", 0x6F1), _now));
        Assert.Equal(["3E00", "3E80"], _got.Select(Convert.ToHexString));
        _link.Send([0x7E, 0]);
        Assert.Equal("F1027E00CCCCCCCC", Next());
    }

    private static CanFrame Frame(string bytes, uint id)
    {
        byte[] data = Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal));
        CanFrame frame = new(id, data.Length, isFd: data.Length > 8);
        data.CopyTo(frame.Data);
        return frame;
    }

    private IsoTpLink Link(IsoTpSettings settings) => new(settings, (message, _) => _got.Add(message.ToArray()));

    private void Take(string bytes, uint id = 0x7E0) => _link.Take(Frame(bytes, id), _now);

    private string? Next()
    {
        if (!_link.TryPeek(_now, out CanFrame frame))
            return null;
        _link.Advance(_now);
        return Convert.ToHexString(frame.Data);
    }

    private bool Move(IsoTpLink from, IsoTpLink to)
    {
        if (!from.TryPeek(_now, out CanFrame frame))
            return false;
        from.Advance(_now);
        return to.Take(frame, _now);
    }
}
