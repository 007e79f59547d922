// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Microsoft.Extensions.Logging;
using VhostDevice.Hosting;
using VhostDevice.Hosting.Daemon;
using VhostDevice.Hosting.Logging;
using VhostDevice.Hosting.Sandbox;
using VhostDevice.Hosting.Sockets;
using VhostDevice.Linux;

namespace VhostDevice.Program.CommandLine;

/// <summary>The options that every device has.</summary>
internal sealed class CommonOptions
{
    /// <summary>More than this is no time to spin.</summary>
    private const uint MaxPollMicroseconds = 1_000_000;

    /// <summary>Owner and group may read and write.</summary>
    private const uint ModeOfGroup = 0x1B0;

    private const uint MaxMode = 0x1FF;

    private readonly DeviceEntry _entry;

    private readonly Option<string?> _socketPath;

    private readonly Option<int?> _fd = new("--fd")
    {
        Description = "Serve this inherited Unix socket, listening or connected, instead of --socket-path",
        HelpName = "FDNUM",
        CustomParser = r => Numbers.Descriptor(r),
    };

    private readonly Option<bool> _printCapabilities = new("--print-capabilities")
    {
        Description = "Print as JSON what this back-end can do, and exit; other options are ignored",
        Arity = ArgumentArity.Zero,
    };

    private readonly Option<string?> _logLevel = new("--log-level")
    {
        Description = "Least severe messages to show: off, error, warn, info, debug or trace [default: environment's RUST_LOG, or info]",
        HelpName = "LEVEL",
    };

    private readonly Option<uint> _pollUs = new("--poll-us")
    {
        Description = "Busy-poll the rings for so long before sleeping: lower latency, but a busy CPU [default: 0]",
        HelpName = "MICROSECONDS",
        CustomParser = Numbers.U32,
    };

    private readonly Option<bool> _iommu = new("--iommu")
    {
        Description = "Offer to be behind the guest's IOMMU (VIRTIO_F_ACCESS_PLATFORM; QEMU: iommu_platform=on)",
        Arity = ArgumentArity.Zero,
    };

    private readonly Option<string?> _metricsSocket = new("--metrics-socket")
    {
        Description = "Answer GET /metrics over HTTP on this Unix socket, for Prometheus",
        HelpName = "PATH",
    };

    private readonly Option<string?> _socketGroup = new("--socket-group")
    {
        Description = "Give the front-ends' sockets to this group (a name or a number), whose members may then connect",
        HelpName = "GROUP",
    };

    private readonly Option<uint?> _socketMode = new("--socket-mode")
    {
        Description = "Permissions of the front-ends' sockets, octal; to connect takes write permission [default: 660 with --socket-group, else by the umask]",
        HelpName = "MODE",
        CustomParser = ModeOf,
    };

    private readonly Option<SandboxMode> _sandbox = new("--sandbox")
    {
        Description = "What the daemon gives up before it serves: full, seccomp (no privileges, few system calls, but any path) or off [default: full]",
        HelpName = "MODE",
        CustomParser = SandboxModeOf,
    };

    /// <param name="numbered">Whether numbers are appended to --socket-path.</param>
    /// <param name="socketName">Another name that the device has for --socket-path. It then sees to it itself that there
    /// is one.</param>
    internal CommonOptions(Command command, DeviceEntry entry, bool numbered, string? socketName = null)
    {
        _entry = entry;
        _socketPath = new Option<string?>(socketName ?? "--socket-path", socketName is null ? "-s" : "--socket-path") { HelpName = "PATH" };
        _socketPath.Description = numbered
            ? "Where to listen; numbers are appended, even for one socket: PATH0, PATH1, ..."
            : "Where to listen";
        _logLevel.Validators.Add(CheckLogLevel);
        _pollUs.Validators.Add(CheckPoll);
        command.Options.Add(_socketPath);
        command.Options.Add(_fd);
        command.Options.Add(_socketGroup);
        command.Options.Add(_socketMode);
        command.Options.Add(_printCapabilities);
        command.Options.Add(_logLevel);
        command.Options.Add(_pollUs);
        command.Options.Add(_metricsSocket);
        command.Options.Add(_iommu);
        command.Options.Add(_sandbox);
        if (socketName is null)
            command.Validators.Add(CheckSocket);
    }

    /// <summary>The socket's path, if there is one.</summary>
    internal Option<string?> SocketPath => _socketPath;

    /// <summary>The inherited socket, if there is one.</summary>
    internal Option<int?> Fd => _fd;

    /// <summary>What a device's sockets are run with.</summary>
    internal HostingOptions Hosting(ParseResult result) =>
        new(_entry.Name, PollTime(result), result.GetValue(_metricsSocket), result.GetValue(_iommu));

    /// <summary>Who may connect to the sockets of front-ends, if the command line says it.</summary>
    /// <exception cref="StartupException">There is no such group.</exception>
    internal SocketAccess? Access(ParseResult result)
    {
        uint? mode = result.GetResult(_socketMode) is null ? null : result.GetValue(_socketMode);
        if (result.GetValue(_socketGroup) is not { } group)
            return mode is null ? null : new SocketAccess(null, mode);
        Errno errno = Accounts.FindGroup(group, out uint id);
        if (errno.IsError)
            throw new StartupException(errno == Errno.ENOENT ? $"there is no group '{group}', which --socket-group names" : $"the group '{group}' cannot be looked up: {errno}");
        return new SocketAccess(id, mode ?? ModeOfGroup);
    }

