// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Boards.Can.Ecu.Dbc;

internal enum DbcTokenKind
{
    End,
    Word,
    Number,
    Text,
    Mark,
}

/// <summary>A piece of a DBC file.</summary>
/// <param name="Text">Of a text: what is between the quotes.</param>
/// <param name="IsFirst">It stands at the very beginning of its line, as only keywords of statements do.</param>
internal readonly record struct DbcToken(DbcTokenKind Kind, string Text, int Line, bool IsFirst)
{
    /// <summary>For messages: "'BO_'", or "the end of the file".</summary>
    internal string Shown => Kind == DbcTokenKind.End ? "the end of the file" : $"'{(Text.Length > 40 ? Text[..40] + "..." : Text)}'";
}

/// <summary>Cuts the text of a DBC file into its pieces.</summary>
internal sealed class DbcTokens(string file, string text)
{
    private int _at;
    private int _line = 1;

    internal DbcException Wrong(int line, string problem) => new($"{file}:{line}: {problem}");

    /// <exception cref="DbcException">What stands there is no piece of a DBC file.</exception>
    internal DbcToken Next()
    {
        while (_at < text.Length && (char.IsWhiteSpace(text[_at]) || text[_at] is '\0' or '\uFEFF'))
        {
            if (text[_at] == '\n')
                _line++;
            _at++;
        }

        if (_at == text.Length)
            return new DbcToken(DbcTokenKind.End, "", _line, IsFirst: true);
        int start = _at;
        bool isFirst = start == 0 || text[start - 1] is '\n' or '\uFEFF';
        char c = text[start];
        if (c == '"')
            return Quoted(isFirst);
        if (char.IsAsciiLetter(c) || c == '_')
        {
            while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] == '_'))
                _at++;
            return new DbcToken(DbcTokenKind.Word, text[start.._at], _line, isFirst);
        }

        bool isSign = c is '+' or '-' or '.';
        if (char.IsAsciiDigit(c) || (isSign && _at + 1 < text.Length && (char.IsAsciiDigit(text[_at + 1]) || text[_at + 1] == '.')))
        {
            _at++;
            while (_at < text.Length && IsInNumber(text[_at - 1], text[_at]))
                _at++;
            return new DbcToken(DbcTokenKind.Number, text[start.._at], _line, isFirst);
        }

        if (!":|@(),[];+-".Contains(c, StringComparison.Ordinal))
            throw Wrong(_line, $"'{c}' has no meaning here");
        _at++;
        return new DbcToken(DbcTokenKind.Mark, c.ToString(), _line, isFirst);
    }

    // A sign belongs to a number only at its beginning, and behind the letter of an exponent.
    private static bool IsInNumber(char before, char c) =>
        char.IsAsciiDigit(c) || c is '.' or 'e' or 'E' || (c is '+' or '-' && before is 'e' or 'E');

    private DbcToken Quoted(bool isFirst)
    {
        int line = _line, start = ++_at;
        while (_at < text.Length && text[_at] != '"')
        {
            if (text[_at] == '\n')
                _line++;
            _at += text[_at] == '\\' && _at + 1 < text.Length && text[_at + 1] is '"' or '\\' ? 2 : 1;
        }

        if (_at >= text.Length)
            throw Wrong(line, "a text has no end: write a quotation mark behind it");
        return new DbcToken(DbcTokenKind.Text, text[start.._at++].Replace("\\\"", "\"", StringComparison.Ordinal), line, isFirst);
    }
}
