// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace VhostDevice.Devices.Yaml;

/// <summary>
/// Reads one YAML document into nodes, from the parser's events: the library's own tree would bring its emitter and regular
/// expressions into the program, a tenth of its size.
/// </summary>
internal sealed class YamlReader
{
    /// <summary>More than anybody needs (a board: 5); a file must not be able to overflow the stack.</summary>
    private const int MaxDepth = 32;

    private readonly string _file;
    private readonly Parser _parser;

    private YamlReader(string file, TextReader text)
    {
        _file = file;
        _parser = new Parser(text);
    }

    /// <exception cref="YamlFileException">The text is no YAML, or not exactly one document, or uses what nobody needs here.</exception>
    internal static YamlNode Read(string file, TextReader text)
    {
        try
        {
            return new YamlReader(file, text).ReadDocument();
        }
        catch (YamlException problem)
        {
            throw YamlMap.Wrong(file, problem.Start, "this is no YAML: " + problem.Message.ReplaceLineEndings(" "));
        }
    }

    private YamlNode ReadDocument()
    {
        _ = Next<StreamStart>();
        if (!_parser.MoveNext() || _parser.Current is not DocumentStart)
            throw new YamlFileException($"{_file}: such a file has one document, and this one is empty");
        YamlNode root = ReadNode(depth: 0);
        _ = Next<DocumentEnd>();
        return _parser.MoveNext() && _parser.Current is StreamEnd
            ? root
            : throw YamlMap.Wrong(_file, _parser.Current!.Start, "such a file has one document");
    }

    private T Next<T>()
        where T : ParsingEvent => _parser.MoveNext() && _parser.Current is T found
            ? found
            : throw YamlMap.Wrong(_file, _parser.Current?.Start ?? Mark.Empty, "this is no YAML");

    private YamlNode ReadNode(int depth)
    {
        _ = _parser.MoveNext();
        return Current(depth);
    }

    private YamlNode Current(int depth)
    {
        ParsingEvent at = _parser.Current!;
        if (depth > MaxDepth)
            throw YamlMap.Wrong(_file, at.Start, "this is nested too deeply");
        switch (at)
        {
            case Scalar scalar:
                return new YamlScalar(scalar.Start, scalar.Value);
            case SequenceStart:
                List<YamlNode> items = [];
                while (_parser.MoveNext() && _parser.Current is not SequenceEnd)
                    items.Add(Current(depth + 1));
                return new YamlList(at.Start, items);
            case MappingStart:
                return new YamlPairs(at.Start, ReadPairs(depth));
            default:
                throw YamlMap.Wrong(_file, at.Start, "aliases have no meaning here: write out what is meant");
        }
    }

    private List<(YamlScalar Key, YamlNode Value)> ReadPairs(int depth)
    {
        List<(YamlScalar Key, YamlNode Value)> pairs = [];
        while (_parser.MoveNext() && _parser.Current is not MappingEnd)
        {
            if (_parser.Current is not Scalar key)
                throw YamlMap.Wrong(_file, _parser.Current!.Start, "a key is a word");
            if (pairs.Exists(p => p.Key.Value == key.Value))
                throw YamlMap.Wrong(_file, key.Start, $"'{key.Value}' is here twice");
            pairs.Add((new YamlScalar(key.Start, key.Value), ReadNode(depth + 1)));
        }

        return pairs;
    }
}
