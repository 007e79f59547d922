// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;

namespace VhostDevice.Devices.Boards.Can.Ecu.Dbc;

/// <summary>How a signal's bits are to be read.</summary>
internal enum DbcNumbers
{
    Unsigned,
    Signed,

    /// <summary>IEEE 754, 32 bits.</summary>
    Float,

    /// <summary>IEEE 754, 64 bits.</summary>
    Double,
}

/// <summary>
/// A quantity in the data of a message: some bits, and what they mean. Integers are converted in decimal arithmetic, so
/// what is read and written again is the same, and 3 times 0.1 is 0.3.
/// </summary>
internal sealed class DbcSignal
{
    internal required string Name { get; init; }

    /// <summary>Bit 0 is the lowest of byte 0. Intel: the lowest bit of the signal; Motorola: the highest.</summary>
    internal required int Start { get; init; }

    /// <summary>In bits, 1 to 64.</summary>
    internal required int Length { get; init; }

    internal required bool IsMotorola { get; init; }

    internal required DbcNumbers Numbers { get; set; }

    internal required decimal Factor { get; init; }

    internal required decimal Offset { get; init; }

    /// <summary>The range that the file states; both 0: none.</summary>
    internal required double Min { get; init; }

    internal required double Max { get; init; }

    internal required string Unit { get; init; }

    /// <summary>Where the file describes it.</summary>
    internal int Line { get; init; }

    /// <summary>The value of the multiplexor with which it is there, where the multiplexor is the only one; null: always.</summary>
    internal ulong? Selector { get; init; }

    /// <summary>Its value says which other signals are in the message.</summary>
    internal bool IsMultiplexor { get; init; }

    /// <summary>The multiplexor that it depends on; null: it is always there.</summary>
    internal DbcSignal? SelectedBy { get; set; }

    /// <summary>The values of that multiplexor, from and to, with which it is there.</summary>
    internal List<DbcRange> Selectors { get; } = [];

    /// <summary>Names of values, in the order of the file.</summary>
    internal List<DbcValueName> Names { get; } = [];

    /// <summary>The raw value that it begins with.</summary>
    internal ulong StartRaw { get; set; }

    internal bool IsFloating => Numbers is DbcNumbers.Float or DbcNumbers.Double;

    /// <summary>The least value that is possible and in range.</summary>
    internal decimal Least { get; private set; }

    /// <summary>The most.</summary>
    internal decimal Most { get; private set; }

    /// <summary>As many ones as it has bits.</summary>
    internal ulong Mask => Length == 64 ? ulong.MaxValue : (1ul << Length) - 1;

    private (decimal Low, decimal High) RawRange =>
        Numbers == DbcNumbers.Signed ? (-(decimal)(1ul << (Length - 1)), (1ul << (Length - 1)) - 1) : (0m, (decimal)Mask);

    /// <summary>What may be set, for people.</summary>
    internal string Accepts
    {
        get
        {
            string range = !IsFloating ? string.Create(CultureInfo.InvariantCulture, $"{Plain(Least)} to {Plain(Most)}")
                : HasRange ? string.Create(CultureInfo.InvariantCulture, $"{Min} to {Max}")
                : "a number";
            for (int i = 0; i < Names.Count; i++)
                range += (i == 0 ? ", or " : ", ") + Names[i].Name;
            return range;
        }
    }

    private bool HasRange => Min != 0 || Max != 0;

    /// <summary>Works out the range.</summary>
    /// <returns>What is wrong; null when nothing is.</returns>
    internal string? Settle()
    {
        if (IsFloating)
        {
            return Length == (Numbers == DbcNumbers.Float ? 32 : 64)
                ? null
                : $"a floating-point signal has 32 or 64 bits, and {Name} {Length}";
        }

        try
        {
            (decimal low, decimal high) = RawRange;
            decimal one = (low * Factor) + Offset, other = (high * Factor) + Offset;
            (Least, Most) = one < other ? (one, other) : (other, one);
        }
        catch (OverflowException)
        {
            return $"{Name} would be too large: give it a smaller factor";
        }

        // A range that no value can be in is a mistake of the file that everybody lives with: only what fits counts.
        if (HasRange && Min <= Max)
        {
            decimal least = Within(Min), most = Within(Max);
            if (least <= most)
                (Least, Most) = (least, most);
        }

        return null;
    }

    /// <summary>Whether it is in a message with this data.</summary>
    internal bool IsIn(ReadOnlySpan<byte> data)
    {
        for (DbcSignal signal = this; signal.SelectedBy is { } by; signal = by)
        {
            ulong selector = by.Read(data);
            if (!signal.Selectors.Exists(s => selector >= s.From && selector <= s.To))
                return false;
        }

        return true;
    }

    /// <summary>Its bits. What is beyond the end of <paramref name="data"/> reads as 0.</summary>
    internal ulong Read(ReadOnlySpan<byte> data)
    {
        ulong raw = 0;
        for (int i = 0; i < Length; i++)
        {
            int bit = BitAt(i);
            if (bit >> 3 < data.Length && (data[bit >> 3] >> (bit & 7) & 1) != 0)
                raw |= 1ul << i;
        }

        return raw;
    }

