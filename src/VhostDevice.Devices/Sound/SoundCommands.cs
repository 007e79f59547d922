// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using Microsoft.Extensions.Logging;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Kinds;

namespace VhostDevice.Devices.Sound;

/// <summary>What a running daemon can be asked about its streams. On any thread.</summary>
internal sealed class SoundCommands(SoundCard[] cards, ILogger log)
{
    private const string StreamHelp = "the stream's name, such as out0";

    // A line of an answer is short.
    private const int LineBytes = 3 << 10;

    internal static IReadOnlyList<ControlVerb> Verbs =>
    [
        new("show", "Print the streams: what is at their ends, jack, volume, how loud they are"),
        new("plug", "Put something into a stream's jack", new Positional("STREAM", StreamHelp)) { Example = "out0" },
        new("unplug", "Take it out", new Positional("STREAM", StreamHelp)) { Example = "out0" },
        new(
            "volume", "Set a stream's volume, which the guest's mixer shows",
            new Positional("STREAM", StreamHelp), new Positional("STEPS", VolumeHelp))
        {
            Example = "out0 80",
        },
        new("mute", "Silence a stream", new Positional("STREAM", StreamHelp)) { Example = "out0" },
        new("unmute", "Have it be heard again", new Positional("STREAM", StreamHelp)) { Example = "out0" },
        new(
            "scope", "Draw the last five seconds of a stream as a PNG file, or print the file",
            new Positional("STREAM", StreamHelp), new Positional("FILE", "where to write it", least: 0))
        {
            Example = "out0 out0.png",
            AnswersFile = true,
        },
    ];

    private static string VolumeHelp => "0 to 100, each half a decibel; 0 is silence";

    /// <returns>What was wrong, or null.</returns>
    internal string? Run(string line, Action<string> answer)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words is ["show"])
        {
            foreach (SoundCard card in cards)
            {
                foreach (SoundPort each in card.Ports)
                    answer(Describe(each));
            }

            return null;
        }

        if (words is not ["plug" or "unplug" or "volume" or "mute" or "unmute" or "scope", _, ..])
            return "show | plug STREAM | unplug STREAM | volume STREAM STEPS | mute STREAM | unmute STREAM | scope STREAM";
        List<SoundPort> meant = [];
        string there = "";
        foreach (SoundCard card in cards)
        {
            foreach (SoundPort port in card.Ports)
            {
                there += there.Length == 0 ? port.Name : $", {port.Name}";
                if (port.Name == words[1])
                    meant.Add(port);
            }
        }

        if (meant.Count == 0)
            return $"there is no stream '{words[1]}': {there}";
        string? problem = Do(words, meant, answer);
        if (problem is null && words[0] != "scope")
            log.LogInformation("streams: {Line}", line);
        return problem;
    }

    private static string? Do(string[] words, List<SoundPort> meant, Action<string> answer)
    {
        byte steps = 0;
        bool isVolume = words.Length == 3 && byte.TryParse(words[2], CultureInfo.InvariantCulture, out steps) && steps <= SoundVolume.Full;
        if (words[0] == "volume" && !isVolume)
            return $"'{string.Join(' ', words[2..])}' is no volume: {VolumeHelp}";
        if (words[0] == "scope")
            return Send(meant[0], answer);
        foreach (SoundPort port in meant)
        {
            switch (words[0])
            {
                case "volume":
                    port.SetVolume(steps);
                    break;
                case "mute" or "unmute":
                    port.Mute(words[0] == "mute");
                    break;
                default:
                    port.Plug(words[0] == "plug");
                    break;
            }
        }

        return null;
    }

    private static string? Send(SoundPort port, Action<string> answer)
    {
        if (port.Meter is not { } meter)
            return "nothing is measured";
        byte[] file = SoundPicture.Draw(meter);
        for (int at = 0; at < file.Length; at += LineBytes)
            answer(Convert.ToBase64String(file.AsSpan(at, Math.Min(LineBytes, file.Length - at))));
        return null;
    }

    private static string Describe(SoundPort port)
    {
        string jack = port.IsPlugged ? "plugged" : "unplugged";
        string volume = port.Volume.IsMuted ? "muted" : string.Create(CultureInfo.InvariantCulture, $"volume {port.Volume[0]}");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{port.Name} {(port.IsOutput ? "out" : "in")} {port.Line.Name}, {jack}, {volume}, "
                + $"{port.Statistics.Periods} periods, {port.Statistics.Xruns} xruns, "
                + $"peak {Decibels(port.Meter?.Peak)}, power {Decibels(port.Meter?.Power)}");
    }

    private static string Decibels(double? part) =>
        part is > 0 ? string.Create(CultureInfo.InvariantCulture, $"{20 * Math.Log10(part.Value):f1} dB") : "silent";
}
