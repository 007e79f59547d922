// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Rtc;
using Xunit;

namespace VhostDevice.Devices.Tests.Rtc;

public sealed class LeapSecondsTests
{
    [Fact]
    public void A_list_is_read()
    {
        const string Text = "# a comment\n#$ 3676924800\n#@\t3991939200\n2272060800\t10\t# 1 Jan 1972\n\n 2287785600 11 \n#h 1 2 3\n";
        Assert.True(LeapSeconds.TryRead(Text, out LeapSeconds table, out string problem), problem);
        Assert.Equal(new DateTimeOffset(2026, 7, 2, 0, 0, 0, TimeSpan.Zero), table.Expires);
        Assert.Equal([new LeapEntry(63072000, 10), new LeapEntry(78796800, 11)], table.Entries);
    }

    [Theory]
    [InlineData("", "it has no line such as")]
    [InlineData("# only words\n", "it has no line such as")]
    [InlineData("2272060800 10\nLeap\t1972\tJun\t30\t23:59:60\t+\tS\n", "line 2: it is not two numbers")]
    [InlineData("2272060800\n", "line 1: it is not two numbers")]
    [InlineData("2272060800 ten\n", "line 1: it is not two numbers")]
    [InlineData("-5 10\n", "line 1: it is not two numbers")]
    [InlineData("99999999999999999999 10\n", "line 1: it is not two numbers")]
    [InlineData("99999999999 10\n", "line 1: it is not two numbers")]
    [InlineData("2272060800 1001\n", "line 1: TAI is not 1001 seconds ahead")]
    [InlineData("2287785600 11\n2272060800 10\n", "line 2: it is not at least two days after")]
    [InlineData("2272060800 10\n2272060801 11\n", "line 2: it is not at least two days after")]
    [InlineData("2272060800 10\n2287785600 12\n", "line 2: it is not at least two days after the line before it, with one second more or less")]
    [InlineData("#@ soon\n", "line 1: '#@' is followed by")]
    public void What_is_wrong_is_said_with_its_line(string text, string expected)
    {
        Assert.False(LeapSeconds.TryRead(text, out _, out string problem));
        Assert.StartsWith(expected, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_without_end_is_refused()
    {
        Assert.False(LeapSeconds.TryRead(new string('#', LeapSeconds.MaxLength + 1), out _, out string problem));
        Assert.Contains("longer than", problem, StringComparison.Ordinal);
        string many = string.Concat(Enumerable.Range(0, 1001).Select(i => $"{2272060800 + (i * 200_000L)} {i % 2}\n"));
        Assert.False(LeapSeconds.TryRead(many, out _, out problem));
        Assert.Contains("line 1001: there are more than 1000", problem, StringComparison.Ordinal);
    }
}
