// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Devices.Sound.Samples;

namespace VhostDevice.Devices.Sound;

/// <summary>A stream as the command line says it: out or in, then KEY=VALUE and words, with commas in between.</summary>
internal sealed class StreamSettings
{
    internal const string Form = "out|in[,KEY=VALUE...]";

    private const int DefaultChannels = 8;
    private const double MostHertz = 192_000;

    internal SoundDirection Direction { get; init; }

    internal bool IsOutput => Direction == SoundDirection.Output;

    /// <summary>For people; by default out0, in0 and so on.</summary>
    internal string? Name { get; private set; }

    /// <summary>How many channels a guest may use at most.</summary>
    internal int Channels { get; private set; } = DefaultChannels;

    /// <summary>The only rate or sample format that guests are offered; null: all.</summary>
    internal uint? Rate { get; private set; }

    internal SampleFormat? Format { get; private set; }

    /// <summary>Of which guest it is, from 0; null: each has one.</summary>
    internal int? Guest { get; private set; }

    /// <summary>The word of the host's side, such as "file"; null: that of --backend.</summary>
    internal string? Line { get; private set; }

    /// <summary>What follows it: a path, a frequency, a name.</summary>
    internal string Target { get; private set; } = "";

    internal bool Loops { get; private set; }

    /// <summary>What of the line's abilities is offered.</summary>
    internal SoundAbilities Offered => new(
        Format is { } format ? 1UL << (int)format : SampleFormats.All,
        Rate is { } rate ? 1UL << SampleRates.Find(rate) : SampleRates.All,
        1,
        Channels);

    /// <summary>What the bytes of a file without a head are.</summary>
    internal SoundFormat Raw => new(Format ?? SampleFormat.S16, Rate ?? 48000, Channels == DefaultChannels ? 2 : Channels);

    /// <param name="problem">What is wrong, when the result is null.</param>
    internal static StreamSettings? Parse(string text, out string problem)
    {
        StreamSettings? settings = new();
        string rest = text;
        bool isFirst = true;
        do
        {
            int comma = rest.IndexOf(',', StringComparison.Ordinal);
            string word = comma < 0 ? rest : rest[..comma];
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            string key = equals < 0 ? word : word[..equals];
            string value = equals < 0 ? "" : word[(equals + 1)..];
            rest = comma < 0 ? "" : rest[(comma + 1)..];
            if (key == "device")
            {
                // Names of devices have commas: hw:0,0.
                (value, rest) = (rest.Length > 0 ? $"{value},{rest}" : value, "");
            }

            settings = isFirst ? WithDirection(key) : settings.With(key, value, equals >= 0);
            problem = settings is not null ? ""
                : isFirst ? $"it begins with out or in, not with '{word}'"
                : $"'{word}' is none of name=NAME, channels=1 to {SoundFormat.MostChannels}, rate=HZ, format=NAME, guest=NUMBER, null, "
                    + "file=PATH, loop, sine=HZ, noise, cable=NAME, device=NAME";
            isFirst = false;
        }
        while (settings is not null && rest.Length > 0);
        if (settings is null)
            return null;
        problem = settings.Problem();
        return problem.Length == 0 ? settings : null;
    }

    private static StreamSettings? WithDirection(string word) => word switch
    {
        "out" => new StreamSettings { Direction = SoundDirection.Output },
        "in" => new StreamSettings { Direction = SoundDirection.Input },
        _ => null,
    };

    private StreamSettings? With(string key, string value, bool hasValue)
    {
        switch (key)
        {
            case "name" when value.Length > 0:
                Name = value;
                return this;
            case "channels" when TryNumber(value, out int channels) && channels is >= 1 and <= SoundFormat.MostChannels:
                Channels = channels;
                return this;
            case "rate" when TryNumber(value, out int rate) && SampleRates.Find((uint)rate) >= 0:
                Rate = (uint)rate;
                return this;
            case "format" when SampleFormats.TryParse(value, out SampleFormat format):
                Format = format;
                return this;
            case "guest" when TryNumber(value, out int guest):
                Guest = guest;
                return this;
            case "loop" when !hasValue:
                Loops = true;
                return this;
            case "null" or "noise" when !hasValue && Line is null:
                Line = key;
                return this;
            case "file" or "cable" or "device" when value.Length > 0 && Line is null:
                Line = key;
                Target = value;
                return this;
            case "sine" when Line is null && TryHertz(value, out _):
                Line = key;
                Target = value;
                return this;
            default:
                return null;
        }
    }

    internal static bool TryHertz(string text, out double hertz) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out hertz) && hertz is >= 1 and <= MostHertz;

    private string Problem() =>
        IsOutput && (Line is "sine" or "noise") ? $"{Line} is something to record: a stream of the direction in has it"
        : Loops && (IsOutput || Line != "file") ? "loop is for files that are recorded: in,file=PATH,loop"
        : "";

    private static bool TryNumber(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
