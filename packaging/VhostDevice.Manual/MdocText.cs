// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Text;

namespace VhostDevice.Manual;

/// <summary>A manual page in mdoc(7): macros and lines of text, broken at sentences and at 78 columns.</summary>
public sealed class MdocText
{
    private const int Width = 78;

    // What leaves room above itself, and what does so below.
    private static readonly string[] s_spaced = [".Sh", ".Ss", ".Bl", ".It", ".El", ".Bd"];
    private static readonly string[] s_beginning = [".Sh", ".Ss", ".It"];

    private readonly StringBuilder _text = new();

    // A paragraph that is not followed by anything is a mistake, and so are two.
    private bool _breaks;
    private bool _begins;

    public override string ToString() => _text.ToString();

    /// <summary>A line that is a macro, as it stands.</summary>
    public void Macro(string line)
    {
        string macro = line.Split(' ')[0];
        if (_breaks && !s_spaced.Contains(macro))
            _text.Append(".Pp\n");
        _breaks = false;
        _begins = s_beginning.Contains(macro);
        _text.Append(line).Append('\n');
    }

    /// <summary>A new paragraph begins, if anything comes.</summary>
    public void Paragraph() => _breaks = !_begins;

    /// <summary>Text with font escapes in it, already escaped (see <see cref="Escape"/>).</summary>
    public void Prose(string escaped)
    {
        if (escaped.Length == 0)
            return;
        if (_breaks)
            _text.Append(".Pp\n");
        _breaks = _begins = false;
        foreach (string sentence in Sentences(escaped))
            Wrap(sentence);
    }

    /// <summary>Lines as they are, indented.</summary>
    public void Display(IEnumerable<string> lines)
    {
        _breaks = _begins = false;
        _text.Append(".Bd -literal -offset indent\n");
        foreach (string line in lines)
            Line(Escape(line));
        _text.Append(".Ed\n");
        _breaks = true;
    }

    /// <summary>Characters that mean something to the formatter, written so that they mean themselves.</summary>
    public static string Escape(string text)
    {
        StringBuilder escaped = new();
        foreach (Rune rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '\\' => escaped.Append("\\e"),
                '-' => escaped.Append("\\-"),
                '\'' => escaped.Append("\\(aq"),
                '`' => escaped.Append("\\(ga"),
                '^' => escaped.Append("\\(ha"),
                '~' => escaped.Append("\\(ti"),
                '"' => escaped.Append("\\(dq"),
                < 0x80 => escaped.Append((char)rune.Value),
                _ => escaped.Append(CultureInfo.InvariantCulture, $"\\[u{rune.Value:X4}]"),
            };
        }

        return escaped.ToString();
    }

    private static IEnumerable<string> Sentences(string text)
    {
        int start = 0;
        for (int i = 1; i < text.Length; i++)
        {
            if (text[i] != ' ' || !EndsSentence(text.AsSpan(start, i - start)))
                continue;
            yield return text[start..i];
            start = i + 1;
        }

        yield return text[start..];
    }

    private static bool EndsSentence(ReadOnlySpan<char> text)
    {
        text = text.TrimEnd(")");
        return text.Length > 0 && text[^1] is '.' or '!' or '?';
    }

    private void Wrap(string sentence)
    {
        StringBuilder line = new();
        foreach (string word in sentence.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > Width)
            {
                Line(line.ToString());
                line.Clear();
            }

            line.Append(line.Length > 0 ? " " : "").Append(word);
        }

        if (line.Length > 0)
            Line(line.ToString());
    }

    private void Line(string line) => _text.Append(line.StartsWith('.') ? "\\&" : "").Append(line.TrimEnd()).Append('\n');
}
