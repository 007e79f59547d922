// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Console.Clients;

/// <summary>
/// Looks for a pattern in bytes as they come, in time that grows with their number alone. The dialect is that of regular
/// expressions without captures, back references and look-around: characters, <c>.</c> (anything but a line feed),
/// <c>[a-z] [^a-z]</c>, <c>\d \w \s \D \W \S \n \r \t \e \xHH</c>, <c>* + ? {n} {n,} {n,m}</c>, <c>( ) |</c>, and
/// <c>^ $</c> for the start and the end of a line. Other signs stand for themselves with a <c>\</c>.
/// </summary>
/// <remarks>
/// .NET's own expressions would cost every daemon half a megabyte and 1300 types at its start. The end of a line is where a
/// carriage return or a line feed comes; what comes last has no end yet.
/// </remarks>
internal sealed class TextPattern
{
    private readonly PatternNode[] _nodes;
    private readonly int _start;
    private readonly int[] _mark;
    private readonly Stack<int> _open = new();
    private readonly List<int> _waiting = []; // steps that want the next byte, or the end of a line
    private readonly List<int> _reached = [];
    private int _generation;
    private bool _isLineStart = true;

    private TextPattern(PatternNode[] nodes, int start)
    {
        _nodes = nodes;
        _start = start;
        _mark = new int[nodes.Length];
    }

    /// <summary>Whether the pattern was there; nothing is looked at any more then.</summary>
    internal bool IsFound { get; private set; }

    /// <param name="problem">What is wrong with the text.</param>
    internal static TextPattern? Parse(string text, out string problem) =>
        PatternParser.Parse(text, out int start, out problem) is { } nodes ? new TextPattern(nodes, start) : null;

    /// <summary>Looks at what comes next.</summary>
    /// <returns>Bytes looked at: up to the end of the first match, which is the shortest one there.</returns>
    internal int Look(ReadOnlySpan<byte> bytes)
    {
        for (int i = 0; i < bytes.Length && !IsFound; i++)
        {
            byte value = bytes[i];
            // It may begin at each byte; and what ends in front of this one is found first.
            bool isLineEnd = value is (byte)'\r' or (byte)'\n';
            Begin(_reached);
            foreach (int node in _waiting)
                Follow(node, isLineEnd, _reached);
            Follow(_start, isLineEnd, _reached);
            if (IsFound)
                return i;
            _isLineStart = value == '\n';
            Begin(_waiting);
            foreach (int node in _reached)
            {
                if (_nodes[node].Step == PatternStep.Byte && _nodes[node].Set.Takes(value))
                    Follow(_nodes[node].Next, isLineEnd: false, _waiting);
            }

            if (IsFound)
                return i + 1;
        }

        return bytes.Length;
    }

    private void Begin(List<int> reached)
    {
        _generation++;
        reached.Clear();
    }

    // Everything that is reached without a byte. A line's end is not known before the byte behind it.
    private void Follow(int node, bool isLineEnd, List<int> reached)
    {
        _open.Clear();
        _open.Push(node);
        while (_open.TryPop(out int at))
        {
            if (at < 0 || _mark[at] == _generation)
                continue;
            _mark[at] = _generation;
            PatternNode step = _nodes[at];
            switch (step.Step)
            {
                case PatternStep.Match:
                    IsFound = true;
                    return;
                case PatternStep.Split:
                    _open.Push(step.Other);
                    _open.Push(step.Next);
                    break;
                case PatternStep.LineStart when _isLineStart:
                    _open.Push(step.Next);
                    break;
                case PatternStep.LineEnd when isLineEnd:
                    _open.Push(step.Next);
                    break;
                case PatternStep.Byte or PatternStep.LineEnd:
                    reached.Add(at);
                    break;
                default:
                    break;
            }
        }
    }
}
