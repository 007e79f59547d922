// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using System.CommandLine.Invocation;
using VhostDevice.Hosting;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Daemon;
using VhostDevice.Hosting.Logging;
using VhostDevice.Program.Boards;
using VhostDevice.Program.CommandLine;
using VhostDevice.Program.Devices;
using VhostDevice.Program.Tools;

namespace VhostDevice.Program;

internal static class Program
{
    private static readonly DeviceEntry[] s_devices = [new GpioEntry(), new I2cEntry(), new RngEntry(), new ScsiEntry(), new VsockEntry()];

    private static int Main(string[] args)
    {
        StandardStreams.Fill();
        string calledBy = Path.GetFileName(Environment.GetCommandLineArgs()[0]);
        // No name, or one that the library's commands cannot have.
        if (calledBy.Length == 0 || calledBy.Any(char.IsWhiteSpace))
            calledBy = CommandTree.ProgramName;
        Command root = CommandTree.Build(calledBy, args, s_devices, () => [BoardCommand.Create(), ProbeCommand.Create()]);
        try
        {
            return Run(calledBy, root, args);
        }
        catch (StartupException problem)
        {
            Stderr.WriteLine($"{calledBy}: {problem.Message}");
            if (problem.ExitCode == 2)
                Stderr.WriteLine($"Try '{calledBy}{CommandTree.Named(root, args)} --help'.");
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

    private static int Run(string calledBy, Command root, string[] args)
    {
        // "If --print-capabilities is present, all other options are ignored", wrong ones included.
        if (args.Contains("--print-capabilities") && CommandTree.Selected(calledBy, args, s_devices) is { } selected)
        {
            StandardOutput.Write(Capabilities.Json(selected));
            return 0;
        }

        ParseResult result = CommandTree.Parse(root, args);
        if (result.Errors.Count > 0 && result.Action is null or ParseErrorAction)
            throw new StartupException(UsageErrors.Explain(result), isUsage: true);
        using StringWriter output = new();
        try
        {
            return result.Invoke(new InvocationConfiguration { Output = output, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        finally
        {
            StandardOutput.Write(output.ToString());
        }
    }
}
