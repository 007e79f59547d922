// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;

namespace VhostDevice.Program.CommandLine;

/// <summary>Says in one line what is wrong with a command line.</summary>
internal static class UsageErrors
{
    internal static string Explain(ParseResult result)
    {
        Command root = result.RootCommandResult.Command;
        if (root.Subcommands.Count > 0 && result.CommandResult.Command == root)
        {
            string names = string.Join(", ", root.Subcommands.Select(c => c.Name));
            return result.UnmatchedTokens.Count > 0
                ? $"there is no command '{result.UnmatchedTokens[0]}': {names}"
                : $"a command is missing: {names}";
        }

        return result.Errors[0].Message.TrimEnd('.');
    }
}
