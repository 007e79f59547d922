// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Sound;
using VhostDevice.Devices.Sound.Samples;
using Xunit;

namespace VhostDevice.Devices.Tests.Sound;

/// <summary>Samples as numbers, and what is measured of them.</summary>
public sealed class SampleTests
{
    public static TheoryData<SampleFormat, byte[], double> Numbers() => new()
    {
        { SampleFormat.S8, [0x80], -1 },
        { SampleFormat.U8, [0x80], 0 },
        { SampleFormat.U8, [0], -1 },
        { SampleFormat.S16, [0, 0x40], 0.5 },
        { SampleFormat.U16, [0, 0xC0], 0.5 },
        { SampleFormat.S18In3, [0, 0, 1], 0.5 },
        { SampleFormat.U18In3, [0, 0, 3], 0.5 },
        { SampleFormat.S20In3, [0, 0, 0xFC], -0.5 },
        { SampleFormat.U20In3, [0, 0, 4], -0.5 },
        { SampleFormat.S24In3, [0, 0, 0xC0], -0.5 },
        { SampleFormat.U24In3, [0, 0, 0], -1 },
        { SampleFormat.S20, [0, 0, 4, 0], 0.5 },
        { SampleFormat.U20, [0, 0, 0xC, 0], 0.5 },
        { SampleFormat.S24, [0, 0, 0x40, 0], 0.5 },
        { SampleFormat.U24, [0, 0, 0x40, 0], -0.5 },
        { SampleFormat.S32, [0, 0, 0, 0xC0], -0.5 },
        { SampleFormat.U32, [0, 0, 0, 0xC0], 0.5 },
        { SampleFormat.Float, [0, 0, 0, 0x3F], 0.5 },
        { SampleFormat.Float64, [0, 0, 0, 0, 0, 0, 0xE0, 0x3F], 0.5 },
    };

    [Theory]
    [MemberData(nameof(Numbers))]
    public void A_sample_is_a_number_and_a_number_a_sample(SampleFormat format, byte[] sample, double number)
    {
        Assert.Equal(number, SampleFormats.Read(format, sample));
        byte[] written = new byte[sample.Length];
        SampleFormats.Write(format, written, number);
        Assert.Equal(number, SampleFormats.Read(format, written));
        if (format is not (SampleFormat.S20In3 or SampleFormat.S18In3))
            Assert.Equal(sample, written);
    }

    [Fact]
    public void Every_sample_of_two_bytes_survives_every_wider_format()
    {
        byte[] sample = new byte[2];
        byte[] wide = new byte[8];
        for (SampleFormat format = SampleFormat.S8; format <= SampleFormat.Float64; format++)
        {
            if (SampleFormats.Bytes(format) == 1)
                continue;
            for (int i = short.MinValue; i <= short.MaxValue; i += 7)
            {
                SampleFormats.Write(SampleFormat.S16, sample, i / 32768.0);
                SampleFormats.Write(format, wide, SampleFormats.Read(SampleFormat.S16, sample));
                Assert.Equal(i / 32768.0, SampleFormats.Read(format, wide));
            }
        }
    }

    [Fact]
    public void Silence_is_silent_and_what_is_too_loud_is_cut()
    {
        byte[] sample = new byte[8];
        for (SampleFormat format = SampleFormat.MuLaw; format <= SampleFormat.Iec958; format++)
        {
            SampleFormats.Silence(format, sample.AsSpan(0, SampleFormats.Bytes(format)));
            if (!SampleFormats.IsNumber(format))
                continue;
            Assert.Equal(0, SampleFormats.Read(format, sample));
            if (format is SampleFormat.Float or SampleFormat.Float64)
                continue;
            SampleFormats.Write(format, sample, 7);
            Assert.InRange(SampleFormats.Read(format, sample), 0.99, 1);
            SampleFormats.Write(format, sample, double.NegativeInfinity);
            Assert.Equal(-1, SampleFormats.Read(format, sample));
            SampleFormats.Write(format, sample, double.NaN);
            Assert.Equal(0, SampleFormats.Read(format, sample));
        }
    }

    [Fact]
    public void A_clock_loses_nothing_in_a_day()
    {
        PcmClock clock = default;
        clock.StartAt(1000);
        for (int i = 0; i < 100 * 60 * 60; i++)
            clock.Pass(441, 44100);
        Assert.Equal(1000 + (3600 * System.Diagnostics.Stopwatch.Frequency), clock.After(0, 44100));
        Assert.Equal(1000 + (3601 * System.Diagnostics.Stopwatch.Frequency), clock.After(44100, 44100));
    }

    [Fact]
    public void A_meter_shows_the_largest_sample_and_the_power()
    {
        SoundFormat format = new(SampleFormat.Float, 8000, 1);
        SoundMeter meter = new();
        byte[] frames = new byte[8000 * 4];
        for (int i = 0; i < 8000; i++)
            SampleFormats.Write(format.Sample, frames.AsSpan(i * 4), i % 2 == 0 ? 0.5 : -0.5);
        meter.Measure(format, frames);
        Assert.Equal((0.5, 0.5), (meter.Peak, meter.Power));
        Assert.Equal((-0.5f, 0.5f), meter.Shape()[^1]);
        Assert.Equal((0f, 0f), meter.Shape()[0]);
        // A guest may write anything.
        frames.AsSpan().Fill(0xFF);
        meter.Measure(format, frames);
        Assert.Equal((0, 0), (meter.Peak, meter.Power));
        byte[] picture = SoundPicture.Draw(meter);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], picture[..4]);
    }

    public static TheoryData<string, string> BadStreams() => new()
    {
        { "", "begins with out or in" },
        { "up", "begins with out or in" },
        { "out,channels=0", "is none of" },
        { "out,channels=19", "is none of" },
        { "out,rate=48001", "is none of" },
        { "out,format=IMA_ADPCM", "is none of" },
        { "out,file=", "is none of" },
        { "out,null,cable=a", "is none of" },
        { "out,sine=440", "is something to record" },
        { "in,sine=0", "is none of" },
        { "out,file=/a,loop", "loop is for" },
        { "in,loop", "loop is for" },
    };

    [Theory]
    [MemberData(nameof(BadStreams))]
    public void Streams_that_make_no_sense_are_refused(string text, string expected)
    {
        Assert.Null(StreamSettings.Parse(text, out string problem));
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stream_is_what_its_text_says()
    {
        StreamSettings settings = StreamSettings.Parse("in,channels=2,name=mic,rate=44100,format=float,guest=3,device=hw:0,0", out _)!;
        Assert.Equal(("mic", 2, 44100u, 3), (settings.Name, settings.Channels, settings.Rate, settings.Guest));
        Assert.Equal(("device", "hw:0,0"), (settings.Line, settings.Target));
        SoundAbilities offered = settings.Offered;
        Assert.Equal((1ul << 19, 1ul << 6, 1, 2), (offered.Formats, offered.Rates, offered.LeastChannels, offered.MostChannels));
    }
}
