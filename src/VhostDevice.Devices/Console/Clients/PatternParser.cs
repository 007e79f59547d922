// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Text;
using VhostDevice.Hosting;

namespace VhostDevice.Devices.Console.Clients;

/// <summary>Reads the text of a pattern into steps; see <see cref="TextPattern"/> for what there is.</summary>
internal sealed class PatternParser
{
    /// <summary>More steps than anybody writes; a repetition of repetitions would need them.</summary>
    private const int MostNodes = 10_000;

    private readonly string _text;
    private readonly List<PatternNode> _nodes = [];
    private int _at;

    private PatternParser(string text) => _text = text;

    /// <param name="start">Where to begin.</param>
    /// <returns>The steps; null: the text is no pattern.</returns>
    internal static PatternNode[]? Parse(string text, out int start, out string problem)
    {
        PatternParser parser = new(text);
        try
        {
            Part part = parser.Alternatives(0);
            if (parser._at < text.Length)
                throw new StartupException("there is a ) without its (");
            int match = parser.Add(new PatternNode { Step = PatternStep.Match });
            parser.Join(part, match);
            (start, problem) = (part.Start, "");
            return [.. parser._nodes];
        }
        catch (StartupException wrong)
        {
            (start, problem) = (0, wrong.Message);
            return null;
        }
    }

    private bool More => _at < _text.Length;

    private bool IsRepetition => More && (_text[_at] is '*' or '+' or '?' or '{');

    private int Add(PatternNode node)
    {
        if (_nodes.Count == MostNodes)
            throw new StartupException("it is too large");
        _nodes.Add(node);
        return _nodes.Count - 1;
    }

    // The open ends of a part lead to a step.
    private void Join(Part part, int to)
    {
        foreach (int end in part.Ends)
        {
            if ((end & 1) != 0)
                _nodes[end >> 1].Other = to;
            else
                _nodes[end >> 1].Next = to;
        }
    }

    private Part Alternatives(int depth)
    {
        if (depth > 100)
            throw new StartupException("its groups are too deep");
        Part part = Sequence(depth);
        while (More && _text[_at] == '|')
        {
            _at++;
            Part other = Sequence(depth);
            int split = Add(new PatternNode { Step = PatternStep.Split, Next = part.Start, Other = other.Start });
            part = new Part(split, [.. part.Ends, .. other.Ends]);
        }

        return part;
    }

    private Part Sequence(int depth)
    {
        Part? all = null;
        while (More && _text[_at] is not ('|' or ')'))
        {
            Part next = Repeated(depth);
            if (all is not null)
                Join(all, next.Start);
            all = all is null ? next : new Part(all.Start, next.Ends);
        }

        return all ?? Empty();
    }

    // Goes on whatever comes.
    private Part Empty()
    {
        int node = Add(new PatternNode { Step = PatternStep.Split });
        return new Part(node, [2 * node]);
    }

    private Part Repeated(int depth)
    {
        int from = _at;
        Part part = Single(depth);
        if (IsRepetition)
        {
            (int least, int most) = Times();
            int to = _at;
            // Each further time is read once more, so that it has steps of its own.
            Part? all = null;
            for (int i = 0; i < least; i++)
                all = Then(all, i == 0 ? part : Again(from, depth));
            if (most < 0)
            {
                Part loop = least == 0 ? part : Again(from, depth);
                int split = Add(new PatternNode { Step = PatternStep.Split, Next = loop.Start });
                Join(loop, split);
                all = Then(all, new Part(split, [(2 * split) + 1]));
            }

            for (int i = least; i < most; i++)
            {
                Part once = i == 0 ? part : Again(from, depth);
                int split = Add(new PatternNode { Step = PatternStep.Split, Next = once.Start });
                all = Then(all, new Part(split, [.. once.Ends, (2 * split) + 1]));
            }

            part = all ?? Empty();
            _at = to;
            if (IsRepetition)
                throw new StartupException("a repetition is repeated: put it into ( )");
        }

        return part;
    }

    private Part Again(int from, int depth)
    {
        _at = from;
        return Single(depth);
    }

    private Part Then(Part? first, Part second)
    {
        if (first is null)
            return second;
        Join(first, second.Start);
        return new Part(first.Start, second.Ends);
    }

    private (int Least, int Most) Times()
    {
        switch (_text[_at++])
        {
            case '*':
                return (0, -1);
            case '+':
                return (1, -1);
            case '?':
                return (0, 1);
            default:
                int end = _text.IndexOf('}', _at);
                string[] numbers = end < 0 ? [] : _text[_at..end].Split(',');
                _at = end + 1;
                int most = 0;
                if (numbers.Length is 1 or 2 && IsNumber(numbers[0], out int least)
                    && (numbers.Length == 1 || numbers[1].Length == 0 || IsNumber(numbers[1], out most)))
                {
                    most = numbers.Length == 1 ? least : numbers[1].Length == 0 ? -1 : most;
                    if (most < 0 || most >= least)
                        return (least, most);
                }

                throw new StartupException("{ } says how often: {3}, {3,} or {3,5}, at most 1000; a { itself is \\{");
        }
    }

