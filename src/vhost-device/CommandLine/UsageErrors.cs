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
        Command command = result.CommandResult.Command;
        // The library's own words for it are not in the native program.
        if (result.UnmatchedTokens.Count > 0)
            return $"unexpected argument '{result.UnmatchedTokens[0]}'";
        if (command.Arguments.FirstOrDefault(a => a.Arity.MinimumNumberOfValues > 0 && result.GetResult(a) is null or { Tokens.Count: 0 }) is { } lacking)
            return $"{lacking.Name} is missing: {command.Name} {string.Join(' ', command.Arguments.Select(Usage))}";
        return command.Options.FirstOrDefault(o => o.Required && result.GetResult(o) is null or { Implicit: true }) is { } missing
            ? $"{missing.Name} {missing.HelpName} is missing"
            : error.Message.TrimEnd('.');
    }

    private static string Usage(Argument argument) => argument.Arity.MinimumNumberOfValues > 0 ? argument.Name : $"[{argument.Name}]";
}
