// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using CsCheck;
using VhostDevice.Hosting.CommandLine;

namespace VhostDevice.Hosting.Tests.CommandLine;

public sealed class UnitTests
{
    private static readonly (NumberUnit Unit, string Suffix, ulong Times)[] s_suffixes =
    [
        (NumberUnit.None, "", 1),
        (NumberUnit.Bytes, "", 1), (NumberUnit.Bytes, "K", 1 << 10), (NumberUnit.Bytes, "k", 1 << 10), (NumberUnit.Bytes, "KiB", 1 << 10),
        (NumberUnit.Bytes, "M", 1 << 20), (NumberUnit.Bytes, "m", 1 << 20), (NumberUnit.Bytes, "MiB", 1 << 20),
        (NumberUnit.Bytes, "G", 1 << 30),
        (NumberUnit.Bytes, "GiB", 1 << 30),
        (NumberUnit.Bytes, "T", 1UL << 40),
        (NumberUnit.Bytes, "TiB", 1UL << 40),
        (NumberUnit.Mebibytes, "", 1), (NumberUnit.Mebibytes, "M", 1), (NumberUnit.Mebibytes, "G", 1 << 10), (NumberUnit.Mebibytes, "TiB", 1 << 20),
        (NumberUnit.Microseconds, "", 1),
        (NumberUnit.Microseconds, "us", 1),
        (NumberUnit.Microseconds, "ms", 1000),
        (NumberUnit.Microseconds, "s", 1_000_000),
        (NumberUnit.Milliseconds, "", 1), (NumberUnit.Milliseconds, "ms", 1), (NumberUnit.Milliseconds, "s", 1000),
    ];

    [Fact]
    public void A_number_times_what_its_suffix_says() =>
        Gen.Select(Gen.ULong, Gen.Int[0, s_suffixes.Length - 1], Gen.Bool).Sample((number, which, plus) =>
    {
        (NumberUnit unit, string suffix, ulong times) = s_suffixes[which];
        NumberText read = UnitText.Read(string.Create(CultureInfo.InvariantCulture, $"{(plus ? "+" : "")}{number}{suffix}"), unit, out ulong value);
        UInt128 product = (UInt128)number * times;
        Assert.Equal(product > ulong.MaxValue ? NumberText.TooLarge : NumberText.Number, read);
        if (read == NumberText.Number)
            Assert.Equal((ulong)product, value);
    });

    [Theory]
    [InlineData("", NumberUnit.Bytes)]
    [InlineData("+", NumberUnit.Bytes)]
    [InlineData("K", NumberUnit.Bytes)]
    [InlineData("-1", NumberUnit.None)]
    [InlineData("1 K", NumberUnit.Bytes)]
    [InlineData("1K1", NumberUnit.Bytes)]
    [InlineData("1KK", NumberUnit.Bytes)]
    [InlineData("1K", NumberUnit.None)]
    [InlineData("1K", NumberUnit.Milliseconds)]
    [InlineData("1K", NumberUnit.Mebibytes)]
    [InlineData("1us", NumberUnit.Milliseconds)]
    [InlineData("1S", NumberUnit.Milliseconds)]
    [InlineData("0x10", NumberUnit.None)]
    [InlineData("٣", NumberUnit.None)]
    public void No_number(string text, NumberUnit unit) => Assert.Equal(NumberText.None, UnitText.Read(text, unit, out _));

    [Fact]
    public void A_number_with_more_digits_than_there_are_is_too_large() =>
        Assert.Equal(NumberText.TooLarge, UnitText.Read(new string('9', 400), NumberUnit.None, out _));
}