    private static bool IsNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= 1000;

    private Part Single(int depth)
    {
        char c = _text[_at++];
        switch (c)
        {
            case '(':
                if (_text.AsSpan(_at).StartsWith("?:", StringComparison.Ordinal))
                    _at += 2;
                Part inner = Alternatives(depth + 1);
                if (!More)
                    throw new StartupException("a ( has no )");
                _at++;
                return inner;
            case '[':
                return Set(Class());
            case '.':
                return Set(ByteSet.Of('\n').Inverse);
            case '^':
                return Anchor(PatternStep.LineStart);
            case '$':
                return Anchor(PatternStep.LineEnd);
            case '*' or '+' or '?' or '{':
                throw new StartupException($"{c} repeats nothing; the character itself is \\{c}");
            case '\\':
                return Set(Escape());
            default:
                if (char.IsAscii(c))
                    return Set(ByteSet.Of(c));
                // A character of several bytes.
                Part? all = null;
                int length = char.IsHighSurrogate(c) && More ? 2 : 1;
                foreach (byte b in Encoding.UTF8.GetBytes(_text.Substring(_at - 1, length)))
                    all = Then(all, Set(ByteSet.Of(b)));
                _at += length - 1;
                return all!;
        }
    }

    private Part Anchor(PatternStep step)
    {
        int node = Add(new PatternNode { Step = step });
        return new Part(node, [2 * node]);
    }

    private Part Set(ByteSet set)
    {
        int node = Add(new PatternNode { Step = PatternStep.Byte, Set = set });
        return new Part(node, [2 * node]);
    }

    private ByteSet Class()
    {
        bool isInverse = More && _text[_at] == '^';
        if (isInverse)
            _at++;
        ByteSet all = default;
        bool isFirst = true;
        while (true)
        {
            if (!More)
                throw new StartupException("a [ has no ]");
            char c = _text[_at++];
            if (c == ']' && !isFirst)
                break;
            isFirst = false;
            if (c == '\\')
            {
                all = all.With(Escape());
                continue;
            }

            if (!char.IsAscii(c))
                throw new StartupException("[ ] is for ASCII characters");
            char last = c;
            if (_at + 1 < _text.Length && _text[_at] == '-' && _text[_at + 1] != ']')
            {
                last = _text[_at + 1];
                _at += 2;
                if (last < c || !char.IsAscii(last))
                    throw new StartupException($"{c}-{last} is no range");
            }

            for (char each = c; each <= last; each++)
                all = all.With(ByteSet.Of(each));
        }

        return isInverse ? all.Inverse : all;
    }

    private ByteSet Escape()
    {
        if (!More)
            throw new StartupException("a \\ stands at the end");
        char c = _text[_at++];
        switch (c)
        {
            case 'd':
                return ByteSet.Where(char.IsAsciiDigit);
            case 'D':
                return ByteSet.Where(char.IsAsciiDigit).Inverse;
            case 'w':
                return ByteSet.Where(static b => char.IsAsciiLetterOrDigit(b) || b == '_');
            case 'W':
                return ByteSet.Where(static b => char.IsAsciiLetterOrDigit(b) || b == '_').Inverse;
            case 's':
                return ByteSet.Where(static b => b is ' ' or (>= '\t' and <= '\r'));
            case 'S':
                return ByteSet.Where(static b => b is ' ' or (>= '\t' and <= '\r')).Inverse;
            case 'n':
                return ByteSet.Of('\n');
            case 'r':
                return ByteSet.Of('\r');
            case 't':
                return ByteSet.Of('\t');
            case 'e':
                return ByteSet.Of('\x1b');
            case 'x' when _at + 2 <= _text.Length && byte.TryParse(
                _text.AsSpan(_at, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte b):
                _at += 2;
                return ByteSet.Of(b);
            default:
                if (char.IsAsciiLetterOrDigit(c) || !char.IsAscii(c))
                    throw new StartupException($"there is no \\{c}");
                return ByteSet.Of(c);
        }
    }

    /// <summary>Steps that begin at one, and end at some that lead nowhere yet.</summary>
    /// <param name="start">The number of the first step.</param>
    /// <param name="ends">Twice the number of a step; one more for its other way.</param>
    private sealed class Part(int start, List<int> ends)
    {
        internal int Start => start;

        internal List<int> Ends => ends;
    }
}
