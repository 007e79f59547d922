// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using Microsoft.Extensions.Logging;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Kinds;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Rtc;

/// <summary>What a running daemon can be asked: to show its clocks, and to set them. On the device's loop.</summary>
internal sealed class RtcCommands(RtcClocks clocks, ILogger log)
{
    internal static IReadOnlyList<ControlVerb> Verbs =>
    [
        new("show", "Print what the clocks show, and the guest's alarms"),
        new("set", "Set the time of day; a monotonic clock does not jump", new Positional("TIME", RtcText.TimeForm))
        {
            Example = "2038-01-19T03:14:00Z",
        },
        new("step", "Put the time of day forward or back", new Positional("SECONDS", RtcText.SpanForm)) { Example = "-3600" },
        new("rate", "Have all clocks go faster or slower", new Positional("RATE", RtcText.RateForm)) { Example = "60" },
        new("skew", "Have all clocks go a little faster or slower than the host's", new Positional("PPM", RtcText.SkewForm)) { Example = "-50" },
        new("freeze", "Stop all clocks"),
        new("run", "Have all clocks go on, at the pace of the host's"),
    ];

    /// <returns>What was wrong, or null.</returns>
    internal string? Run(string line, Action<string> answer)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string? problem = words switch
        {
            ["show"] => Show(answer),
            ["set", string text] => RtcText.TryTime(text, out long time) ? Problem(clocks.Set(time)) : $"'{text}' is not {RtcText.TimeForm}",
            ["step", string text] => RtcText.TrySpan(text, out long span) ? Problem(clocks.Step(span)) : $"'{text}' is not {RtcText.SpanForm}",
            ["rate", string text] => RtcText.TryRate(text, out double rate) ? Problem(clocks.Go(rate)) : $"'{text}' is not {RtcText.RateForm}",
            ["skew", string text] => RtcText.TrySkew(text, out double rate) ? Problem(clocks.Go(rate)) : $"'{text}' is not {RtcText.SkewForm}",
            ["freeze"] => Problem(clocks.Go(0)),
            ["run"] => Problem(clocks.Go(1)),
            _ => "show | set TIME | step SECONDS | rate RATE | skew PPM | freeze | run",
        };
        if (problem is null && words[0] != "show")
            log.LogInformation("clocks: {Line}", line);
        return problem;
    }

    private string? Show(Action<string> answer)
    {
        for (int id = 0; id < clocks.Count; id++)
        {
            RtcClock clock = clocks[id];
            if (clock.Read(out ulong now).IsError)
                continue;
            string shows = clock.IsTimeOfDay ? RtcText.Time(now) : string.Create(CultureInfo.InvariantCulture, $"{now / 1e9:f3} s");
            RtcAlarm alarm = clocks.AlarmOf(id);
            string rate = clock.Time.IsFrozen ? ", frozen"
                : clock.Time.Rate == 1 ? ""
                : string.Create(CultureInfo.InvariantCulture, $", rate {clock.Time.Rate}");
            answer($"{id} {clock.Type} {shows}{rate}{(alarm.IsEnabled ? $", alarm {RtcText.Time(alarm.Time)}" : "")}");
        }

        return null;
    }

    internal static string? Problem(Errno errno) =>
        errno.IsSuccess ? null
        : errno == Errno.ENODEV ? "there is no clock with a time of day"
        : $"the host's clock cannot be read: {errno}";
}
