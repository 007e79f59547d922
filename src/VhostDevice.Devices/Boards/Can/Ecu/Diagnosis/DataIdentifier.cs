// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Boards.Can.Ecu.Diagnosis;

/// <summary>A piece of data that testers read and write by its identifier.</summary>
internal abstract class DataIdentifier(ushort id, AccessRule read, AccessRule write)
{
    internal ushort Id => id;

    internal AccessRule Read => read;

    internal AccessRule Write => write;

    /// <summary>How long the answer to a write takes; the tester is told to wait.</summary>
    internal long Delay { get; init; }

    internal abstract void Get(List<byte> answer);

    internal abstract Refusal Set(ReadOnlySpan<byte> data);
}

/// <summary>Bytes that keep their number.</summary>
/// <param name="isText">People see and set them as ASCII, filled up with zeros, and else as hexadecimal digits.</param>
internal sealed class StoredData(ushort id, AccessRule read, AccessRule write, byte[] bytes, bool isText) : DataIdentifier(id, read, write)
{
    /// <summary>What people see and set; made by the part.</summary>
    internal TextParameter? Parameter { get; set; }

    internal string Text => isText ? System.Text.Encoding.Latin1.GetString(bytes).TrimEnd('\0') : Convert.ToHexString(bytes);

    internal string Accepts => isText ? $"up to {bytes.Length} characters of ASCII" : $"{2 * bytes.Length} hexadecimal digits";

    internal override void Get(List<byte> answer) => answer.AddRange(bytes);

    internal override Refusal Set(ReadOnlySpan<byte> data)
    {
        if (data.Length != bytes.Length)
            return Refusal.WrongLength;
        data.CopyTo(bytes);
        Parameter?.Changed();
        return Refusal.None;
    }

    internal bool TrySet(string text)
    {
        bool isGood = isText
            ? text.Length <= bytes.Length && text.All(c => c is >= ' ' and <= '~')
            : text.Length == 2 * bytes.Length && text.All(char.IsAsciiHexDigit);
        if (!isGood)
            return false;
        bytes.AsSpan().Clear();
        (isText ? System.Text.Encoding.ASCII.GetBytes(text) : Convert.FromHexString(text)).CopyTo(bytes, 0);
        return true;
    }
}

/// <summary>The value of a parameter, as a number whose highest byte comes first.</summary>
/// <param name="bytes">1 to 4.</param>
/// <param name="factor">The value of 1.</param>
/// <param name="offset">The value of 0.</param>
internal sealed class ParameterData(ushort id, AccessRule read, AccessRule write, int bytes, double factor, double offset)
    : DataIdentifier(id, read, write)
{
    /// <summary>Known once the whole board is there.</summary>
    internal BoardParameter? Source { get; set; }

    private double Most => Math.Pow(256, bytes) - 1;

    internal override void Get(List<byte> answer)
    {
        double value = Source is not null && ParameterLink.TryRead(Source, out double now) ? now : offset;
        uint raw = (uint)Math.Clamp(Math.Round((value - offset) / factor, MidpointRounding.AwayFromZero), 0, Most);
        for (int i = bytes - 1; i >= 0; i--)
            answer.Add((byte)(raw >> (8 * i)));
    }

    internal override Refusal Set(ReadOnlySpan<byte> data)
    {
        if (data.Length != bytes)
            return Refusal.WrongLength;
        uint raw = 0;
        foreach (byte each in data)
            raw = (raw << 8) | each;
        if (Source is null || !ParameterLink.CanFollow(Source))
            return Refusal.OutOfRange;
        ParameterLink.Put(Source, (raw * factor) + offset);
        return Refusal.None;
    }
}
