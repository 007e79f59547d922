// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;
using VhostDevice.Devices.Console.Clients;
using Xunit;

namespace VhostDevice.Devices.Tests.Console;

/// <summary>The patterns of 'console expect'.</summary>
public sealed class TextPatternTests
{
    [Theory]
    [InlineData("login: ", "Debian\r\nguest login: ", "Debian\r\nguest login: ")]
    [InlineData("a", "bca", "bca")]
    [InlineData("ab", "aab", "aab")]
    [InlineData("a.c", "a\nc abc", "a\nc abc")]
    [InlineData("a*b", "aaab", "aaab")]
    [InlineData("a+b", "b ab", "b ab")]
    [InlineData("ab?c", "abbc ac", "abbc ac")]
    [InlineData("x{2,3}y", "xy xxy", "xy xxy")]
    [InlineData("x{2}", "xx", "xx")]
    [InlineData("x{2,}z", "xz xxxxz", "xz xxxxz")]
    [InlineData("(ab)+c", "ababc", "ababc")]
    [InlineData("(?:ab|cd)e", "abde cde", "abde cde")]
    [InlineData("foo|bar", "a bar", "a bar")]
    [InlineData("[a-c]\\d", "d1 b2", "d1 b2")]
    [InlineData("[^a-c]x", "ax cx dx", "ax cx dx")]
    [InlineData("[]a]!", "]!", "]!")]
    [InlineData("[a-]!", "-!", "-!")]
    [InlineData("^root", "a root\nroot", "a root\nroot")]
    [InlineData("^a", "a", "a")]
    [InlineData("ok$", "ok. ok\r", "ok. ok")]
    [InlineData("ok$\\r\\n#", "ok\r\n#", "ok\r\n#")]
    [InlineData("^\\$", "a\n$", "a\n$")]
    [InlineData("\\x41\\.", "A.", "A.")]
    [InlineData("\\w+@\\S+:", "me@host:", "me@host:")]
    [InlineData("é", "café", "café")]
    [InlineData("(a*)*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab")]
    [InlineData("()", "x", "")]
    public void What_fits_is_found_at_its_end_however_it_comes(string pattern, string text, string upTo)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        int length = Encoding.UTF8.GetByteCount(upTo);
        TextPattern whole = Parse(pattern);
        Assert.Equal(length, whole.Look(bytes));
        Assert.True(whole.IsFound || length == bytes.Length);
        TextPattern single = Parse(pattern);
        int looked = 0;
        for (int i = 0; i < bytes.Length && !single.IsFound; i++)
            looked += single.Look(bytes.AsSpan(i, 1));
        Assert.Equal((true, length), (single.IsFound, looked));
    }

    [Theory]
    [InlineData("abc", "ab ac bc")]
    [InlineData("^b", "ab\rb")]
    [InlineData("a$", "ab a")]
    [InlineData("x{3}", "xx xx")]
    [InlineData("[a-c]", "xyz")]
    public void What_does_not_fit_is_not_found(string pattern, string text)
    {
        TextPattern parsed = Parse(pattern);
        Assert.Equal(text.Length, parsed.Look(Encoding.UTF8.GetBytes(text)));
        Assert.False(parsed.IsFound);
    }

    [Theory]
    [InlineData("(", "a ( has no )")]
    [InlineData("a)", "there is a ) without its (")]
    [InlineData("[a", "a [ has no ]")]
    [InlineData("[z-a]", "z-a is no range")]
    [InlineData("*a", "* repeats nothing; the character itself is \\*")]
    [InlineData("a**", "a repetition is repeated: put it into ( )")]
    [InlineData("a{", "{ } says how often: {3}, {3,} or {3,5}, at most 1000; a { itself is \\{")]
    [InlineData("a{2,1}", "{ } says how often: {3}, {3,} or {3,5}, at most 1000; a { itself is \\{")]
    [InlineData("a{1001}", "{ } says how often: {3}, {3,} or {3,5}, at most 1000; a { itself is \\{")]
    [InlineData("((a{1000}){1000})", "it is too large")]
    [InlineData("\\", "a \\ stands at the end")]
    [InlineData("\\q", "there is no \\q")]
    public void What_is_no_pattern_is_explained(string pattern, string problem)
    {
        Assert.Null(TextPattern.Parse(pattern, out string said));
        Assert.Equal(problem, said);
    }

    private static TextPattern Parse(string pattern)
    {
        TextPattern? parsed = TextPattern.Parse(pattern, out string problem);
        Assert.Equal("", problem);
        return parsed!;
    }
}
