// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;
using VhostDevice.Hosting.CommandLine;

namespace VhostDevice.Hosting.Kinds;

/// <summary>Kinds as text: for the lists and tables of documents, scripts and packages.</summary>
public static class KindText
{
    /// <summary>A name in each line.</summary>
    public static string Names(IReadOnlyList<DeviceKind> kinds)
    {
        StringBuilder text = new();
        foreach (DeviceKind kind in kinds)
            text.Append(kind.Name).Append('\n');
        return text.ToString();
    }

    /// <summary>For each kind the table of the options that only it has, and of its words.</summary>
    public static string Markdown(IReadOnlyList<DeviceKind> kinds)
    {
        StringBuilder text = new();
        foreach (DeviceKind kind in kinds)
        {
            if (text.Length > 0)
                text.Append('\n');
            List<string> cells = [];
            foreach (Positional word in kind.Words)
                Add(cells, word.Usage, word.Help, "");
            AddAll(cells, kind.Sockets.Settings);
            AddAll(cells, kind.Settings);
            Table(text, cells);
        }

        return text.ToString();
    }

    /// <summary>The table of the options that all devices have.</summary>
    public static string CommonMarkdown()
    {
        List<string> cells = [];
        AddAll(cells, CommonSettings.Others);
        StringBuilder text = new();
        Table(text, cells);
        return text.ToString();
    }

    /// <summary>
    /// The file by which management software finds the back-end once it is installed (QEMU's docs/interop/vhost-user.json).
    /// </summary>
    public static string Discovery(DeviceKind kind)
    {
        JsonText json = new();
        json.BeginObject();
        json.Member("description", kind.Purpose);
        json.Member("type", kind.BackEndType);
        json.Member("binary", $"/usr/bin/vhost-device-{kind.Name}");
        json.EndObject();
        return json.ToString();
    }

    /// <summary>All that is known of each, in an array.</summary>
    public static string Json(IReadOnlyList<DeviceKind> kinds)
    {
        JsonText json = new();
        json.BeginArray();
        foreach (DeviceKind kind in kinds)
        {
            json.BeginObject();
            json.Member("name", kind.Name);
            json.Member("virtioId", kind.DeviceId);
            json.Member("type", kind.BackEndType);
            json.Member("purpose", kind.Purpose);
            Write(json, new KindCommand(kind));
            json.EndObject();
        }

        json.EndArray();
        return json.ToString();
    }

    /// <summary>All commands of a family's program, those of the devices first, each with the commands below it.</summary>
    public static string Commands(IReadOnlyList<DeviceKind> kinds, IReadOnlyList<Command> tools)
    {
        JsonText json = new();
        json.BeginArray();
        foreach (DeviceKind kind in kinds)
        {
            json.BeginObject();
            json.Member("name", kind.Name);
            json.Member("virtioId", kind.DeviceId);
            json.Member("purpose", kind.Purpose);
            Write(json, new KindCommand(kind));
            json.EndObject();
        }

        WriteAll(json, tools);
        json.EndArray();
        return json.ToString();
    }

    private static void WriteAll(JsonText json, IReadOnlyList<Command> commands)
    {
        foreach (Command command in commands)
        {
            json.BeginObject();
            json.Member("name", command.Name);
            json.Member("purpose", command.Purpose);
            Write(json, command);
            json.EndObject();
        }
    }

    private static void Write(JsonText json, Command command)
    {
        json.Member("usage", HelpText.Usage(command));
        json.Name("examples");
        json.BeginArray();
        foreach (string example in command.Examples)
            json.Value(example);
        json.EndArray();
        json.Name("arguments");
        json.BeginArray();
        foreach (Positional word in command.Words)
        {
            json.BeginObject();
            json.Member("name", word.Name);
            json.Member("help", word.Help);
            json.Member("least", (ulong)word.Least);
            if (word.Most != int.MaxValue)
                json.Member("most", (ulong)word.Most);
            json.EndObject();
        }

        json.EndArray();
        json.Name("options");
        json.BeginArray();
        foreach (Setting setting in command.Settings)
            Write(json, setting);
        json.EndArray();
        json.Name("commands");
        json.BeginArray();
        WriteAll(json, command.Commands);
        json.EndArray();
    }

    private static void Write(JsonText json, Setting setting)
    {
        json.BeginObject();
        json.Member("name", setting.Name);
        if (setting.Alias is { } alias)
            json.Member("alias", alias);
        if (setting.Value is { } value)
            json.Member("value", value);
        json.Member("help", setting.Help);
        if (setting.DefaultText is { } text)
            json.Member("default", text);
        if (setting is NumberSetting number)
        {
            json.Member("from", number.From);
            json.Member("to", number.To);
            if (UnitText.Name(number.Unit) is { Length: > 0 } unit)
                json.Member("unit", unit);
        }

        if (setting is ChoiceSetting choice)
        {
            json.Name("choices");
            json.BeginArray();
            foreach (string word in choice.Words)
                json.Value(word);
            json.EndArray();
        }

        if (setting.Repeats)
            json.Member("repeats", true);
        if (setting.IsRequired)
            json.Member("required", true);
        json.EndObject();
    }

    private static void AddAll(List<string> cells, IReadOnlyList<Setting> settings)
    {
        foreach (Setting setting in settings)
            Add(
                cells,
                HelpText.Names(setting),
                setting.Repeats ? setting.Help + "; may be given several times" : setting.Help,
                setting.DefaultText ?? "");
    }

    private static void Add(List<string> cells, string names, string help, string byDefault)
    {
        cells.Add($"`{names}`");
        cells.Add(Escape(help));
        cells.Add(Escape(byDefault));
    }

    // Columns are as wide as they need to be; nobody reads the source of a table for its beauty.
    private static void Table(StringBuilder text, List<string> cells)
    {
        text.Append("| option | meaning | default |\n|---|---|---|\n");
        for (int i = 0; i < cells.Count; i += 3)
            text.Append("| ")
                .Append(cells[i].Replace("|", "\\|", StringComparison.Ordinal))
                .Append(" | ")
                .Append(cells[i + 1])
                .Append(" | ")
                .Append(cells[i + 2])
                .Append(" |\n");
    }

    private static string Escape(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
}
