// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux.Tests;

/// <summary>When a host side counts as quick: it takes a while to be believed, and one slow call to lose that.</summary>
public sealed class CallPaceTests
{
    /// <summary>Runs of calls, q quick and s slow ones; and whether the host side is quick after each.</summary>
    [Theory]
    [InlineData("q15", "-")]
    [InlineData("q16", "+")]
    [InlineData("q15 s1 q15 q1", "- - - +")]
    [InlineData("q16 q100000", "+ +")]
    [InlineData("q16 s1 q31 q1", "+ - - +")] // wrong at once: 32 are asked for
    [InlineData("q16 s1 q32 s1 q63 q1 s1 q128", "+ - + - - + - +")]
    [InlineData("q16 s1 s1 s1 q31 q1", "+ - - - - +")] // slow ones on the worker prove nothing more
    [InlineData("q16 s1 q32 q4096 s1 q16", "+ - + + - +")] // right for long: forgotten
    [InlineData("q16 s1 q32 s1 q64 s1 q128 s1 q256 s1 q512 s1 q1024 s1 q2048 s1 q4096 s1 q4095 q1", "+ - + - + - + - + - + - + - + - + - - +")]
    public void A_host_side_is_quick_after_enough_quick_calls(string calls, string expected)
    {
        CallPace pace = default;
        List<string> said = [];
        foreach (string run in calls.Split(' '))
        {
            for (int i = int.Parse(run.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture); i > 0; i--)
                pace.Note(run[0] == 'q' ? CallPace.QuickTicks : CallPace.QuickTicks + 1);
            said.Add(pace.IsQuick ? "+" : "-");
        }

        Assert.Equal(expected, string.Join(' ', said));
    }

    [Fact]
    public void Nothing_is_known_in_the_beginning() => Assert.False(default(CallPace).IsQuick);
}
