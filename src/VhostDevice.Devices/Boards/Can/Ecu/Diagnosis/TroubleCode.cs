// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;

namespace VhostDevice.Devices.Boards.Can.Ecu.Diagnosis;

/// <summary>
/// A diagnostic trouble code, as people write it: <c>P0301</c>, with a failure type <c>P0301-11</c>, with what is known of
/// it <c>P0301:pending</c>.
/// </summary>
/// <param name="Code">Three bytes: the code as in SAE J2012, and the failure type.</param>
/// <param name="Status">The status byte of ISO 14229-1, annex D.</param>
/// <param name="IsPermanent">Testers cannot clear it.</param>
internal sealed record TroubleCode(int Code, byte Status, bool IsPermanent = false)
{
    internal const byte TestFailed = 0x01;
    internal const byte Pending = 0x04;
    internal const byte Confirmed = 0x08;
    internal const byte FailedSinceClear = 0x20;
    internal const byte Warning = 0x80;

    /// <summary>The bits that the ECU uses.</summary>
    internal const byte Available = TestFailed | 0x02 | Pending | Confirmed | FailedSinceClear | Warning;

    internal const string Example = "codes such as 'P0301 P0420:pending U0100-87', or none";

    private const byte FailsNow = TestFailed | 0x02 | Pending | FailedSinceClear;
    private const byte FailsAndShown = FailsNow | Confirmed | Warning;
    private const byte Stored = Confirmed | FailedSinceClear;
    private const string Systems = "PCBU";

    internal string Text
    {
        get
        {
            int code = Code >> 8, type = Code & 0xFF;
            string text = string.Create(CultureInfo.InvariantCulture, $"{Systems[code >> 14]}{code & 0x3FFF:X4}");
            if (type > 0)
                text += string.Create(CultureInfo.InvariantCulture, $"-{type:X2}");
            return (Status, IsPermanent) switch
            {
                (FailsAndShown, false) => text,
                (FailsAndShown, true) => text + ":permanent",
                (FailsNow, false) => text + ":pending",
                (Stored, false) => text + ":stored",
                _ => string.Create(CultureInfo.InvariantCulture, $"{text}:0x{Status:X2}"),
            };
        }
    }

    /// <summary>Null: the text is no code.</summary>
    internal static TroubleCode? TryParse(string text)
    {
        string[] parts = text.Split(':');
        string code = parts[0].ToUpperInvariant(), type = "00";
        if (code.Length == 8 && code[5] == '-')
        {
            type = code[6..];
            code = code[..5];
        }

        int system = code.Length == 5 ? Systems.IndexOf(code[0], StringComparison.Ordinal) : -1;
        if (system < 0 || parts.Length > 2
            || !int.TryParse(code.AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int number)
            || number > 0x3FFF
            || !int.TryParse(type, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int failure))
            return null;
        int all = (system << 22) | (number << 8) | failure;
        string known = parts.Length > 1 ? parts[1] : "confirmed";
        return known switch
        {
            "confirmed" => new(all, FailsAndShown),
            "pending" => new(all, FailsNow),
            "stored" => new(all, Stored),
            "permanent" => new(all, FailsAndShown, IsPermanent: true),
            _ when known.StartsWith("0x", StringComparison.Ordinal)
                && byte.TryParse(known.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte status)
                => new(all, (byte)(status & Available)),
            _ => null,
        };
    }
}
