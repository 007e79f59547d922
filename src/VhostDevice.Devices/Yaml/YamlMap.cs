// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using YamlDotNet.Core;

namespace VhostDevice.Devices.Yaml;

/// <summary>A mapping of a file, which is emptied as it is read: what is left at the end was not understood.</summary>
public sealed class YamlMap
{
    private readonly string _file;
    private readonly YamlPairs _node;
    private readonly Dictionary<string, (YamlNode Key, YamlNode Value)> _left = [];

    /// <param name="what">What it describes, for messages: "a device".</param>
    internal YamlMap(string file, YamlNode node, string what)
    {
        _file = file;
        What = what;
        _node = node as YamlPairs ?? throw Wrong(file, node.Start, $"{what} is written as 'key: value' lines");
        foreach ((YamlScalar key, YamlNode value) in _node.Pairs)
            _left.Add(key.Value, (key, value));
    }

    /// <summary>What it describes, for messages.</summary>
    public string What { get; }

    /// <summary>The keys that were not taken yet.</summary>
    public IReadOnlyCollection<string> Left => _left.Keys;

    internal static YamlFileException Wrong(string file, Mark mark, string problem, bool isUnreadable = false) =>
        new($"{file}:{mark.Line}:{mark.Column}: {problem}", isUnreadable);

    /// <summary>A complaint about the whole.</summary>
    public YamlFileException Wrong(string problem) => Wrong(_file, _node.Start, problem);

    /// <summary>A complaint about the value of a key that is not taken yet, or else about the whole.</summary>
    public YamlFileException WrongAt(string key, string problem) => Wrong(_file, StartOf(key), problem);

    /// <summary>The file that is named at a key is missing, or cannot be read.</summary>
    public YamlFileException Unreadable(string key, string problem) => Wrong(_file, StartOf(key), problem, isUnreadable: true);

    /// <summary>The text of a key; null when it is not there.</summary>
    /// <exception cref="YamlFileException">It is not one value.</exception>
    public string? Text(string key)
    {
        if (!_left.Remove(key, out (YamlNode Key, YamlNode Value) entry))
            return null;
        return entry.Value is YamlScalar scalar ? scalar.Value : throw Wrong(_file, entry.Value.Start, $"'{key}' of {What} is one value");
    }

    /// <summary>The text of a key that must be there.</summary>
    /// <exception cref="YamlFileException">It is not there, or not one value.</exception>
    public string Required(string key, string example) => Text(key) ?? throw Wrong($"{What} needs '{key}', such as '{key}: {example}'");

    /// <summary>A whole number, decimal or with 0x; null when the key is not there.</summary>
    /// <exception cref="YamlFileException">It is none, or out of range.</exception>
    public int? Number(string key, int least, int most)
    {
        if (Text(key) is not { } text)
            return null;
        bool hex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        return int.TryParse(
            hex ? text.AsSpan(2) : text,
            hex ? NumberStyles.AllowHexSpecifier : NumberStyles.None,
            CultureInfo.InvariantCulture,
            out int value)
            && value >= least
            && value <= most
            ? value
            : throw WrongAt(key, $"'{key}' of {What} cannot be '{text}': {least} to {most}, or 0x{least:x2} to 0x{most:x2}");
    }

    /// <summary>One of several words.</summary>
    /// <exception cref="YamlFileException">It is another one.</exception>
    public string Choice(string key, string otherwise, params ReadOnlySpan<string> choices)
    {
        if (Text(key) is not { } text)
            return otherwise;
        return choices.Contains(text) ? text : throw WrongAt(key, $"'{key}' of {What} cannot be '{text}': {string.Join(" or ", choices)}");
    }

    /// <summary>The mappings of a list; none when the key is not there.</summary>
    /// <param name="what">What one of them describes, for messages: "a device".</param>
    /// <exception cref="YamlFileException">It is no list, or has something else in it.</exception>
    public IEnumerable<YamlMap> Maps(string key, string what) => List(key).Select(node => Map(node, what));

    /// <summary>The mapping of a key; null when the key is not there.</summary>
    /// <param name="what">What it describes, for messages.</param>
    /// <exception cref="YamlFileException">It is no mapping.</exception>
    public YamlMap? Inner(string key, string what) =>
        _left.Remove(key, out (YamlNode Key, YamlNode Value) entry) ? new YamlMap(_file, entry.Value, what) : null;

    /// <summary>The words of a list; none when the key is not there.</summary>
    /// <param name="what">One of them, for messages: "the name of a line".</param>
    /// <exception cref="YamlFileException">It is no list, or has something else in it.</exception>
    public IEnumerable<string> Words(string key, string what) => List(key).Select(node => Scalar(node, what));

    /// <summary>Whether a key that is not taken yet has a list.</summary>
    internal bool IsList(string key) => _left.TryGetValue(key, out (YamlNode Key, YamlNode Value) entry) && entry.Value is YamlList;

    internal IEnumerable<YamlNode> List(string key)
    {
        if (!_left.Remove(key, out (YamlNode Key, YamlNode Value) entry))
            return [];
        // "key:" with nothing behind it.
        if (entry.Value is YamlScalar { Value: "" })
            return [];
        return entry.Value is YamlList list
            ? list.Items
            : throw Wrong(
                _file, entry.Value.Start, $"'{key}' of {What} is a list: lines that begin with '- ', or [a, b]");
    }

    /// <summary>The same, with what was taken, once it is known better what it is.</summary>
    internal YamlMap Renamed(string what)
    {
        YamlMap renamed = new(_file, _node, what);
        foreach (string taken in renamed._left.Keys.Except(_left.Keys).ToArray())
            _ = renamed._left.Remove(taken);
        return renamed;
    }

    internal YamlMap Map(YamlNode node, string what) => new(_file, node, what);

    internal string Scalar(YamlNode node, string what) =>
        node is YamlScalar scalar ? scalar.Value : throw Wrong(_file, node.Start, $"{what} is one word");

    internal YamlFileException WrongAt(YamlNode node, string problem) => Wrong(_file, node.Start, problem);

    /// <summary>Everything must have been understood.</summary>
    internal void End(params ReadOnlySpan<string> known)
    {
        foreach ((string key, (YamlNode at, _)) in _left)
            throw Wrong(_file, at.Start, $"{What} has no '{key}': {string.Join(", ", known)}");
    }

    private Mark StartOf(string key) => _node.Pairs.FirstOrDefault(p => p.Key.Value == key).Value?.Start ?? _node.Start;
}
