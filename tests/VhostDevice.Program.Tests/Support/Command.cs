// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.Support;

/// <summary>What a finished command left behind.</summary>
internal sealed record CommandResult(int Status, string[] Out, string[] Err)
{
    /// <summary>One line on standard error that names what is wrong, and where to read on; nothing else.</summary>
    internal string UsageError()
    {
        Assert.Equal(2, Status);
        Assert.Empty(Out);
        Assert.Equal(2, Err.Length);
        Assert.Matches("^Try '[^']+ --help'\\.$", Err[1]);
        return Err[0];
    }

    /// <summary>One line on standard error, nothing else.</summary>
    internal string RuntimeError()
    {
        Assert.Equal(1, Status);
        Assert.Empty(Out);
        return Assert.Single(Err);
    }

    internal string[] Success()
    {
        Assert.Equal([], Err);
        Assert.Equal(0, Status);
        return Out;
    }
}

/// <summary>Runs the program until it ends.</summary>
internal static class Command
{
    internal static CommandResult Program(params string[] arguments) => Run(ProgramFile.Path, arguments);

    internal static CommandResult Rng(params string[] arguments) => Run(ProgramFile.RngLink, arguments);

    internal static CommandResult Run(string path, IReadOnlyList<string> arguments, ChildOptions? options = null)
    {
        using ChildProcess child = ChildProcess.Start(path, arguments, options);
        int status = child.WaitForExit();
        return new CommandResult(status, child.Out.WaitForEnd(), child.Err.WaitForEnd());
    }
}
