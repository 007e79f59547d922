// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;

namespace VhostDevice.Hosting.Logging;

/// <summary>
/// Which messages are shown. Understands what RUST_LOG takes: a level, or <c>target=level</c> pairs, separated by
/// commas; targets are prefixes such as <c>vhost_device_rng</c>. What follows a '/' (a text filter) is not supported.
/// </summary>
internal sealed class LogFilter
{
    private readonly List<(string Target, LogLevel Level)> _rules = [];
    private LogLevel _default = LogLevel.None;

    private LogFilter()
    {
    }

    internal static LogFilter Everything(LogLevel level) => new() { _default = level };

    /// <summary>Parses a RUST_LOG value; parts that make no sense are passed over, as the original does.</summary>
    internal static LogFilter Parse(string value)
    {
        LogFilter filter = new();
        foreach (string part in value.Split('/')[0].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
            {
                if (TryLevel(part, out LogLevel all))
                    filter._default = all;
                else
                    filter._rules.Add((part, LogLevel.Trace));
            }
            else if (equals == part.Length - 1)
            {
                filter._rules.Add((part[..equals].Trim(), LogLevel.Trace));
            }
            else if (TryLevel(part[(equals + 1)..].Trim(), out LogLevel level))
            {
                filter._rules.Add((part[..equals].Trim(), level));
            }
        }

        return filter;
    }

    internal static bool TryLevel(string text, out LogLevel level)
    {
        level = text.ToLowerInvariant() switch
        {
            "off" => LogLevel.None,
            "error" => LogLevel.Error,
            "warn" => LogLevel.Warning,
            "info" => LogLevel.Information,
            "debug" => LogLevel.Debug,
            "trace" => LogLevel.Trace,
            _ => (LogLevel)(-1),
        };
        return level >= 0;
    }

    /// <summary>The least severe level that is shown for a target: the longest matching rule decides, of two alike the later.</summary>
    internal LogLevel For(string target)
    {
        LogLevel level = _default;
        int length = -1;
        foreach ((string prefix, LogLevel ruleLevel) in _rules)
        {
            if (prefix.Length >= length && target.StartsWith(prefix, StringComparison.Ordinal))
                (length, level) = (prefix.Length, ruleLevel);
        }

        return level;
    }
}
