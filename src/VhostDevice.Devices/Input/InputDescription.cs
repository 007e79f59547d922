// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using System.Text;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Input;

/// <summary>What an input device is: its name, its ids, and which keys, axes and LEDs it has. Immutable once a guest sees it.</summary>
public sealed class InputDescription
{
    /// <summary>Bytes of a bitmap or a text, at most (virtio 1.3 §5.8.4).</summary>
    public const int MaxBytes = 128;

    private readonly byte[]?[] _codes = new byte[]?[InputTypes.Count];
    private readonly EvdevAxis[] _axes = new EvdevAxis[InputCodes.AxisCount];
    private readonly byte[] _properties = new byte[MaxBytes];
    private byte[] _name = [];
    private byte[] _serial = [];

    /// <summary>What people read of it. Any bytes; beyond 128 it is cut.</summary>
    public ReadOnlySpan<byte> NameBytes
    {
        get => _name;
        init => _name = Cut(value);
    }

    /// <summary>The name as text.</summary>
    public string Name
    {
        get => Encoding.UTF8.GetString(_name);
        init => _name = Cut(Encoding.UTF8.GetBytes(value));
    }

    /// <summary>The serial number; empty for none. As for <see cref="NameBytes"/>.</summary>
    public ReadOnlySpan<byte> SerialBytes
    {
        get => _serial;
        init => _serial = Cut(value);
    }

    /// <summary>BUS_USB (3) and its like.</summary>
    public ushort Bus { get; init; }

    public ushort Vendor { get; init; }

    public ushort Product { get; init; }

    public ushort Version { get; init; }

    /// <summary>INPUT_PROP bits, 128 bytes.</summary>
    public ReadOnlySpan<byte> Properties => _properties;

    /// <summary>How many fingers it tells apart; 0 for none.</summary>
    public int Slots => Has(InputTypes.Absolute, InputCodes.AbsMtSlot)
        ? (int)Math.Clamp((long)_axes[InputCodes.AbsMtSlot].Maximum + 1, 1, Evdev.MaxSlots)
        : 0;

    /// <summary>Whether the device has a key, axis or LED.</summary>
    public bool Has(int type, int code) =>
        (uint)type < InputTypes.Count && code < MaxBytes * 8 && _codes[type] is { } bits && (bits[code >> 3] >> (code & 7) & 1) != 0;

    /// <summary>Whether the device has anything of a type.</summary>
    public bool Has(int type) => (uint)type < InputTypes.Count && _codes[type] is not null;

    /// <summary>The codes of a type as a bitmap of 128 bytes; empty when it has none.</summary>
    public ReadOnlySpan<byte> Codes(int type) => (uint)type < InputTypes.Count ? _codes[type] : default;

    /// <summary>Of an axis that it has.</summary>
    /// <param name="code">0 to 63.</param>
    public EvdevAxis Axis(int code) => _axes[code];

    /// <summary>Adds a property, while it is made.</summary>
    public void AddProperty(int property) => _properties[property >> 3] |= (byte)(1 << (property & 7));

    /// <summary>Adds a key, axis or LED, while it is made.</summary>
    /// <param name="type">1 to 31.</param>
    /// <param name="code">0 to 1023.</param>
    public void Add(int type, int code)
    {
        byte[] bits = _codes[type] ??= new byte[MaxBytes];
        bits[code >> 3] |= (byte)(1 << (code & 7));
    }

    /// <summary>Adds an absolute axis, while it is made.</summary>
    /// <param name="code">0 to 63.</param>
    public void Add(int code, EvdevAxis axis)
    {
        Add(InputTypes.Absolute, code);
        _axes[code] = axis;
    }

    /// <summary>Adds a bitmap of codes, while it is made.</summary>
    internal void AddCodes(int type, ReadOnlySpan<byte> bits)
    {
        if (bits.ContainsAnyExcept((byte)0))
            _codes[type] = bits[..MaxBytes].ToArray();
    }

    /// <summary>Adds a bitmap of properties, while it is made.</summary>
    internal void AddProperties(ReadOnlySpan<byte> bits) => bits[..MaxBytes].CopyTo(_properties);

    /// <summary>Whether a guest that knows this one would be right about the other.</summary>
    public bool IsSame(InputDescription other)
    {
        bool same = _name.AsSpan().SequenceEqual(other._name) && _serial.AsSpan().SequenceEqual(other._serial)
            && (Bus, Vendor, Product, Version) == (other.Bus, other.Vendor, other.Product, other.Version)
            && _properties.AsSpan().SequenceEqual(other._properties);
        for (int type = 0; same && type < InputTypes.Count; type++)
            same = Codes(type).SequenceEqual(other.Codes(type));
        for (int code = 0; same && code < InputCodes.AxisCount; code++)
            same = _axes[code] with { Value = 0 } == other._axes[code] with { Value = 0 };
        return same;
    }

    /// <summary>Answers a selection of the configuration space (virtio 1.3 §5.8.4).</summary>
    /// <param name="target">128 bytes, zeroed.</param>
    /// <returns>The bytes that count; 0 for what the device does not have.</returns>
    internal byte Answer(byte select, byte subselect, Span<byte> target)
    {
        switch ((InputSelect)select)
        {
            case InputSelect.Name:
                return Copy(_name, target);
            case InputSelect.Serial:
                return Copy(_serial, target);
            case InputSelect.Ids:
                BinaryPrimitives.WriteUInt16LittleEndian(target, Bus);
                BinaryPrimitives.WriteUInt16LittleEndian(target[2..], Vendor);
                BinaryPrimitives.WriteUInt16LittleEndian(target[4..], Product);
                BinaryPrimitives.WriteUInt16LittleEndian(target[6..], Version);
                return 8;
            case InputSelect.Properties:
                return Copy(Trimmed(_properties), target);
            case InputSelect.Codes:
                return Copy(Trimmed(Codes(subselect)), target);
            case InputSelect.Axis when Has(InputTypes.Absolute, subselect) && subselect < InputCodes.AxisCount:
                EvdevAxis axis = _axes[subselect];
                BinaryPrimitives.WriteInt32LittleEndian(target, axis.Minimum);
                BinaryPrimitives.WriteInt32LittleEndian(target[4..], axis.Maximum);
                BinaryPrimitives.WriteInt32LittleEndian(target[8..], axis.Fuzz);
                BinaryPrimitives.WriteInt32LittleEndian(target[12..], axis.Flat);
                BinaryPrimitives.WriteInt32LittleEndian(target[16..], axis.Resolution);
                return 20;
            default:
                return 0;
        }
    }

    private static byte Copy(ReadOnlySpan<byte> source, Span<byte> target)
    {
        source.CopyTo(target);
        return (byte)source.Length;
    }

    private static ReadOnlySpan<byte> Trimmed(ReadOnlySpan<byte> bits) => bits[..(bits.LastIndexOfAnyExcept((byte)0) + 1)];

    // The texts of the configuration space have no 0 (virtio 1.3 §5.8.4).
    private static byte[] Cut(ReadOnlySpan<byte> text)
    {
        int end = text.IndexOf((byte)0);
        return text[..Math.Min(end < 0 ? text.Length : end, MaxBytes)].ToArray();
    }
}
