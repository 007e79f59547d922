// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Gpio;
using Xunit;

namespace VhostDevice.Devices.Tests.Gpio;

/// <summary>What <c>--device-list</c> may say.</summary>
public class ChipListTests
{
    [Theory]
    [InlineData("1", "1")]
    [InlineData("1:4:5", "1 4 5")]
    [InlineData("+1", "1")]
    [InlineData("1:s4:s4", "1 s4 s4")]
    [InlineData("/dev/gpiochip3", "/dev/gpiochip3")]
    [InlineData("sensor", "sensor")]
    [InlineData("s", "s")]
    [InlineData(@"INT3450\:00:\[a\]", "INT3450:00 [a]")]
    [InlineData("1[0-3,7]", "1{0-3,7-7}")]
    [InlineData("1[7,0=pull-up]:1[1-2=no-pull]:s9[8=pull-down]", "1{7-7,0-0PullUp} 1{1-2Disabled} s9{8-8PullDown}")]
    [InlineData("1[0-3]:1[4]", "1{0-3} 1{4-4}")]
    public void A_list_is_read(string text, string expected)
    {
        Assert.True(GpioChipChoice.TryParseList(text, out IReadOnlyList<GpioChipChoice> choices, out string problem), problem);
        Assert.Equal(expected, string.Join(' ', choices.Select(Show)));
    }

    [Theory]
    [InlineData("", "has no name")]
    [InlineData("1::2", "has no name")]
    [InlineData("1:", "has no name")]
    [InlineData("[0]", "has no name")]
    [InlineData("1[", "end without a ']'")]
    [InlineData("1[]", "'' is neither a line nor a range")]
    [InlineData("1[3-1]", "'3-1' is neither")]
    [InlineData("1[-1]", "'-1' is neither")]
    [InlineData("1[65535]", "'65535' is neither")]
    [InlineData("1[0=up]", "'up' is no pull")]
    [InlineData("1[0]x", "there is 'x' behind the lines of 1")]
    [InlineData("1[0-4,2]", "'2' repeats lines of 1")]
    [InlineData("s0", "a simulated chip 's0' is not possible")]
    [InlineData("s65536", "s1 to s65535")]
    [InlineData("s99999999999", "s1 to s65535")]
    [InlineData("1:4:5:6:4", "the chip 4 is in the list twice")]
    [InlineData("1:+1", "the chip 1 is in the list twice")]
    [InlineData("1[0-3]:2:1[3-5]", "line 3 of the chip 1 is in the list twice")]
    [InlineData("1[5]:1", "line 5 of the chip 1 is in the list twice")]
    public void A_mistake_is_named(string text, string expected)
    {
        Assert.False(GpioChipChoice.TryParseList(text, out _, out string problem));
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_are_those_of_the_chip()
    {
        using TestGpioChip chip = new(8);
        GpioChipChoice some = new("1", 0, [new GpioLineRange(6, 7, GpioBias.PullUp), new GpioLineRange(0, 0, GpioBias.AsIs)]);
        Assert.True(some.TryResolve(chip, out GpioLineChoice[] lines, out _));
        Assert.Equal([new GpioLineChoice(6, GpioBias.PullUp), new GpioLineChoice(7, GpioBias.PullUp), new GpioLineChoice(0)], lines);
        Assert.True(new GpioChipChoice("1", 0, null).TryResolve(chip, out lines, out _));
        Assert.Equal(8, lines.Length);
        GpioChipChoice beyond = new("1", 0, [new GpioLineRange(6, 8, GpioBias.AsIs)]);
        Assert.False(beyond.TryResolve(chip, out _, out string problem));
        Assert.Equal("testchip has no line 8: its lines are 0 to 7", problem);
        using TestGpioChip none = new(0);
        Assert.False(new GpioChipChoice("1", 0, null).TryResolve(none, out _, out problem));
        Assert.Contains("no lines", problem, StringComparison.Ordinal);
    }

    private static string Show(GpioChipChoice choice)
    {
        string lines = choice.Ranges is null
            ? ""
            : "{"
                + string.Join(
                    ',', choice.Ranges.Select(r => $"{r.First}-{r.Last}{(r.Bias == GpioBias.AsIs ? "" : r.Bias)}"))
                + "}";
        return (choice.Chip ?? $"s{choice.SimulatedLines}") + lines;
    }
}
