// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Hosting.CommandLine;

/// <summary>
/// Reads a command line as the original daemons do: <c>--opt VAL</c>, <c>--opt=VAL</c>, <c>-o VAL</c>, <c>-oVAL</c>,
/// <c>-o=VAL</c>, several flags in one word. A value that begins with a dash needs the form with '='.
/// </summary>
internal sealed class CommandLineParser
{
    internal static readonly FlagSetting Version = new("--version", "-V", "Print the version") { EndsTheLine = true };
    internal static readonly FlagSetting Help = new("--help", "-h", "Print this help") { EndsTheLine = true };

    private readonly IReadOnlyList<string> _args;
    private readonly Command _command;
    private readonly IReadOnlyList<Setting> _settings;
    private readonly Values _values;
    private int _at;

    private CommandLineParser(Command root, string calledBy, IReadOnlyList<string> args)
    {
        _args = args;
        _command = root;
        string path = calledBy;
        while (_at < args.Count && Find(_command.Commands, args[_at]) is { } named)
        {
            _command = named;
            path = $"{path} {named.Name}";
            _at++;
        }

        _settings = _command.Settings;
        _values = new Values(_command, path);
    }

    /// <param name="calledBy">The name of the root command in messages.</param>
    /// <exception cref="UsageException">Something is wrong with it.</exception>
    internal static Values Parse(Command root, string calledBy, IReadOnlyList<string> args)
    {
        CommandLineParser parser = new(root, calledBy, args);
        try
        {
            parser.ReadAll();
        }
        catch (UsageException wrong)
        {
            wrong.CommandPath = parser._values.CommandPath;
            throw;
        }

        return parser._values;
    }

    private void ReadAll()
    {
        if (_at == _args.Count && !_command.RunsAlone)
            throw new UsageException($"a command is missing: {CommandNames()}");
        while (_at < _args.Count)
        {
            // After help or version nothing matters, not even mistakes.
            if (ReadWord(_args[_at++]))
                return;
        }

        if (_values.Prints is { } flag)
        {
            if (!_values.IsOnly(flag))
                throw new UsageException($"{flag.Name} stands alone: leave out the rest");
            return;
        }

        RequireAll();
        if (_command.Problem(_values) is { } problem)
            throw new UsageException(problem);
    }

    // True when the rest of the line does not matter any more.
    private bool ReadWord(string word)
    {
        if (IsNegativeNumber(word) || word.Length < 2 || word[0] != '-')
            return ReadPlain(word);
        if (word[1] != '-')
            return ReadShort(word);
        if (word.Length > 2)
            return ReadLong(word);
        // "--": only plain words may follow.
        while (_at < _args.Count)
            _ = ReadPlain(_args[_at++]);
        return false;
    }

    private bool ReadLong(string word)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? word : word[..equals];
        return Take(Find(name), equals < 0 ? null : word[(equals + 1)..]);
    }

    private bool ReadShort(string word)
    {
        for (int i = 1; i < word.Length; i++)
        {
            Setting setting = Find($"-{word[i]}");
            if (setting.Value is not null)
                return Take(setting, i + 1 == word.Length ? null : word[i + 1] == '=' ? word[(i + 2)..] : word[(i + 1)..]);
            if (i + 1 < word.Length && word[i + 1] == '=')
                throw new UsageException($"{setting.Name} takes no value");
            if (Take(setting, null))
                return true;
        }

        return false;
    }

    private bool ReadPlain(string word)
    {
        if (_command.Words.Count > 0 && _values.Words.Count < MostWords())
        {
            _values.Add(word);
            return false;
        }

        throw new UsageException(_command.Commands.Count > 0 && _command.Words.Count == 0
            ? $"there is no command '{word}': {CommandNames()}"
            : $"unexpected argument '{word}'");
    }

    // Where plain words are expected, -5 is one.
    private bool IsNegativeNumber(string word) =>
        _command.Words.Count > 0 && word.Length > 1 && word[0] == '-' && (char.IsAsciiDigit(word[1]) || word[1] == '.');

    private bool Take(Setting setting, string? value)
    {
        object? before = _values.Find(setting);
        if (before is not null && !setting.Repeats)
            throw new UsageException($"{setting.Name} is given twice");
        if (setting.Value is null)
        {
            if (value is not null)
                throw new UsageException($"{setting.Name} takes no value");
            _values.Set(setting, setting);
            return setting is FlagSetting { EndsTheLine: true };
        }

        bool isAttached = value is not null;
        value ??= NextValue();
        if (string.IsNullOrEmpty(value))
            throw new UsageException($"{setting.Name} needs a value: {setting.Value}");
        Read(setting, value, before);
        while (setting is ListSetting { TakesSeveral: true } && !isAttached && NextValue() is { Length: > 0 } next)
            Read(setting, next, _values.Find(setting));
        return false;
    }

    private void Read(Setting setting, string value, object? before) =>
        _values.Set(setting, setting.Read(value, before, out string problem) ?? throw new UsageException(problem));

    // A value that begins like an option is taken for one; it can be given as --opt=-value. No option begins with a digit.
    private string? NextValue() =>
        _at < _args.Count && (!_args[_at].StartsWith('-') || _args[_at] == "-" || char.IsAsciiDigit(_args[_at][1]))
            ? _args[_at++]
            : null;

    private Setting Find(string name)
    {
        foreach (Setting setting in _settings)
        {
            if (setting.IsCalled(name))
                return setting;
        }

        return Help.IsCalled(name) ? Help
            : Version.IsCalled(name) ? Version
            : throw new UsageException($"there is no option '{name}'");
    }

    private void RequireAll()
    {
        int least = 0;
        foreach (Positional word in _command.Words)
        {
            least += word.Least;
            if (_values.Words.Count < least)
                throw new UsageException($"{word.Name} is missing: {_command.Name} {HelpText.Words(_command)}");
        }

        foreach (Setting setting in _settings)
        {
            if (setting.IsRequired && !_values.Has(setting))
                throw new UsageException($"{setting.Name} {setting.Value} is missing");
        }
    }

    private int MostWords()
    {
        int most = 0;
        foreach (Positional word in _command.Words)
            most = word.Most == int.MaxValue ? int.MaxValue : most + word.Most;
        return most;
    }

    private string CommandNames()
    {
        List<string> names = [];
        foreach (Command command in _command.Commands)
            names.Add(command.Name);
        return string.Join(", ", names);
    }

    private static Command? Find(IReadOnlyList<Command> commands, string name)
    {
        foreach (Command command in commands)
        {
            if (command.Name == name)
                return command;
        }

        return null;
    }
}