    private TimeSpan PollTime(ParseResult result) => TimeSpan.FromMicroseconds(result.GetValue(_pollUs));

    /// <summary>The sandbox that --sandbox asks for, with what the device needs in it.</summary>
    internal ProcessSandbox Sandbox(ParseResult result, ILogger log) =>
        new(result.GetResult(_sandbox) is null ? SandboxMode.Full : result.GetValue(_sandbox), _entry.AllowCalls, log);

    /// <summary>The logger that --log-level, otherwise RUST_LOG, otherwise the default asks for.</summary>
    internal StderrLogger Logger(ParseResult result)
    {
        LogFilter filter = result.GetValue(_logLevel) is { } text && LogFilter.TryLevel(text, out LogLevel level)
            ? LogFilter.Everything(level)
            : Environment.GetEnvironmentVariable("RUST_LOG") is { Length: > 0 } rust
                ? LogFilter.Parse(rust)
                : LogFilter.Everything(LogLevel.Information);
        return new StderrLogger(_entry.LogTarget, filter.For(_entry.LogTarget));
    }

    /// <summary>How many sockets the command line, or the service manager, gives the device.</summary>
    /// <param name="asked">--socket-count, if it was given.</param>
    internal uint SocketCount(ParseResult result, uint? asked)
    {
        if (result.GetValue(_socketPath) is not null)
            return asked ?? 1;
        if (result.GetValue(_fd) is not null)
        {
            return asked is null or 1
                ? 1u
                : throw new StartupException($"--fd is one socket, and --socket-count asks for {asked}", isUsage: true);
        }

        uint handedOver = (uint)ServiceManager.ListenFds();
        return asked is null || asked == handedOver
            ? handedOver
            : throw new StartupException($"--socket-count asks for {asked}, and the service manager handed over {handedOver}", isUsage: true);
    }

    /// <summary>Refuses a --socket-path whose folder is not there, before anything else is looked at.</summary>
    internal void RequireFolder(ParseResult result)
    {
        if (result.GetValue(_socketPath) is { } path)
            SocketPaths.RequireFolder(path);
    }

    /// <summary>Opens the sockets that the command line, or the service manager, says.</summary>
    /// <param name="paths">Turns --socket-path into the paths to listen on.</param>
    internal IReadOnlyList<ListeningSocket> OpenSockets(ParseResult result, Func<string, string[]> paths)
    {
        if (result.GetValue(_fd) is { } fd)
            return [ListeningSocket.Inherit(fd)];
        if (result.GetValue(_socketPath) is not { } path)
            return [.. ServiceManager.ListenFdNumbers(ServiceManager.ListenFds()).Select(ListeningSocket.Inherit)];

        SocketAccess? access = Access(result);
        List<ListeningSocket> sockets = [];
        try
        {
            foreach (string each in paths(path))
                sockets.Add(ListeningSocket.Create(each, _socketPath.Name, access));
        }
        catch
        {
            foreach (ListeningSocket socket in sockets)
                socket.Dispose();
            throw;
        }

        return sockets;
    }

    private void CheckSocket(CommandResult result)
    {
        bool hasPath = result.GetResult(_socketPath) is not null;
        bool hasFd = result.GetResult(_fd) is not null;
        if (hasPath && hasFd)
            result.AddError("--socket-path and --fd exclude each other: give one of them");
        else if (!hasPath && !hasFd && ServiceManager.ListenFds() == 0)
            result.AddError("--socket-path PATH is missing (or --fd FDNUM)");
    }

    private static void CheckLogLevel(OptionResult result)
    {
        // Given twice is reported elsewhere, and there is no one value then.
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "off";
        if (!LogFilter.TryLevel(text, out _))
            result.AddError($"'{text}' is no --log-level: off, error, warn, info, debug or trace");
    }

    private static uint? ModeOf(ArgumentResult result)
    {
        string text = result.Tokens[^1].Value;
        uint mode = 0;
        foreach (char digit in text)
            mode = digit is >= '0' and <= '7' && mode <= MaxMode ? (mode * 8) + (uint)(digit - '0') : uint.MaxValue;
        if (mode <= MaxMode)
            return mode;
        result.AddError(string.Create(CultureInfo.InvariantCulture, $"'{text}' is no --socket-mode: octal digits, such as 660"));
        return null;
    }

    private static SandboxMode SandboxModeOf(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        switch (text)
        {
            case "off":
                return SandboxMode.Off;
            case "seccomp":
                return SandboxMode.Seccomp;
            case "full":
                return SandboxMode.Full;
            default:
                result.AddError($"'{text}' is no --sandbox: full, seccomp or off");
                return default;
        }
    }

    private static void CheckPoll(OptionResult result)
    {
        if (result.Tokens.Count == 1 && ulong.TryParse(result.Tokens[0].Value, out ulong value) && value > MaxPollMicroseconds)
            result.AddError($"--poll-us {value} is too long: at most {MaxPollMicroseconds}");
    }
}
