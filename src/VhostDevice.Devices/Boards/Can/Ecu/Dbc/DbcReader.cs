// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;

namespace VhostDevice.Devices.Boards.Can.Ecu.Dbc;

/// <summary>
/// Reads DBC files: messages, signals, names of values, floating point, multiplexing and cycle times. What else such files
/// say (nodes, comments, attributes, groups) is skipped.
/// </summary>
internal sealed partial class DbcReader
{
    private const uint ExtendedMark = 0x8000_0000;
    private const int MostBytes = 64;

    // A pseudo message of files that have signals without one.
    private const uint NoMessage = 0xC000_0000;

    private static readonly int[] s_lengths = [12, 16, 20, 24, 32, 48, 64];

    private readonly DbcTokens _tokens;
    private readonly Dictionary<uint, DbcMessage> _byId = [];
    private readonly List<DbcMessage> _messages = [];
    private readonly HashSet<string> _names = [];
    private DbcToken _token;
    private TimeSpan? _cycle;

    private DbcReader(DbcTokens tokens)
    {
        _tokens = tokens;
        _token = tokens.Next();
    }

    /// <param name="file">For messages.</param>
    /// <exception cref="DbcException">The text makes no sense.</exception>
    internal static DbcFile Read(string file, string text)
    {
        DbcReader reader = new(new DbcTokens(file, text));
        while (reader._token.Kind != DbcTokenKind.End)
            reader.Statement();
        reader.Finish();
        return new DbcFile(reader._messages);
    }

    private void Statement()
    {
        DbcToken keyword = Take();
        switch (keyword.Text)
        {
            case "BO_" when keyword.Kind == DbcTokenKind.Word:
                Message();
                break;
            case "SG_" when keyword.Kind == DbcTokenKind.Word:
                Signal(keyword.Line);
                break;
            case "VAL_" when keyword.Kind == DbcTokenKind.Word:
                ValueNames();
                break;
            case "SIG_VALTYPE_" when keyword.Kind == DbcTokenKind.Word:
                ValueType();
                break;
            case "SG_MUL_VAL_" when keyword.Kind == DbcTokenKind.Word:
                Selectors();
                break;
            case "BA_" when keyword.Kind == DbcTokenKind.Word:
                Attribute();
                break;
            case "BA_DEF_DEF_" when keyword.Kind == DbcTokenKind.Word:
                AttributeDefault();
                break;
            default:
                if (keyword.Kind != DbcTokenKind.Word)
                    throw Wrong(keyword, $"a line of a DBC file begins with a keyword, such as BO_, and not with {keyword.Shown}");
                Skip();
                break;
        }
    }

    private void Message()
    {
        DbcToken at = _token;
        uint id = Identifier();
        string name = Word("the name of a message, such as 'BO_ 256 Engine: 8 ECU'");
        Mark(":");
        int length = Whole("the length of a message", 0, int.MaxValue);
        // The node that sends it.
        _ = Take();
        bool isExtended = (id & ExtendedMark) != 0;
        uint bare = id & ~ExtendedMark;
        if (id == NoMessage)
            length = MostBytes;
        else if (bare > (isExtended ? 0x1FFF_FFFFu : 0x7FF))
            throw Wrong(at, $"{name} cannot have the identifier {id}: 0 to 2047, or with 2147483648 added 0 to 536870911");
        if (length > 8 && Array.IndexOf(s_lengths, length) < 0)
            throw Wrong(at, $"{name} cannot have {length} bytes: 0 to 8, or with FD {string.Join(", ", s_lengths)}");
        DbcMessage message = new() { Name = name, Id = bare, IsExtended = isExtended, Length = length };
        if (!_byId.TryAdd(id, message))
            throw Wrong(at, $"the identifier {id} of {name} is that of {_byId[id].Name} already");
        if (!_names.Add(name))
            throw Wrong(at, $"there are two messages '{name}': give one another name");
        if (id != NoMessage)
            _messages.Add(message);
        while (IsWord("SG_"))
        {
            int line = Take().Line;
            Signal(line, message);
        }
    }

    private void Signal(int line) => throw _tokens.Wrong(line, "a signal (SG_) follows the message (BO_) that it is in");

