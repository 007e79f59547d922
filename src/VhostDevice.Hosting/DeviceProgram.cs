// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Reflection;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Daemon;
using VhostDevice.Hosting.Kinds;
using VhostDevice.Hosting.Logging;

namespace VhostDevice.Hosting;

/// <summary>A complete daemon, or a family of them: <c>return DeviceProgram.Run(args, new MyKind());</c>.</summary>
public static class DeviceProgram
{
    /// <summary>A program that is one device: its options follow the program's name.</summary>
    /// <returns>The exit status: 0, 1 for a run-time error, 2 for a wrong command line.</returns>
    public static int Run(string[] args, DeviceKind kind) =>
        Run(args, CalledBy(kind.Name), kind.Name, name => new KindCommand(kind, name, name), kind);

    /// <summary>
    /// A program that is several devices and tools. Called through a link named after the family and a device, such as
    /// vhost-device-rng, it is that device.
    /// </summary>
    /// <param name="family">The program's own name.</param>
    /// <param name="kinds">At least one.</param>
    /// <param name="tools">Makes the commands that are no devices, when they are needed.</param>
    /// <inheritdoc cref="Run(string[], DeviceKind)" path="/returns"/>
    public static int RunFamily(string[] args, string family, IReadOnlyList<DeviceKind> kinds, Func<IReadOnlyList<Command>> tools)
    {
        string calledBy = CalledBy(family);
        DeviceKind? named = null;
        foreach (DeviceKind kind in kinds)
        {
            if (calledBy == $"{family}-{kind.Name}")
                return Run(args, calledBy, calledBy, name => new KindCommand(kind, name, name), kind);
            if (named is null && args.Contains(kind.Name))
                named = kind;
        }

        return Run(args, calledBy, family, name => new FamilyCommand(name, family, kinds, tools), named);
    }

    /// <param name="name">What --version prints where a command has no name of its own.</param>
    /// <param name="kind">The device that --print-capabilities is about.</param>
    private static int Run(string[] args, string calledBy, string name, Func<string, Command> root, DeviceKind? kind)
    {
        StandardStreams.Fill();
        string path = calledBy;
        try
        {
            // "If --print-capabilities is present, all other options are ignored", wrong ones included.
            if (kind is not null && args.Contains(CommonSettings.PrintCapabilities.Name))
            {
                StandardOutput.Write(Capabilities.Json(kind.BackEndType, kind.Capabilities));
                return 0;
            }

            Values values = CommandLineParser.Parse(root(calledBy), calledBy, args);
            path = values.CommandPath;
            if (values.Has(CommandLineParser.Help))
                StandardOutput.Write(HelpText.Of(values.Command, path));
            else if (values.Has(CommandLineParser.Version))
                StandardOutput.WriteLine($"{values.Command.VersionName ?? name} {Version}");
            else if (values.Prints is { Prints: { } print })
                StandardOutput.Write(print());
            else
                return values.Command.Run(values);
            return 0;
        }
        catch (StartupException problem)
        {
            Stderr.WriteLine($"{calledBy}: {problem.Message}");
            if (problem.ExitCode == 2)
                Stderr.WriteLine($"Try '{(problem as UsageException)?.CommandPath ?? path} --help'.");
            return problem.ExitCode;
        }
        catch (OutOfMemoryException)
        {
            Stderr.WriteLine($"{calledBy}: there is not enough memory, or too little is allowed (ulimit -v, MemoryMax=)");
            return 1;
        }
        catch (Exception fault)
        {
            // A mistake of ours. One line for the user, the rest for the report that we hope for.
            Stderr.WriteLine($"{calledBy}: internal error, which is a mistake in this program; please report it with what follows:");
            Stderr.WriteLine(fault.ToString());
            return 1;
        }
    }

    private static string Version => (Assembly.GetEntryAssembly() ?? typeof(DeviceProgram).Assembly).GetName().Version?.ToString(3) ?? "";

    // No name, or one that nobody could copy from a message, is replaced.
    private static string CalledBy(string otherwise)
    {
        string name = Path.GetFileName(Environment.GetCommandLineArgs()[0]);
        // Run managed, it is called by its library's name.
        if (name.EndsWith(".dll", StringComparison.Ordinal))
            name = name[..^4];
        foreach (char c in name)
        {
            if (char.IsWhiteSpace(c))
                return otherwise;
        }

        return name.Length == 0 ? otherwise : name;
    }
}
