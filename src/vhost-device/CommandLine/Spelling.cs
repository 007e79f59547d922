// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using VhostDevice.Hosting;

namespace VhostDevice.Program.CommandLine;

/// <summary>
/// Reads a command line as the original daemons do (<c>--opt VAL</c>, <c>--opt=VAL</c>, <c>-o VAL</c>, <c>-oVAL</c>,
/// <c>-o=VAL</c>, several flags in one word) and writes it in the one form <c>--opt=VAL</c>. System.CommandLine, left
/// alone, would take <c>-o:VAL</c> too, and the next option for the value of one that lacks its own.
/// </summary>
internal sealed class Spelling
{
    private readonly IReadOnlyList<string> _args;
    private readonly List<string> _result = [];
    private readonly HashSet<Option> _seen = [];
    private readonly Command _command;
    private readonly IEnumerable<Option> _options;
    private int _at;

    private Spelling(Command root, IReadOnlyList<string> args)
    {
        _args = args;
        _command = root;
        while (_at < args.Count && _command.Subcommands.FirstOrDefault(c => c.Name == args[_at]) is { } named)
        {
            _command = named;
            _result.Add(args[_at++]);
        }

        _options = _command.Options.Concat(root.Options.Where(o => o.Recursive));
    }

    /// <exception cref="StartupException">Exit 2: an option that does not exist, comes twice, or lacks its value.</exception>
    internal static IReadOnlyList<string> Normalize(Command root, IReadOnlyList<string> args)
    {
        Spelling spelling = new(root, args);
        spelling.ReadAll();
        return spelling._result;
    }

    private void ReadAll()
    {
        if (_at == _args.Count && _command is { Subcommands.Count: > 0, Action: null })
            throw Wrong($"a command is missing: {CommandNames()}");
        while (_at < _args.Count)
        {
            string word = _args[_at++];
            // After help or version nothing matters, not even mistakes.
            if (IsNegativeArgument(word) ? ReadPlain(word) : word.StartsWith("--", StringComparison.Ordinal) ? ReadLong(word) : word.StartsWith('-') && word.Length > 1 ? ReadShort(word) : ReadPlain(word))
                return;
        }
    }

    private bool ReadLong(string word)
    {
        // "--": only plain words may follow, and hardly any command takes them.
        if (word == "--")
        {
            while (_at < _args.Count)
                _ = ReadPlain(_args[_at++]);
            return true;
        }

        int equals = word.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? word : word[..equals];
        return Take(Find(name), equals < 0 ? null : word[(equals + 1)..]);
    }

    private bool ReadShort(string word)
    {
        for (int i = 1; i < word.Length; i++)
        {
            Option option = Find($"-{word[i]}");
            if (TakesValue(option))
                return Take(option, i + 1 == word.Length ? null : word[i + 1] == '=' ? word[(i + 2)..] : word[(i + 1)..]);
            if (i + 1 < word.Length && word[i + 1] == '=')
                throw Wrong($"{option.Name} takes no value");
            if (Take(option, null))
                return true;
        }

        return false;
    }

    private bool ReadPlain(string word)
    {
        if (_command.Arguments.Count > 0)
        {
            _result.Add(word);
            return false;
        }

        throw _command.Subcommands.Count > 0
            ? Wrong($"there is no command '{word}': {CommandNames()}")
            : Wrong($"unexpected argument '{word}'");
    }

    // Where numbers are expected, -5 is one.
    private bool IsNegativeArgument(string word) =>
        _command.Arguments.Count > 0 && word.Length > 1 && word[0] == '-' && (char.IsAsciiDigit(word[1]) || word[1] == '.');

    /// <returns>True when the rest of the line does not matter any more.</returns>
    private bool Take(Option option, string? value)
    {
        if (!_seen.Add(option) && option.Arity.MaximumNumberOfValues <= 1)
            throw Wrong($"{option.Name} is given twice");
        if (!TakesValue(option))
        {
            if (value is not null)
                throw Wrong($"{option.Name} takes no value");
            _result.Add(option.Name);
            return option.Action is { Terminating: true };
        }

        value ??= NextValue();
        if (string.IsNullOrEmpty(value))
            throw Wrong($"{option.Name} needs a value: {option.HelpName}");
        _result.Add($"{option.Name}={value}");
        return false;
    }

    // A value that begins like an option is taken for one; it can be given as --opt=-value. No option begins with a digit.
    private string? NextValue() =>
        _at < _args.Count && (!_args[_at].StartsWith('-') || _args[_at] == "-" || char.IsAsciiDigit(_args[_at][1])) ? _args[_at++] : null;

    private Option Find(string name) =>
        _options.FirstOrDefault(o => o.Name == name || o.Aliases.Contains(name))
        ?? throw Wrong($"there is no option '{name}'");

    private string CommandNames() => string.Join(", ", _command.Subcommands.Select(c => c.Name));

    private static bool TakesValue(Option option) => option.Arity.MaximumNumberOfValues > 0;

    private static StartupException Wrong(string message) => new(message, isUsage: true);
}
