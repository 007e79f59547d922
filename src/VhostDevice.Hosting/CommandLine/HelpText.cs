// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;

namespace VhostDevice.Hosting.CommandLine;

/// <summary>The text of --help: what a command is for, a usage and examples to copy, and a line for each of its words.</summary>
/// <remarks>No word stands in angle brackets, which a shell would take for redirections.</remarks>
internal static class HelpText
{
    private const string MoreOptions = "[options]";

    /// <param name="path">How the command was called.</param>
    internal static string Of(Command command, string path)
    {
        StringBuilder text = new();
        text.Append(command.Purpose).Append("\n\nUsage:\n  ").Append(With(path, Usage(command))).Append('\n');
        IReadOnlyList<string> examples = command.Examples;
        text.Append(examples.Count == 1 ? "\nExample:\n" : "\nExamples:\n");
        foreach (string example in examples)
            text.Append("  ").Append(With(path, example)).Append('\n');

        List<string> rows = [];
        foreach (Command below in command.Commands)
        {
            rows.Add(With(below.Name, Words(below)));
            rows.Add(below.Purpose);
        }

        HelpTable.Write(text, "Commands", rows);
        rows.Clear();
        foreach (Positional word in command.Words)
        {
            rows.Add(word.Usage);
            rows.Add(word.Help);
        }

        HelpTable.Write(text, "Arguments", rows);
        rows.Clear();
        foreach (Setting setting in command.Settings)
            Add(rows, setting);
        Add(rows, CommandLineParser.Version);
        Add(rows, CommandLineParser.Help);
        HelpTable.Write(text, "Options", rows);
        return text.ToString();
    }

    /// <summary>What follows the command's name, in words that can be copied.</summary>
    internal static string Usage(Command command)
    {
        if (!command.RunsAlone)
            return "COMMAND [options]";
        StringBuilder usage = new(command.UsualOptions);
        bool hasMore = false;
        foreach (Setting setting in command.Settings)
        {
            if (setting.IsRequired)
                Append(usage, $"{setting.Name} {setting.Value}");
            else
                hasMore = true;
        }

        // The words of what has many options come last, as in what people type.
        bool wordsFirst = command.UsualOptions.Length == 0;
        if (wordsFirst)
            Append(usage, Words(command));
        if (hasMore)
            Append(usage, MoreOptions);
        if (!wordsFirst)
            Append(usage, Words(command));
        return usage.ToString();
    }

    /// <summary>The short name first.</summary>
    internal static string Names(Setting setting)
    {
        string names = setting.Alias is not { } alias ? setting.Name
            : alias.Length == 2 ? $"{alias}, {setting.Name}"
            : $"{setting.Name}, {alias}";
        return setting.Value is null ? names : $"{names} {setting.Value}";
    }

    internal static string About(Setting setting)
    {
        string help = setting.Repeats ? setting.Help + "; may be given several times" : setting.Help;
        return setting.DefaultText is { } text ? $"{help} [default: {text}]" : help;
    }

    private static void Add(List<string> rows, Setting setting)
    {
        rows.Add(Names(setting));
        rows.Add(About(setting));
    }

    /// <summary>The words that it takes besides options.</summary>
    internal static string Words(Command command)
    {
        StringBuilder words = new();
        foreach (Positional word in command.Words)
            Append(words, word.Usage);
        return words.ToString();
    }

    private static void Append(StringBuilder text, string words)
    {
        if (text.Length > 0 && words.Length > 0)
            text.Append(' ');
        text.Append(words);
    }

    private static string With(string name, string words) => words.Length == 0 ? name : $"{name} {words}";
}
