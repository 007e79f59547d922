// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using System.CommandLine.Parsing;

namespace VhostDevice.Program.CommandLine;

/// <summary>Says in one line what is wrong with the values of a command line, whose spelling is right.</summary>
internal static class UsageErrors
{
    internal static string Explain(ParseResult result)
    {
        ParseError error = result.Errors[0];
        return result.CommandResult.Command.Options.FirstOrDefault(o => o.Required && result.GetResult(o) is null or { Implicit: true }) is { } missing
            ? $"{missing.Name} {missing.HelpName} is missing"
            : error.Message.TrimEnd('.');
    }
}
