// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;

namespace VhostDevice.Devices.Boards.Can.Ecu.Dbc;

/// <summary>The statements that say more of messages and signals, and the pieces of all of them.</summary>
internal sealed partial class DbcReader
{
    private const string CycleAttribute = "GenMsgCycleTime";
    private const string StartAttribute = "GenSigStartValue";
    private const int MaxCycleMilliseconds = 3_600_000;

    // VAL_ 256 Gear 0 "Park" 1 "Reverse" ;
    private void ValueNames()
    {
        // Of an environment variable.
        if (_token.Kind != DbcTokenKind.Number)
        {
            Skip();
            return;
        }

        DbcSignal? signal = NamedSignal();
        while (_token.Kind == DbcTokenKind.Number)
        {
            long value = (long)Math.Clamp(Decimal("a value"), long.MinValue, long.MaxValue);
            string name = Text("the name of a value");
            if (signal is not null && name.Length > 0 && !signal.Names.Exists(n => n.Value == value))
                signal.Names.Add(new DbcValueName(value, name));
        }

        Skip();
    }

    // SIG_VALTYPE_ 256 Torque : 1;
    private void ValueType()
    {
        DbcSignal? signal = NamedSignal();
        if (_token.Text == ":")
            _ = Take();
        int type = Whole("the type of a signal: 0 (integer), 1 (32 bits) or 2 (64 bits)", 0, 2);
        if (signal is not null && type > 0)
            signal.Numbers = type == 1 ? DbcNumbers.Float : DbcNumbers.Double;
        Skip();
    }

    // SG_MUL_VAL_ 256 Detail Page 0-3, 7-7;
    private void Selectors()
    {
        int line = _token.Line;
        uint id = Identifier();
        string name = Word("the name of a signal");
        string by = Word("the name of a multiplexor");
        DbcMessage? message = _byId.GetValueOrDefault(id);
        DbcSignal? signal = message?.Find(name), multiplexor = message?.Find(by);
        List<DbcRange> ranges = [];
        while (_token.Kind == DbcTokenKind.Number)
        {
            ulong from = Unsigned("a value of the multiplexor");
            ulong to = from;
            // "0-3" is two numbers of which the second has a sign, or three pieces.
            if (_token.Text == "-")
                _ = Take();
            if (_token.Kind == DbcTokenKind.Number)
                to = Unsigned("a value of the multiplexor");
            ranges.Add(new DbcRange(from, to));
            if (_token.Text == ",")
                _ = Take();
        }

        Skip();
        if (signal is null || multiplexor is null)
            return;
        if (ranges.Count == 0)
            throw _tokens.Wrong(line, $"{name} depends on no value of {by}: write such as 'SG_MUL_VAL_ {id} {name} {by} 0-3;'");
        signal.SelectedBy = multiplexor;
        signal.Selectors.Clear();
        signal.Selectors.AddRange(ranges);
    }

    // BA_ "GenMsgCycleTime" BO_ 256 100;
    private void Attribute()
    {
        string name = Text("the name of an attribute");
        if (name == CycleAttribute && IsWord("BO_"))
        {
            _ = Take();
            DbcMessage? message = _byId.GetValueOrDefault(Identifier());
            TimeSpan? cycle = Cycle();
            if (message is not null)
                message.Cycle = cycle ?? TimeSpan.Zero;
        }
        else if (name == StartAttribute && IsWord("SG_"))
        {
            _ = Take();
            DbcSignal? signal = NamedSignal();
            decimal raw = Decimal("the first value of a signal");
            if (signal is not null && raw >= long.MinValue && raw <= ulong.MaxValue)
                signal.StartRaw = (raw < 0 ? (ulong)(long)raw : (ulong)raw) & signal.Mask;
        }

        Skip();
    }

    private void AttributeDefault()
    {
        if (_token is { Kind: DbcTokenKind.Text, Text: CycleAttribute })
        {
            _ = Take();
            _cycle = Cycle();
        }

        Skip();
    }

    // 0 means that it is sent when there is a reason.
    private TimeSpan? Cycle()
    {
        DbcToken at = _token;
        decimal milliseconds = Decimal("a cycle time in milliseconds");
        if (milliseconds is < 0 or > MaxCycleMilliseconds)
            throw Wrong(at, $"a cycle time cannot be {at.Shown}: 0 to {MaxCycleMilliseconds} milliseconds");
        return milliseconds == 0 ? null : TimeSpan.FromMilliseconds((double)milliseconds);
    }

    private DbcSignal? NamedSignal()
    {
        uint id = Identifier();
        string name = Word("the name of a signal");
        return _byId.GetValueOrDefault(id)?.Find(name);
    }

    // Up to the end of the statement, or to the next one where it has none.
    private void Skip()
    {
        while (_token is { Kind: not DbcTokenKind.End, IsFirst: false })
        {
            if (Take().Text == ";")
                return;
        }
    }

    private DbcToken Take()
    {
        DbcToken token = _token;
        if (token.Kind != DbcTokenKind.End)
            _token = _tokens.Next();
        return token;
    }

    private bool IsWord(string word) => _token.Kind == DbcTokenKind.Word && _token.Text == word;

    private string Word(string what) => Piece(DbcTokenKind.Word, what).Text;

    private string Text(string what) => Piece(DbcTokenKind.Text, what).Text;

    private void Mark(string mark)
    {
        if (_token.Text != mark || _token.Kind != DbcTokenKind.Mark)
            throw Wrong(_token, $"'{mark}' is missing before {_token.Shown}");
        _ = Take();
    }

    private uint Identifier()
    {
        DbcToken at = _token;
        ulong id = Unsigned("the identifier of a message");
        return id <= uint.MaxValue ? (uint)id : throw Wrong(at, $"the identifier of a message cannot be {at.Shown}");
    }

    private ulong Unsigned(string what)
    {
        DbcToken token = Piece(DbcTokenKind.Number, what);
        return ulong.TryParse(token.Text.TrimStart('-'), NumberStyles.None, CultureInfo.InvariantCulture, out ulong value)
            ? value
            : throw Wrong(token, $"{what} cannot be {token.Shown}: a whole number");
    }

    private int Whole(string what, int least, int most)
    {
        DbcToken token = Piece(DbcTokenKind.Number, what);
        return int.TryParse(token.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most
            ? value
            : throw Wrong(token, $"{what} cannot be {token.Shown}: {least} to {most}");
    }

    private decimal Decimal(string what)
    {
        DbcToken token = Piece(DbcTokenKind.Number, what);
        return decimal.TryParse(token.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal value)
            ? value
            : throw Wrong(token, $"{what} cannot be {token.Shown}: a number such as 0.25 or 1E-3");
    }

    private double Real(string what)
    {
        DbcToken token = Piece(DbcTokenKind.Number, what);
        return double.TryParse(token.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
            ? value
            : throw Wrong(token, $"{what} cannot be {token.Shown}: a number such as 0.25 or 1E-3");
    }

    private DbcToken Piece(DbcTokenKind kind, string what)
    {
        if (_token.Kind != kind)
            throw Wrong(_token, $"here must be {what}, and not {_token.Shown}");
        return Take();
    }

    private DbcException Wrong(DbcToken at, string problem) => _tokens.Wrong(at.Line, problem);
}
