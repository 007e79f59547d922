// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging.Abstractions;
using VhostDevice.Devices.Sound.Alsa;
using VhostDevice.Hosting;
using Xunit;

namespace VhostDevice.Devices.Tests.Sound;

/// <summary>Streams on devices of ALSA, which a configuration of the test's own defines: no sound card is needed.</summary>
[Collection(DeviceCollection.Name)]
public sealed class AlsaTests
{
    private static readonly bool s_isThere = AlsaLibrary.Load() is not null;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vhost-alsa-");

    [Fact]
    public void What_is_played_arrives_and_a_use_follows_the_other()
    {
        Assert.SkipUnless(s_isThere, "libasound2 is not installed");
        string device = Define();
        byte[] played = new byte[4 * 4800];
        new Random(3).NextBytes(played);
        using (AlsaLine line = AlsaLine.Open(device, isOutput: true, NullLogger.Instance))
        {
            Assert.NotEqual(0ul, line.Abilities.Formats & 1 << SoundGuest.S16);
            using SoundGuest guest = new(SoundGuest.CardOf(line, new Devices.Sound.Hosts.NullLine()));
            for (int use = 0; use < 2; use++)
            {
                guest.Run(0, buffer: 4 * 1920, period: 1920);
                for (int at = 0; at < played.Length; at += 1920)
                    Assert.Equal(SoundGuest.Ok, guest.TakePlayed(guest.Send(0, played.AsSpan(at, 1920))));
                guest.End(0);
            }
        }

        // The second use has emptied the file, as this kind of device does.
        byte[] file = File.ReadAllBytes(Path.Combine(_folder.FullName, "played"));
        Assert.Equal(played, file[..played.Length]);
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void What_a_device_has_is_recorded()
    {
        Assert.SkipUnless(s_isThere, "libasound2 is not installed");
        using AlsaLine line = AlsaLine.Open("null", isOutput: false, NullLogger.Instance);
        using SoundGuest guest = new(SoundGuest.CardOf(new Devices.Sound.Hosts.NullLine(), line));
        guest.Run(1, buffer: 4 * 1920, period: 1920);
        for (int i = 0; i < 5; i++)
            Assert.Equal(1920, guest.TakeRecorded(guest.Fetch(1, 1920)).Length);
        guest.End(1);
        guest.Run(1, buffer: 4 * 1920, period: 1920);
        Assert.Equal(1920, guest.TakeRecorded(guest.Fetch(1, 1920)).Length);
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void A_device_that_there_is_not_is_one_line()
    {
        Assert.SkipUnless(s_isThere, "libasound2 is not installed");
        StartupException line = Assert.Throws<StartupException>(() => AlsaLine.Open("hw:77,3", isOutput: true, NullLogger.Instance));
        Assert.StartsWith("ALSA has no device 'hw:77,3' to play into: ", line.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line.Message);
        _folder.Delete(recursive: true);
    }

    // A device of the library that needs no hardware and plays as fast as it gets.
    private string Define() => $"file:FILE={_folder.FullName}/played,FORMAT=raw";
}
