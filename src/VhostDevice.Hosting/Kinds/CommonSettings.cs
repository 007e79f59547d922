// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Logging;
using VhostDevice.Linux;

namespace VhostDevice.Hosting.Kinds;

/// <summary>What the command line of every device may say.</summary>
internal static class CommonSettings
{
    /// <summary>More than this is no time to spin.</summary>
    private const ulong MaxPollMicroseconds = 1_000_000;

    /// <summary>Owner and group may read and write.</summary>
    private const uint ModeOfGroup = 0x1B0;

    private const uint MaxMode = 0x1FF;

    internal static readonly NumberSetting Fd = new(
        "--fd", "--socket-fd", "FDNUM", "Serve this inherited Unix socket, listening or connected, instead of listening at a path",
        from: 0, to: int.MaxValue);

    internal static readonly FlagSetting PrintCapabilities = new(
        "--print-capabilities", null, "Print as JSON what this back-end can do, and exit; other options are ignored");

    internal static readonly TextSetting MetricsSocket = new(
        "--metrics-socket", null, "PATH", "Answer GET /metrics over HTTP on this Unix socket, for Prometheus");

    internal static readonly FlagSetting Iommu = new(
        "--iommu", null, "Offer to be behind the guest's IOMMU (VIRTIO_F_ACCESS_PLATFORM; QEMU: iommu_platform=on)");

    internal static readonly ChoiceSetting Sandbox = new(
        "--sandbox", null, "MODE",
        "What the daemon gives up before it serves: full, seccomp (no privileges, few system calls, but any path) or off",
        ["full", "seccomp", "off"], byDefault: "full");

    private static readonly TextSetting s_socketGroup = new(
        "--socket-group", null, "GROUP",
        "Give the front-ends' sockets to this group (a name or a number), whose members may then connect");

    private static readonly TextSetting s_socketMode = new(
        "--socket-mode", null, "MODE",
        "Permissions of the front-ends' sockets, octal; to connect takes write permission")
    {
        Unset = "660 with --socket-group, else by the umask",
        Wanted = "octal digits, such as 660",
        IsPossible = static text => Mode(text) <= MaxMode,
    };

    private static readonly ChoiceSetting s_logLevel = new(
        "--log-level", null, "LEVEL", "Least severe messages to show: off, error, warn, info, debug or trace",
        ["off", "error", "warn", "info", "debug", "trace"])
    {
        IgnoresCase = true,
        Unset = "environment's RUST_LOG, or info",
    };

    private static readonly NumberSetting s_pollTime = new(
        "--poll-us", null, "MICROSECONDS", "Busy-poll the rings for so long before sleeping: lower latency, but a busy CPU",
        from: 0, to: MaxPollMicroseconds, byDefault: 0, NumberUnit.Microseconds);

    /// <summary>Those that follow the device's own.</summary>
    internal static IReadOnlyList<Setting> Others { get; } =
        [s_socketGroup, s_socketMode, PrintCapabilities, s_logLevel, s_pollTime, MetricsSocket, Iommu, Sandbox];

    internal static TimeSpan PollTime(Values values) => TimeSpan.FromMicroseconds(values[s_pollTime]);

    /// <summary>The least severe level that is shown: --log-level, otherwise RUST_LOG, otherwise the default.</summary>
    internal static LogLevel LogLevel(Values values, string target)
    {
        LogFilter filter = values[s_logLevel] is { } text && LogFilter.TryLevel(text, out LogLevel level)
            ? LogFilter.Everything(level)
            : Environment.GetEnvironmentVariable("RUST_LOG") is { Length: > 0 } rust
                ? LogFilter.Parse(rust)
                : LogFilter.Everything(Microsoft.Extensions.Logging.LogLevel.Information);
        return filter.For(target);
    }

    /// <summary>Who may connect to the sockets of front-ends, if the command line says it.</summary>
    /// <exception cref="StartupException">There is no such group.</exception>
    internal static SocketAccess? Access(Values values)
    {
        uint? mode = values[s_socketMode] is { } text ? Mode(text) : null;
        if (values[s_socketGroup] is not { } group)
            return mode is null ? null : new SocketAccess(null, mode);
        Errno errno = Accounts.FindGroup(group, out uint id);
        if (errno.IsError)
        {
            throw new StartupException(errno == Errno.ENOENT
                ? $"there is no group '{group}', which --socket-group names"
                : $"the group '{group}' cannot be looked up: {errno}");
        }

        return new SocketAccess(id, mode ?? ModeOfGroup);
    }

    // More than any mode when it is none.
    private static uint Mode(string text)
    {
        uint mode = 0;
        foreach (char digit in text)
            mode = digit is >= '0' and <= '7' && mode <= MaxMode ? (mode * 8) + (uint)(digit - '0') : uint.MaxValue;
        return mode;
    }
}
