// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Sound.Hosts;
using VhostDevice.Devices.Sound.Samples;
using VhostDevice.Hosting;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Sound.Alsa;

/// <summary>
/// A device of ALSA, such as "default" or "hw:0,0": looked at when the daemon starts, and open only while a guest uses it. Its
/// calls wait, so each use has a thread, which touches no guest memory.
/// </summary>
internal sealed class AlsaLine : ISoundLine
{
    // How long the end of the daemon waits for what is still to be heard.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private readonly AlsaLibrary _library;
    private readonly string _device;
    private readonly bool _isOutput;
    private readonly ILogger _log;
    private AlsaSession? _last;

    private AlsaLine(AlsaLibrary library, string device, bool isOutput, SoundAbilities abilities, ILogger log)
    {
        _library = library;
        _device = device;
        _isOutput = isOutput;
        _log = log;
        Abilities = abilities;
    }

    public string Name => $"alsa {_device}";

    public SoundAbilities Abilities { get; }

    /// <exception cref="StartupException">There is no library, or no such device.</exception>
    internal static AlsaLine Open(string device, bool isOutput, ILogger log)
    {
        AlsaLibrary library = AlsaLibrary.Load()
            ?? throw new StartupException("--backend alsa needs libasound.so.2: install the package libasound2 (libasound2t64, alsa-lib)");
        int result = library.Open(device, isOutput, out nint pcm);
        SoundAbilities abilities = default;
        if (result >= 0)
        {
            result = library.Explore(
                pcm, AlsaFormats.All, SampleRates.Values, out ulong formats, out ulong rates, out int least, out int most);
            library.Close(pcm);
            abilities = new SoundAbilities(formats & SampleFormats.All, rates, Math.Max(least, 1), Math.Min(most, SoundFormat.MostChannels));
        }

        return result >= 0 ? new AlsaLine(library, device, isOutput, abilities, log)
            : throw new StartupException(
                $"ALSA has no device '{device}' to {(isOutput ? "play into" : "record from")}: {library.Text(result)}; "
                    + "'aplay -L' and 'arecord -L' list those that there are, and device=NAME chooses one");
    }

    public ISoundSession? Open(SoundFormat format, int periodFrames, EventLoop loop, Action moved, out string problem)
    {
        problem = "";
        // The former use may still be heard.
        return _last = new AlsaSession(_library, _device, _isOutput, format, periodFrames, loop, moved, _log, _last);
    }

    public void Dispose()
    {
        _last?.Dispose();
        _last?.Join(s_patience);
    }
}