    private void Signal(int line, DbcMessage message)
    {
        string name = Word("the name of a signal, such as 'SG_ Speed : 0|16@1+ (0.25,0) [0|16383.75] \"rpm\" ECU'");
        ulong? selector = null;
        bool isMultiplexor = _token.Kind == DbcTokenKind.Word && Multiplexing(Take(), out selector);
        Mark(":");
        int start = Whole("the first bit", 0, (8 * MostBytes) - 1);
        Mark("|");
        int length = Whole("the number of bits", 1, 64);
        Mark("@");
        bool isMotorola = Order(out bool isSigned);
        Mark("(");
        decimal factor = Decimal("the factor");
        Mark(",");
        decimal offset = Decimal("the offset");
        Mark(")");
        Mark("[");
        double min = Real("the least value");
        Mark("|");
        double max = Real("the greatest value");
        Mark("]");
        string unit = Text("the unit, such as \"km/h\" or \"\"");
        // Who receives it.
        while (_token is { IsFirst: false } && (_token.Kind == DbcTokenKind.Word || _token.Text == ",") && !IsWord("SG_"))
            _ = Take();
        if (factor == 0)
            throw _tokens.Wrong(line, $"the factor of {name} is 0: write 1 if it has none");
        DbcSignal signal = new()
        {
            Name = name,
            Start = start,
            Length = length,
            IsMotorola = isMotorola,
            Numbers = isSigned ? DbcNumbers.Signed : DbcNumbers.Unsigned,
            Factor = factor,
            Offset = offset,
            Min = min,
            Max = max,
            Unit = unit.Trim(),
            IsMultiplexor = isMultiplexor,
            Selector = selector,
            Line = line,
        };
        if (!signal.FitsInto(message.Length))
            throw _tokens.Wrong(line, $"{name} does not fit into {message.Name}, which has {message.Length} bytes");
        if (message.Find(name) is not null)
            throw _tokens.Wrong(line, $"{message.Name} has a signal '{name}' already");
        message.Signals.Add(signal);
    }

    // M: the multiplexor; m3: there if that is 3; m3M: both.
    private bool Multiplexing(DbcToken token, out ulong? selector)
    {
        selector = null;
        string text = token.Text;
        if (text == "M")
            return true;
        string digits = text.TrimEnd('M').TrimStart('m');
        if (text[0] == 'm' && ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value))
        {
            selector = value;
            return text.EndsWith('M');
        }

        throw Wrong(token, $"{token.Shown} is no multiplexing: M, m0 or m0M");
    }

    // "1+" is Intel and unsigned. A sign that stands before a digit belongs to it by the rules of numbers; here it never does.
    private bool Order(out bool isSigned)
    {
        DbcToken order = Take();
        DbcToken sign = Take();
        isSigned = sign.Text == "-";
        if (order.Text is not ("0" or "1") || sign.Text is not ("+" or "-"))
            throw Wrong(order, "the byte order is 1 (Intel) or 0 (Motorola), with + (unsigned) or - (signed) behind it: '@1+'");
        return order.Text == "0";
    }

    private void Finish()
    {
        foreach (DbcMessage message in _byId.Values)
        {
            message.Cycle ??= _cycle;
            foreach (DbcSignal signal in message.Signals)
            {
                if (signal.Settle() is { } problem)
                    throw _tokens.Wrong(signal.Line, problem);
                if (signal.SelectedBy is null && signal.Selector is { } selector)
                    Select(message, signal, selector);
            }

            foreach (DbcSignal signal in message.Signals)
                CheckSelectors(message, signal);
        }
    }

    // Without SG_MUL_VAL_ the multiplexor is the only one that is always there.
    private void Select(DbcMessage message, DbcSignal signal, ulong selector)
    {
        List<DbcSignal> able = message.Signals.FindAll(s => s.IsMultiplexor && s != signal && s.Selector is null);
        if (able.Count != 1)
            throw _tokens.Wrong(signal.Line, $"{signal.Name} depends on a multiplexor, and {message.Name} has {able.Count}: mark one with M");
        signal.SelectedBy = able[0];
        signal.Selectors.Add(new DbcRange(selector, selector));
    }

    private void CheckSelectors(DbcMessage message, DbcSignal signal)
    {
        int depth = 0;
        for (DbcSignal each = signal; each.SelectedBy is { } by; each = by)
        {
            if (++depth > message.Signals.Count)
                throw _tokens.Wrong(signal.Line, $"{signal.Name} depends on itself");
        }
    }
}
