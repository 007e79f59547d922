// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Control;
using VhostDevice.Hosting.Daemon;
using VhostDevice.Hosting.Logging;
using VhostDevice.Hosting.Sandbox;

namespace VhostDevice.Hosting.Kinds;

/// <summary>A device kind as a command: serves the device until a signal.</summary>
/// <param name="name">Another name for the command than the kind's.</param>
/// <param name="versionName">The name that <c>--version</c> prints.</param>
public sealed class KindCommand(DeviceKind kind, string? name = null, string? versionName = null) : Command
{
    public override string Name => name ?? kind.Name;

    public override string Purpose => kind.Purpose;

    /// <summary>The sockets come first, what all devices have comes last.</summary>
    public override IReadOnlyList<Setting> Settings => [.. kind.Sockets.Settings, .. kind.Settings, .. CommonSettings.Others];

    public override IReadOnlyList<Positional> Words => kind.Words;

    public override IReadOnlyList<Command> Commands
    {
        get
        {
            List<Command> commands = [];
            foreach (ControlVerb verb in kind.Verbs)
                commands.Add(
                    new VerbCommand(
                        $"{kind.Name} daemon",
                        verb,
                        VerbCommand.RequiredSocket,
                        $"{ControlSocket.Option} /run/vm/{kind.Name}.ctl "));
            commands.AddRange(kind.Tools);
            return commands;
        }
    }

    public override string UsualOptions => kind.UsualOptions;

    public override IReadOnlyList<string> Examples => [kind.Example];

    public override string? VersionName => versionName;

    /// <inheritdoc/>
    public override string? Problem(Values values) => kind.Sockets.Problem(values) ?? kind.Problem(values);

    /// <inheritdoc/>
    public override int Run(Values values)
    {
        StderrLogger log = new(kind.LogTarget, CommonSettings.LogLevel(values, kind.LogTarget));
        SandboxMode mode = Mode(values, log);
        using Opening at = new(kind, values, log);
        Served served = kind.Open(at);
        ProcessSandbox sandbox = new(mode, [.. kind.Calls(values), .. at.Calls], log);
        HostingOptions options = new(
            kind.Name,
            CommonSettings.PollTime(values),
            values[CommonSettings.MetricsSocket],
            values[CommonSettings.Iommu],
            at.Access)
        {
            LoopOf = served.LoopOf,
            QueueLoops = served.QueueLoops,
        };
        DeviceHosting hosting = new(log, options, sandbox);
        return hosting.Run(
            () =>
            {
                at.OpenWithSockets(sandbox);
                return kind.Sockets.Open(kind, at, served);
            },
            served.DevicesOf,
            () => at.BeginAll(hosting));
    }

    // A program that is compiled while it runs makes more system calls than a sandbox could tell from an attack.
    private static SandboxMode Mode(Values values, StderrLogger log)
    {
        SandboxMode mode = SandboxModes.Parse(values[CommonSettings.Sandbox]!);
        if (MappingGuard.TryInstall())
            return mode;
        if (mode != SandboxMode.Off && values.Has(CommonSettings.Sandbox))
            throw new StartupException("--sandbox needs a native build: make one with 'dotnet publish' and PublishAot, or use --sandbox off");
        log.LogInformation(
            "this build has no native part: a front-end that truncates the memory which it shares ends the daemon, and there is no sandbox");
        return SandboxMode.Off;
    }
}
