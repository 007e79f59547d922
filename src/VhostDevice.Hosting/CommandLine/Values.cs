// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Hosting.CommandLine;

/// <summary>What a command line said.</summary>
public sealed class Values
{
    // A handful of settings: a search from the front is quicker than anything cleverer, and brings no types with it.
    private readonly List<Setting> _given = [];
    private readonly List<object> _values = [];
    private readonly List<string> _words = [];

    internal Values(Command command, string commandPath)
    {
        Command = command;
        CommandPath = commandPath;
    }

    /// <summary>The command that was named.</summary>
    public Command Command { get; }

    /// <summary>How the command was called: <c>vhost-device rng</c>.</summary>
    public string CommandPath { get; }

    /// <summary>The words without an option.</summary>
    public IReadOnlyList<string> Words => _words;

    /// <summary>The text, or its default, or null.</summary>
    public string? this[TextSetting setting] => Find(setting) as string ?? setting.Default;

    /// <summary>The number, or its default.</summary>
    public ulong this[NumberSetting setting] => Find(setting) is ulong value ? value : setting.Default;

    /// <summary>The word, or its default, or null.</summary>
    public string? this[ChoiceSetting setting] => Find(setting) as string ?? setting.Default;

    /// <summary>Whether the flag is there.</summary>
    public bool this[FlagSetting setting] => Has(setting);

    /// <summary>All texts that were given, in order.</summary>
    public IReadOnlyList<string> this[ListSetting setting] => Find(setting) as List<string> ?? [];

    /// <summary>Whether the command line has it, default or not.</summary>
    public bool Has(Setting setting) => _given.Contains(setting);

    /// <summary>The flag that has the program only print something, if it is there.</summary>
    internal FlagSetting? Prints
    {
        get
        {
            foreach (Setting setting in _given)
            {
                if (setting is FlagSetting { Prints: not null } flag)
                    return flag;
            }

            return null;
        }
    }

    internal bool IsOnly(Setting setting) => _words.Count == 0 && _given.Count == 1 && _given[0] == setting;

    internal object? Find(Setting setting)
    {
        int at = _given.IndexOf(setting);
        return at < 0 ? null : _values[at];
    }

    internal void Set(Setting setting, object value)
    {
        int at = _given.IndexOf(setting);
        if (at >= 0)
        {
            _values[at] = value;
            return;
        }

        _given.Add(setting);
        _values.Add(value);
    }

    internal void Add(string word) => _words.Add(word);
}
