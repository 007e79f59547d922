// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Text;

namespace VhostDevice.Hosting.Kinds;

/// <summary>
/// JSON for people and scripts, two blanks to a level. Not the framework's writer: what is linked is unpacked at each start of
/// each daemon, and no daemon writes JSON.
/// </summary>
internal sealed class JsonText
{
    private readonly StringBuilder _text = new();
    private int _depth;
    private bool _isFirst = true;
    private bool _isNamed;

    public override string ToString() => _text + "\n";

    internal void BeginArray() => Begin('[');

    internal void EndArray() => End(']');

    internal void BeginObject() => Begin('{');

    internal void EndObject() => End('}');

    internal void Name(string name)
    {
        NextLine();
        Quote(name);
        _text.Append(": ");
        _isNamed = true;
    }

    internal void Value(string value)
    {
        NextLine();
        Quote(value);
    }

    internal void Member(string name, string value)
    {
        Name(name);
        Value(value);
    }

    internal void Member(string name, ulong value)
    {
        Name(name);
        NextLine();
        _text.Append(CultureInfo.InvariantCulture, $"{value}");
    }

    internal void Member(string name, bool value)
    {
        Name(name);
        NextLine();
        _text.Append(value ? "true" : "false");
    }

    private void Begin(char bracket)
    {
        NextLine();
        _text.Append(bracket);
        _depth++;
        _isFirst = true;
    }

    private void End(char bracket)
    {
        _depth--;
        if (!_isFirst)
            _text.Append('\n').Append(' ', 2 * _depth);
        _text.Append(bracket);
        _isFirst = false;
    }

    // Behind a name there is no new line.
    private void NextLine()
    {
        if (!_isNamed && _depth > 0)
            _text.Append(_isFirst ? "\n" : ",\n").Append(' ', 2 * _depth);
        _isNamed = false;
        _isFirst = false;
    }

    private void Quote(string value)
    {
        _text.Append('"');
        foreach (char c in value)
        {
            if (c is '"' or '\\')
                _text.Append('\\').Append(c);
            else if (c < ' ')
                _text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else
                _text.Append(c);
        }

        _text.Append('"');
    }
}
