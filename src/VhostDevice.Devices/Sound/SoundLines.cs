// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Sound.Alsa;
using VhostDevice.Devices.Sound.Disk;
using VhostDevice.Devices.Sound.Hosts;
using VhostDevice.Hosting;
using VhostDevice.Hosting.Kinds;

namespace VhostDevice.Devices.Sound;

/// <summary>Opens the host's ends of streams; what is not asked for is not touched.</summary>
internal sealed class SoundLines(Opening at, string usual)
{
    private static readonly NullLine s_null = new();

    private readonly Dictionary<string, SoundCable> _cables = [];
    private readonly HashSet<string> _files = [];

    /// <param name="isShared">Several guests have a stream by these settings.</param>
    /// <exception cref="StartupException">It cannot be had.</exception>
    internal ISoundLine Open(StreamSettings settings, bool isShared)
    {
        switch (settings.Line)
        {
            case "null":
                return s_null;
            case "noise":
                return new GeneratorLine(0);
            case "sine":
                _ = StreamSettings.TryHertz(settings.Target, out double hertz);
                return new GeneratorLine(hertz);
            case "cable":
                if (!_cables.TryGetValue(settings.Target, out SoundCable? cable))
                    _cables.Add(settings.Target, cable = new SoundCable(settings.Target));
                return new CableLine(cable, settings.IsOutput);
            case "file":
                return OpenFile(settings, isShared);
            default:
                return OpenUsual(settings);
        }
    }

    private ISoundLine OpenFile(StreamSettings settings, bool isShared)
    {
        if (!settings.IsOutput)
            return at.Owns(FileSource.Open(settings.Target, settings.Raw, settings.Loops, at.Log));
        if (isShared || !_files.Add(Path.GetFullPath(settings.Target)))
            throw new StartupException($"{settings.Target}: a file is written by one stream; say of which guest, with guest=NUMBER", isUsage: true);
        return at.Owns(FileSink.Create(settings.Target, at.Log));
    }

    private ISoundLine OpenUsual(StreamSettings settings) => usual switch
    {
        "null" when settings.Line is null => s_null,
        "null" => throw new StartupException("device=NAME needs to know of what: --backend alsa", isUsage: true),
        "alsa" => at.Owns(AlsaLine.Open(settings.Line is null ? "default" : settings.Target, settings.IsOutput, at.Log)),
        _ => throw new StartupException($"--backend {usual} is not in this program: null and alsa are", isUsage: true),
    };
}
