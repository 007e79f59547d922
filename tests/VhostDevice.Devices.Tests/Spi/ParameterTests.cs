// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Spi;
using Xunit;

namespace VhostDevice.Devices.Tests.Spi;

/// <summary>What a controller accepts: all of it has to hold, and nothing else counts.</summary>
public sealed class ParameterTests
{
    private static readonly SpiAbilities s_some = new()
    {
        ChipSelects = 2,
        SentLines = SpiLines.Dual,
        ReceivedLines = SpiLines.Quad,
        WordSizes = 1u << 7 | 1u << 15 | 1u << 11,
        Functions = SpiFunctions.FirstEdge | SpiFunctions.ClockLow | SpiFunctions.ClockHigh | SpiFunctions.LeastBitFirst,
        MaxFrequency = 1000,
        MaxWordDelay = 10,
        MaxHoldDelay = 20,
    };

    [Fact]
    public void A_request_for_nothing_special_is_good() => Assert.True(Accepts(new SpiTransferHead()));

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(255, false)]
    public void Chip_selects_are_counted_from_zero(byte chip, bool good) => Assert.Equal(good, Accepts(new() { ChipSelect = chip }));

    [Theory]
    [InlineData(0, true)] // 8
    [InlineData(8, true)]
    [InlineData(12, true)]
    [InlineData(16, true)]
    [InlineData(7, false)]
    [InlineData(32, false)]
    [InlineData(33, false)]
    [InlineData(40, false)] // 8, modulo 32
    [InlineData(255, false)]
    public void Words_have_sizes_of_the_mask(byte bits, bool good) => Assert.Equal(good, Accepts(new() { BitsPerWord = bits }));

    [Theory]
    [InlineData(1, true)]
    [InlineData(32, true)]
    [InlineData(33, false)]
    public void Without_a_mask_words_have_any_size(byte bits, bool good)
    {
        SpiTransferHead head = new() { BitsPerWord = bits };
        Assert.Equal(good, new SpiAbilities { ChipSelects = 1 }.Accept(ref head, 4, 4));
    }

    [Fact]
    public void No_size_stands_for_eight_bits()
    {
        SpiTransferHead head = new();
        Assert.True(s_some.Accept(ref head, 1, 0));
        Assert.Equal(8, head.BitsPerWord);
    }

    [Theory]
    [InlineData(8, 3u, true)]
    [InlineData(12, 3u, false)]
    [InlineData(12, 4u, true)]
    [InlineData(16, 5u, false)]
    public void A_transfer_has_whole_words(byte bits, uint length, bool good)
    {
        SpiTransferHead head = new() { BitsPerWord = bits };
        Assert.Equal(good, s_some.Accept(ref head, length, 0));
    }

    [Theory]
    [InlineData(0, 0, true)]
    [InlineData(1, 1, true)]
    [InlineData(2, 4, true)]
    [InlineData(4, 0, false)]
    [InlineData(0, 2, false)]
    [InlineData(8, 0, false)]
    [InlineData(0, 8, false)]
    [InlineData(3, 0, false)]
    [InlineData(0, 5, false)]
    [InlineData(16, 0, false)]
    public void Lines_are_those_that_there_are(byte sent, byte received, bool good) =>
        Assert.Equal(good, Accepts(new() { SentLines = sent, ReceivedLines = received }));

    [Theory]
    [InlineData(2, 0, 0u, 4u, false)]
    [InlineData(0, 4, 4u, 0u, false)]
    [InlineData(1, 1, 4u, 0u, true)]
    public void Lines_on_which_nothing_goes_make_no_sense(byte sentLines, byte receivedLines, uint sent, uint received, bool good)
    {
        SpiTransferHead head = new() { SentLines = sentLines, ReceivedLines = receivedLines };
        Assert.Equal(good, s_some.Accept(ref head, sent, received));
    }

    [Theory]
    [InlineData(0x00, true)]
    [InlineData(0x02, true)] // CPOL
    [InlineData(0x08, true)] // LSB first
    [InlineData(0x01, false)] // CPHA
    [InlineData(0x04, false)] // CS high, which Linux asks for where CPOL 0 is supported
    [InlineData(0x10, false)] // loop
    [InlineData(0x20, false)] // nobody's
    [InlineData(0x80000000, false)]
    public void Modes_are_those_that_are_supported(uint mode, bool good) => Assert.Equal(good, Accepts(new() { Mode = (SpiTransferMode)mode }));

    [Fact]
    public void Both_levels_of_clock_and_phase_are_asked_for()
    {
        SpiAbilities odd = new() { ChipSelects = 1, Functions = SpiFunctions.SecondEdge | SpiFunctions.ClockHigh };
        for (uint mode = 0; mode < 4; mode++)
        {
            SpiTransferHead head = new() { Mode = (SpiTransferMode)mode };
            Assert.Equal(mode == 3, odd.Accept(ref head, 1, 0));
        }
    }

    [Theory]
    [InlineData(0u, true)]
    [InlineData(1000u, true)]
    [InlineData(1001u, false)]
    public void The_clock_is_not_faster_than_the_limit(uint frequency, bool good) => Assert.Equal(good, Accepts(new() { Frequency = frequency }));

    [Fact]
    public void Delays_fit_or_are_refused()
    {
        Assert.True(Accepts(new() { WordDelay = 10, HoldDelay = 20 }));
        Assert.False(Accepts(new() { WordDelay = 11 }));
        Assert.False(Accepts(new() { HoldDelay = 21 }));
        Assert.False(Accepts(new() { SetupDelay = 1 }));
        Assert.False(Accepts(new() { InactiveDelay = 1 }));
    }

    [Fact]
    public void Reserved_bytes_do_not_count() => Assert.True(Accepts(new() { Reserved0 = 1, Reserved1 = 2, Reserved2 = 3 }));

    [Theory]
    [InlineData(0u, 0u, false)]
    [InlineData(2u, 4u, false)]
    [InlineData(uint.MaxValue, 4u, false)] // a head that is not there
    [InlineData(4u, uint.MaxValue, false)] // nor a result
    [InlineData(2u, 2u, true)]
    public void Both_ways_are_equally_long(uint sent, uint received, bool good)
    {
        SpiTransferHead head = new();
        Assert.Equal(good, s_some.Accept(ref head, sent, received));
    }

    [Fact]
    public unsafe void Structures_have_the_sizes_of_the_specification() =>
        Assert.Equal((32, 32), (sizeof(SpiConfig), sizeof(SpiTransferHead)));

    private static bool Accepts(SpiTransferHead head) => s_some.Accept(ref head, 4, 4);
}
