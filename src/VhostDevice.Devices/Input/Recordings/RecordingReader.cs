// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Input.Recordings;

/// <summary>Reads a recording line by line.</summary>
internal abstract class RecordingReader(InputRecording recording)
{
    protected const long MaxSeconds = long.MaxValue / 2_000_000;

    private byte[] _name = [];
    private (ushort Bus, ushort Vendor, ushort Product, ushort Version) _ids;
    private readonly InputDescription _parts = new();

    /// <summary>What comes before the events is not complete before the first of them.</summary>
    protected InputRecording Recording => recording;

    protected InputDescription Parts => _parts;

    /// <returns>What is wrong with the line; null: nothing.</returns>
    internal abstract string? Read(string line);

    /// <returns>What is missing; null: nothing.</returns>
    internal string? End()
    {
        if (_name.Length == 0)
            return "there is no name of a device in it";
        InputDescription made = new()
        {
            NameBytes = _name,
            Bus = _ids.Bus,
            Vendor = _ids.Vendor,
            Product = _ids.Product,
            Version = _ids.Version,
        };
        made.AddProperties(_parts.Properties);
        for (int type = 1; type < InputTypes.Count; type++)
        {
            if (_parts.Has(type))
                made.AddCodes(type, _parts.Codes(type));
        }

        for (int axis = 0; axis < InputCodes.AxisCount; axis++)
        {
            if (made.Has(InputTypes.Absolute, axis))
                made.Add(axis, _parts.Axis(axis));
        }

        recording.Description = made;
        return null;
    }

    protected string? SetName(string name)
    {
        foreach (char character in name)
        {
            if (char.IsControl(character))
                return "a name has no control characters";
        }

        _name = System.Text.Encoding.UTF8.GetBytes(name);
        return _name.Length is 0 or > InputDescription.MaxBytes ? $"a name has 1 to {InputDescription.MaxBytes} bytes" : null;
    }

    protected string? SetIds(ReadOnlySpan<long> ids)
    {
        if (ids.Length != 4 || !AreWithin(ids, 0, ushort.MaxValue))
            return "the ids are four numbers from 0 to 65535: bus, vendor, product, version";
        _ids = ((ushort)ids[0], (ushort)ids[1], (ushort)ids[2], (ushort)ids[3]);
        return null;
    }

    protected string? AddCode(long type, long code)
    {
        if (!IsCode(type, code))
            return $"there is no code {code} of a type {type}";
        if (type != InputTypes.Sync)
            _parts.Add((int)type, (int)code);
        return null;
    }

    protected string? AddAxis(long code, ReadOnlySpan<long> numbers)
    {
        if (code is < 0 or >= InputCodes.AxisCount || numbers.Length < 4 || !AreWithin(numbers, int.MinValue, int.MaxValue))
            return "an axis is its code, 0 to 63, its ends, its noise and its middle, and perhaps its resolution";
        _parts.Add((int)code, new EvdevAxis(
            0, (int)numbers[0], (int)numbers[1], (int)numbers[2], (int)numbers[3], numbers.Length > 4 ? (int)numbers[4] : 0));
        return null;
    }

    protected string? AddProperty(long property)
    {
        if (property is < 0 or >= InputDescription.MaxBytes * 8)
            return $"there is no property {property}";
        _parts.AddProperty((int)property);
        return null;
    }

    protected string? AddEvent(long seconds, long microseconds, long type, long code, long value)
    {
        if (seconds is < 0 or > MaxSeconds || microseconds is < 0 or > 999_999)
            return "there is no such time";
        if (!IsCode(type, code))
            return $"there is no code {code} of a type {type}";
        return value is < int.MinValue or > int.MaxValue
            ? $"there is no value {value}"
            : recording.Add((seconds * 1_000_000) + microseconds, new InputEvent((ushort)type, (ushort)code, (int)value));
    }

    protected static bool TryNumber(ReadOnlySpan<char> text, out long value, bool isHex = false) =>
        long.TryParse(text, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    private static bool AreWithin(ReadOnlySpan<long> numbers, long least, long most)
    {
        foreach (long number in numbers)
        {
            if (number < least || number > most)
                return false;
        }

        return true;
    }

    private static bool IsCode(long type, long code)
    {
        int count = type switch
        {
            InputTypes.Key => InputCodes.KeyCount,
            InputTypes.Absolute => InputCodes.AxisCount,
            _ => InputDescription.MaxBytes * 8,
        };
        return type is >= 0 and < InputTypes.Count && code >= 0 && code < count;
    }
}
