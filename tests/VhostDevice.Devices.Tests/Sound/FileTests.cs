// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging.Abstractions;
using VhostDevice.Devices.Sound.Disk;
using VhostDevice.Devices.Sound.Hosts;
using VhostDevice.Devices.Sound.Samples;
using VhostDevice.Hosting;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Sound;

/// <summary>Streams to and from files.</summary>
[Collection(DeviceCollection.Name)]
public sealed class FileTests(FileTests.TestFolder folder) : LeakChecked, IClassFixture<FileTests.TestFolder>
{

    public static TheoryData<byte, byte, byte, string> Formats() => new()
    {
        { 4, 1, 1, "wav" }, { 5, 7, 2, "wav" }, { 11, 6, 2, "wav" }, { 17, 7, 8, "wav" }, { 19, 7, 2, "wav" }, { 20, 13, 1, "wav" },
        { 1, 1, 1, "wav" }, { 2, 1, 2, "wav" }, { 15, 7, 2, "raw" }, { 21, 7, 2, "raw" },
    };

    /// <summary>What is played into a file comes out of it again, bit by bit.</summary>
    [Theory]
    [MemberData(nameof(Formats))]
    public void A_file_has_what_was_played(byte format, byte rate, byte channels, string kind)
    {
        string path = At("a." + kind);
        SoundFormat form = new((SampleFormat)format, SampleRates.Of(rate), channels);
        byte[] played = new byte[form.FrameBytes * 1000];
        new Random(2).NextBytes(played);
        using (FileSink sink = FileSink.Create(path, NullLogger.Instance))
        {
            using SoundGuest guest = new(SoundGuest.CardOf(sink, new NullLine()));
            Play(guest, format, rate, channels, played);
            // Another use follows in the same file.
            Play(guest, format, rate, channels, played);
        }

        byte[] file = File.ReadAllBytes(path);
        int head = kind == "wav" ? WavFile.HeadBytes : 0;
        Assert.Equal(head + (2 * played.Length), file.Length);
        Assert.Equal(played, file.AsSpan(head, played.Length).ToArray());
        Assert.Equal(played, file.AsSpan(head + played.Length).ToArray());
        using FileSource source = FileSource.Open(path, form, loops: false, NullLogger.Instance);
        Assert.Equal((1ul << format, 1ul << rate), (source.Abilities.Formats, source.Abilities.Rates));
        using SoundGuest listener = new(SoundGuest.CardOf(new NullLine(), source));
        byte[] recorded = Record(listener, format, rate, channels, played.Length, 3);
        Assert.Equal(played, recorded[..played.Length]);
        byte[] silence = new byte[played.Length];
        SampleFormats.Silence(form.Sample, silence);
        Assert.Equal(silence, recorded[(2 * played.Length)..]);
    }

    /// <summary>S24 in four bytes has three in the file.</summary>
    [Fact]
    public void A_wav_file_stores_what_means_something()
    {
        string path = At("a.wav");
        byte[] played = [1, 2, 3, 0, 4, 5, 6, 0xFF];
        using (FileSink sink = FileSink.Create(path, NullLogger.Instance))
        {
            using SoundGuest guest = new(SoundGuest.CardOf(sink, new NullLine()));
            Play(guest, (byte)SampleFormat.S24, SoundGuest.Rate48000, 2, played);
            // Another format begins anew.
            Play(guest, (byte)SampleFormat.S24, 6, 2, played);
        }

        byte[] file = File.ReadAllBytes(path);
        Assert.Equal([1, 2, 3, 4, 5, 6], file[WavFile.HeadBytes..]);
        Assert.True(WavFile.TryReadHead(file, file.Length, out SoundFormat format, out long at, out long bytes, out _));
        Assert.Equal((new SoundFormat(SampleFormat.S24In3, 44100, 2), 44, 6), (format, at, bytes));
    }

    [Fact]
    public void A_file_may_begin_again_at_its_end()
    {
        File.WriteAllBytes(At("a.raw"), [1, 2, 3]);
        using FileSource source = FileSource.Open(At("a.raw"), new SoundFormat(SampleFormat.U8, 8000, 1), loops: true, NullLogger.Instance);
        using SoundGuest listener = new(SoundGuest.CardOf(new NullLine(), source));
        Assert.Equal([1, 2, 3, 1, 2, 3, 1, 2], Record(listener, (byte)SampleFormat.U8, 1, 1, 8, 1));
    }

    [Fact]
    public void A_file_that_cannot_be_is_one_line()
    {
        foreach (string path in (string[])[At("no/a.wav"), "/dev/null", folder.Path])
        {
            Assert.Throws<StartupException>(() => FileSink.Create(path, NullLogger.Instance));
            Assert.Throws<StartupException>(() => FileSource.Open(path, new SoundFormat(SampleFormat.U8, 8000, 1), false, NullLogger.Instance));
        }
    }

    public static TheoryData<string, byte[]> BadHeads()
    {
        byte[] good = new byte[WavFile.HeadBytes];
        WavFile.WriteHead(good, new SoundFormat(SampleFormat.S16, 48000, 2), 0);
        TheoryData<string, byte[]> data = new()
        {
            { "it is no WAV file", [] },
            { "it is no WAV file", [.. "RIFX"u8, .. good[4..]] },
            { "it has no samples", good[..36] },
            { "it is cut off", good[..30] },
            { "its samples come before their format", [.. good[..12], .. good[36..]] },
        };
        data.Add("its samples have the format 2 with 16 bits, which is none of those that can be played", With(good, 20, 2));
        data.Add("it has 0 channels: 1 to 18 can be played", With(good, 22, 0));
        data.Add("it has 47999 frames a second, which no guest can be told", With(good, 24, 0x7F));
        data.Add("it is no WAV file", With(good, 16, 0xFF)[..20]);
        return data;
    }

    [Theory]
    [MemberData(nameof(BadHeads))]
    public void A_head_that_makes_no_sense_is_refused(string expected, byte[] file)
    {
        Assert.False(WavFile.TryReadHead(file, file.Length, out _, out _, out _, out string problem));
        if (file.Length != 20)
            Assert.Equal(expected, problem);
        File.WriteAllBytes(At("a.wav"), file);
        StartupException line = Assert.Throws<StartupException>(() => FileSource.Open(At("a.wav"), default, false, NullLogger.Instance));
        Assert.Contains(problem, line.Message, StringComparison.Ordinal);
    }

    private static byte[] With(byte[] head, int at, byte value)
    {
        byte[] other = [.. head];
        other[at] = value;
        return other;
    }

    private static void Play(SoundGuest guest, byte format, byte rate, byte channels, byte[] frames)
    {
        guest.Run(0, format, rate, channels, (uint)frames.Length * 2, (uint)frames.Length);
        Assert.Equal(SoundGuest.Ok, guest.TakePlayed(guest.Send(0, frames)));
        guest.End(0);
    }

    private static byte[] Record(SoundGuest guest, byte format, byte rate, byte channels, int period, int periods)
    {
        guest.Run(1, format, rate, channels, (uint)period * 4, (uint)period);
        List<byte> all = [];
        for (int i = 0; i < periods; i++)
            all.AddRange(guest.TakeRecorded(guest.Fetch(1, (uint)period)));
        guest.End(1);
        return [.. all];
    }

    private string At(string name) => Path.Combine(folder.Path, name);

    public sealed class TestFolder : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vhost-sound-");

        internal string Path => _folder.FullName;

        public void Dispose() => _folder.Delete(recursive: true);
    }
}
