// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;
using System.Text.RegularExpressions;
using VhostDevice.Devices.Can;
using VhostDevice.Linux;
using Xunit;

namespace VhostDevice.Devices.Tests.Can;

/// <summary>How long frames are, against a second account of the standard that writes every bit down.</summary>
public sealed class CanBitsTests
{
    [Fact]
    public void Frames_are_as_long_as_their_bits()
    {
        Random random = new(1);
        for (int i = 0; i < 2_000; i++)
        {
            bool isExtended = random.Next(2) == 0, isFd = random.Next(3) == 0, isRemote = !isFd && random.Next(8) == 0;
            int[] lengths = isFd ? [0, 1, 7, 8, 12, 16, 20, 24, 32, 48, 64] : [0, 1, 2, 3, 4, 5, 6, 7, 8];
            CanFrame frame = new((uint)random.Next(isExtended ? 1 << 29 : 1 << 11), lengths[random.Next(lengths.Length)], isExtended, isRemote, isFd);
            // Equal bits are what stuff bits come from.
            random.NextBytes(frame.Data);
            if (random.Next(2) == 0)
                frame.Data.Fill(random.Next(2) == 0 ? (byte)0 : (byte)0xFF);
            Assert.Equal(Written(frame), CanBits.Of(frame));
        }
    }

    [Theory]
    [InlineData("500k", 500_000, 500_000)]
    [InlineData("1M", 1_000_000, 1_000_000)]
    [InlineData("125000", 125_000, 125_000)]
    [InlineData("83333", 83_333, 83_333)]
    [InlineData("500k/2M", 500_000, 2_000_000)]
    [InlineData("1M/8M", 1_000_000, 8_000_000)]
    public void Rates_are_read_and_written(string text, int nominal, int data)
    {
        Assert.True(CanBitRate.TryParse(text, out CanBitRate rate));
        Assert.Equal(new CanBitRate(nominal, data), rate);
        Assert.True(CanBitRate.TryParse(rate.ToString(), out CanBitRate again));
        Assert.Equal(rate, again);
    }

    [Theory]
    [InlineData("")]
    [InlineData("k")]
    [InlineData("0")]
    [InlineData("999")]
    [InlineData("2M")]
    [InlineData("-1k")]
    [InlineData("500k/")]
    [InlineData("500k/250k")]
    [InlineData("500k/9M")]
    [InlineData("500k/1M/2M")]
    [InlineData("4294967297k")]
    [InlineData("2147483647M")]
    public void What_is_no_rate_is_refused(string text) => Assert.False(CanBitRate.TryParse(text, out _));

    // With every stuff bit as a character of its own.
    private static CanBits Written(CanFrame frame)
    {
        StringBuilder bits = new("0");
        string head = frame.IsExtended
            ? Bits(frame.Id >> 18, 11) + "11" + Bits(frame.Id & 0x3FFFF, 18) + (frame.IsRemote ? "1" : "0")
            : Bits(frame.Id, 11) + (frame.IsRemote ? "1" : "0") + "0";
        bits.Append(head).Append(frame.IsFd ? "101" : frame.IsExtended ? "00" : "0");
        int nominal = bits.Length;
        if (frame.IsFd)
            bits.Append('0');
        int[] longer = [12, 16, 20, 24, 32, 48, 64];
        bits.Append(Bits(frame.Length <= 8 ? (uint)frame.Length : (uint)(9 + Array.IndexOf(longer, frame.Length)), 4));
        if (!frame.IsRemote)
        {
            foreach (byte value in frame.Data)
                bits.Append(Bits(value, 8));
        }

        const int tail = 13;
        if (frame.IsFd)
        {
            int before = Stuffed(bits.ToString()[..nominal]).Length, all = Stuffed(bits.ToString()).Length;
            return new CanBits(before + tail, all - before + (frame.Length > 16 ? 25 + 7 : 21 + 6));
        }

        bits.Append(Remainder(bits.ToString()));
        return new CanBits(Stuffed(bits.ToString()).Length + tail, 0);
    }

    private static string Bits(uint value, int count) => Convert.ToString(value, 2).PadLeft(count, '0');

    // A stuff bit counts for the next run.
    private static string Stuffed(string bits)
    {
        for (int at = 0; Regex.Match(bits[at..], "0{5}|1{5}") is { Success: true } run;)
        {
            int end = at + run.Index + 5;
            bits = bits.Insert(end, bits[end - 1] == '0' ? "1" : "0");
            at = end;
        }

        return bits;
    }

    // The division by x^15+x^14+x^10+x^8+x^7+x^4+x^3+1.
    private static string Remainder(string bits)
    {
        const string polynomial = "1100010110011001";
        char[] left = (bits + new string('0', 15)).ToCharArray();
        for (int i = 0; i < bits.Length; i++)
        {
            if (left[i] == '0')
                continue;
            for (int j = 0; j < polynomial.Length; j++)
                left[i + j] = polynomial[j] == left[i + j] ? '0' : '1';
        }

        return new string(left[^15..]);
    }
}
