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
            ["set", string text] => RtcText.TryTime(text, out long time) ? Set(time) : $"'{text}' is not {RtcText.TimeForm}",
            ["step", string text] => RtcText.TrySpan(text, out long span) ? Problem(clocks.Step(span)) : $"'{text}' is not {RtcText.SpanForm}",
            ["rate", string text] => RtcText.TryRate(text, out double rate) ? Problem(clocks.Go(rate)) : $"'{text}' is not {RtcText.RateForm}",
            ["freeze"] => Problem(clocks.Go(0)),
            ["run"] => Problem(clocks.Go(1)),
            _ => "show | set TIME | step SECONDS | rate RATE | freeze | run",
        };
        if (problem is null && words[0] != "show")
            log.LogInformation("clocks: {Line}", line);
        return problem;
    }

    /// <summary>Has the first clock with a time of day show a time; the others of them move by as much.</summary>
    internal string? Set(long nanoseconds)
    {
        for (int id = 0; id < clocks.Count; id++)
        {
            if (clocks[id].Type == RtcClockType.Monotonic)
                continue;
            Errno errno = clocks[id].Read(out ulong now);
            return Problem(errno.IsSuccess ? clocks.Step(nanoseconds - (long)Math.Min(now, long.MaxValue)) : errno);
        }

        return "there is no clock with a time of day";
    }

    private string? Show(Action<string> answer)
    {
        for (int id = 0; id < clocks.Count; id++)
        {
            RtcClock clock = clocks[id];
            if (clock.Read(out ulong now).IsError)
                continue;
            string shows = clock.Type == RtcClockType.Monotonic
                ? string.Create(CultureInfo.InvariantCulture, $"{now / 1e9:f3} s")
                : RtcText.Time(now);
            RtcAlarm alarm = clocks.AlarmOf(id);
            string rate = clock.Time.IsFrozen ? ", frozen"
                : clock.Time.Rate == 1 ? ""
                : string.Create(CultureInfo.InvariantCulture, $", rate {clock.Time.Rate}");
            answer($"{id} {clock.Type} {shows}{rate}{(alarm.IsEnabled ? $", alarm {RtcText.Time(alarm.Time)}" : "")}");
        }

        return null;
    }

    private static string? Problem(Errno errno) => errno.IsSuccess ? null : $"the host's clock cannot be read: {errno}";
}
