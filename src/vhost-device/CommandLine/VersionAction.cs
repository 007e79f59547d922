// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using System.CommandLine.Invocation;

namespace VhostDevice.Program.CommandLine;

/// <summary><c>-V</c>: the name that the program was called by, and its version.</summary>
internal sealed class VersionAction(string name) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.WriteLine($"{name} {typeof(VersionAction).Assembly.GetName().Version!.ToString(3)}");
        return 0;
    }

    internal static Option<bool> Option(string name) => new("--version", "-V")
    {
        Description = "Print the version",
        Arity = ArgumentArity.Zero,
        Action = new VersionAction(name),
    };
}