    /// <summary>Puts its bits in. What is beyond the end of <paramref name="data"/> is left out.</summary>
    internal void Write(Span<byte> data, ulong raw)
    {
        for (int i = 0; i < Length; i++)
        {
            int bit = BitAt(i);
            if (bit >> 3 >= data.Length)
                continue;
            int mask = 1 << (bit & 7);
            data[bit >> 3] = (byte)((raw >> i & 1) != 0 ? data[bit >> 3] | mask : data[bit >> 3] & ~mask);
        }
    }

    /// <summary>Whether all of it is within so many bytes.</summary>
    internal bool FitsInto(int bytes)
    {
        for (int i = 0; i < Length; i++)
        {
            int bit = BitAt(i);
            if (bit < 0 || bit >> 3 >= bytes)
                return false;
        }

        return true;
    }

    /// <summary>The value as text: the name that the file has for it, or the number.</summary>
    internal string Show(ulong raw)
    {
        if (!IsFloating)
        {
            long value = Extend(raw);
            // A name that is a number would be taken for that number.
            string? name = Names.Find(n => n.Value == value)?.Name;
            if (name is not null && !decimal.TryParse(name, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
                return name;
        }

        return ShowNumber(raw);
    }

    /// <summary>The value as a number in text.</summary>
    internal string ShowNumber(ulong raw) =>
        IsFloating ? ToDouble(raw).ToString(CultureInfo.InvariantCulture) : Plain(ToDecimal(raw));

    /// <summary>The nearest number; what has no meaning as one is NaN.</summary>
    internal double ToDouble(ulong raw) => Numbers switch
    {
        DbcNumbers.Float => (BitConverter.UInt32BitsToSingle((uint)raw) * (double)Factor) + (double)Offset,
        DbcNumbers.Double => (BitConverter.UInt64BitsToDouble(raw) * (double)Factor) + (double)Offset,
        _ => (double)ToDecimal(raw),
    };

    /// <summary>Reads what a user wrote, a number or one of the names.</summary>
    /// <returns>False: it is neither, or out of range.</returns>
    internal bool TryRead(string text, out ulong raw)
    {
        raw = 0;
        if (IsFloating && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double real))
            return TryEncode(real, out raw);
        if (!IsFloating && decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal value))
            return TryEncode(value, out raw);
        if (IsFloating || Names.Find(n => n.Name == text) is not { } named)
            return false;
        raw = (ulong)named.Value & Mask;
        return true;
    }

    /// <summary>The bits of a number, to the nearest that is possible.</summary>
    /// <returns>False: it is out of range.</returns>
    internal bool TryEncode(double value, out ulong raw)
    {
        raw = 0;
        if (!double.IsFinite(value))
            return false;
        if (!IsFloating)
            return value >= (double)Least && value <= (double)Most && TryEncode(Math.Clamp((decimal)value, Least, Most), out raw);
        if (HasRange && !(value >= Min && value <= Max))
            return false;
        double real = (value - (double)Offset) / (double)Factor;
        raw = Numbers == DbcNumbers.Float ? BitConverter.SingleToUInt32Bits((float)real) : BitConverter.DoubleToUInt64Bits(real);
        return Numbers == DbcNumbers.Float ? float.IsFinite((float)real) : double.IsFinite(real);
    }

    /// <summary>The same in decimal arithmetic, for integers.</summary>
    internal bool TryEncode(decimal value, out ulong raw)
    {
        raw = 0;
        if (value < Least || value > Most)
            return false;
        decimal count = Math.Round((value - Offset) / Factor, MidpointRounding.AwayFromZero);
        // Rounding may lead beyond the end of a range that is no multiple of the factor.
        (decimal low, decimal high) = RawRange;
        count = Math.Clamp(count, low, high);
        raw = (count < 0 ? (ulong)(long)count : (ulong)count) & Mask;
        return true;
    }

    private static string Plain(decimal value) => value.ToString("0.############################", CultureInfo.InvariantCulture);

    private decimal Within(double value) =>
        value <= (double)Least ? Least : value >= (double)Most ? Most : Math.Clamp((decimal)value, Least, Most);

    private long Extend(ulong raw) => Numbers == DbcNumbers.Signed ? (long)(raw << (64 - Length)) >> (64 - Length) : (long)raw;

    private decimal ToDecimal(ulong raw) => ((Numbers == DbcNumbers.Signed ? Extend(raw) : (decimal)raw) * Factor) + Offset;

    // Bit i of the value, counted from its lowest. Motorola's go up to bit 7 of a byte, then on at bit 0 of the byte before.
    private int BitAt(int i)
    {
        if (!IsMotorola)
            return Start + i;
        int fromHighest = Length - 1 - i;
        int linear = ((Start >> 3) << 3) + (7 - (Start & 7)) + fromHighest;
        return (linear >> 3 << 3) + (7 - (linear & 7));
    }
}

/// <summary>Values of a multiplexor, both ends included.</summary>
internal sealed class DbcRange(ulong from, ulong to)
{
    internal ulong From => from;

    internal ulong To => to;
}

/// <summary>What a file calls a raw value.</summary>
internal sealed class DbcValueName(long value, string name)
{
    internal long Value => value;

    internal string Name => name;
}
