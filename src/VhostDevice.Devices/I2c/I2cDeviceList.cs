// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Text;
using VhostDevice.Hosting;

namespace VhostDevice.Devices.I2c;

/// <summary>What --device-list of i2c says: adapters, and what of them guests may use.</summary>
/// <remarks>
/// <c>adapter[:address]...[,adapter[:address]...]...</c> An adapter is a number, a path or a name; a backslash takes the
/// meaning from the comma, colon or digit behind it, as in gpio's list. An address is decimal, or hexadecimal behind 0x;
/// behind t it has 10 bits.
/// </remarks>
internal static class I2cDeviceList
{
    private const ushort SevenBitEnd = 0x80;
    private const ushort TenBitEnd = 0x400;

    // Below, and from 0x78 on, addresses mean something else to the bus (I2C specification, "Reserved addresses"); a
    // display may sit there all the same, so they are not refused.

    /// <summary>Opens everything that the list names.</summary>
    /// <exception cref="StartupException">Something of it is wrong (exit 2) or cannot be had (exit 1).</exception>
    internal static List<II2cBus> Open(string text, I2cAdapters adapters)
    {
        List<Entry> entries = Parse(text);
        List<II2cBus> buses = [];
        Dictionary<uint, Entry> taken = [];
        try
        {
            foreach (Entry entry in entries)
            {
                uint number = entry.Number ?? (
                    adapters.TryFind(entry.Name, out uint found, out string problem)
                        ? found
                        : throw new StartupException(problem));
                if (!taken.TryAdd(number, entry))
                    throw new StartupException($"--device-list names adapter {number} twice: as '{taken[number].Name}' and as '{entry.Name}'");
                if (!adapters.TryOpen(number, entry.Addresses, out LinuxI2cBus? bus, out problem))
                    throw new StartupException(problem);
                buses.Add(bus!);
            }

            return buses;
        }
        catch
        {
            foreach (II2cBus bus in buses)
                bus.Dispose();
            throw;
        }
    }

    internal static List<Entry> Parse(string text)
    {
        List<Entry> entries = [];
        HashSet<(ushort, bool)> addresses = [];
        foreach (string part in Split(text.Trim(), ','))
        {
            List<string> words = Split(part, ':');
            string written = words[0].Trim();
            string name = Plainly(written);
            if (entries.Any(e => e.Name == name))
                throw new StartupException($"--device-list names adapter '{name}' twice: list all of its addresses in one place", isUsage: true);
            List<(ushort, bool)> its = [];
            foreach (string word in words.Skip(1))
            {
                (ushort, bool) address = Address(word);
                if (!addresses.Add(address))
                    throw new StartupException($"--device-list names address {word} twice: guests would not know which is meant", isUsage: true);
                its.Add(address);
            }

            entries.Add(new Entry(name, Number(written), its));
        }

        return entries;
    }

    // Backslashes stay, for the next who splits.
    private static List<string> Split(string text, char separator)
    {
        List<string> parts = [];
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                i++;
            }
            else if (text[i] == separator)
            {
                parts.Add(text[start..i]);
                start = i + 1;
            }
        }

        parts.Add(text[start..]);
        return parts;
    }

    private static string Plainly(string written)
    {
        StringBuilder name = new(written.Length);
        for (int i = 0; i < written.Length; i++)
            name.Append(written[i] == '\\' && i + 1 < written.Length ? written[++i] : written[i]);
        return name.ToString();
    }

    private static uint? Number(string name) =>
        uint.TryParse(Plain(name), NumberStyles.None, CultureInfo.InvariantCulture, out uint number) ? number : null;

    private static (ushort Address, bool TenBit) Address(string word)
    {
        bool tenBit = word.StartsWith('t');
        string digits = Plain(tenBit ? word[1..] : word);
        bool isNumber = digits.StartsWith("0x", StringComparison.Ordinal)
            ? uint.TryParse(digits.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value)
            : uint.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value);
        if (!isNumber)
            throw new StartupException(
                $"'{word}' in --device-list is no address: a number such as 80 or 0x50, or t0x123 for one of 10 bits",
                isUsage: true);
        if (tenBit ? value >= TenBitEnd : value >= SevenBitEnd)
        {
            throw new StartupException(
                $"address {word} in --device-list is too large: {(tenBit ? "t0 to t0x3ff" : "0 to 0x7f, without the read/write bit")}",
                isUsage: true);
        }

        return ((ushort)value, tenBit);
    }

    private static string Plain(string digits) => digits.StartsWith('+') ? digits[1..] : digits;

    /// <param name="Name">As it is in the list.</param>
    /// <param name="Number">Null: it has to be looked for.</param>
    internal sealed record Entry(string Name, uint? Number, List<(ushort Address, bool TenBit)> Addresses);
}
