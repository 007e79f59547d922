// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Text;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Can.Logs;

/// <summary>
/// Frames as candump -L and cansend write them: <c>123#DEADBEEF</c>, <c>12345678#</c> with an extended identifier (eight
/// digits), <c>123#R3</c> for a remote frame that asks for three bytes, <c>123##0DEADBEEF</c> for an FD frame.
/// </summary>
internal static class CanNotation
{
    private const int StandardDigits = 3;
    private const int ExtendedDigits = 8;

    internal const string Example = "123#1122, 1ABCDEF0#11, 123#R2 or 123##01122";

    /// <summary>Reads a frame; blanks and dots between bytes are not understood.</summary>
    internal static bool TryRead(string text, out CanFrame frame)
    {
        frame = default;
        int mark = text.IndexOf('#', StringComparison.Ordinal);
        if (mark is not (StandardDigits or ExtendedDigits) || !TryHex(text[..mark], out uint id))
            return false;
        bool isExtended = mark == ExtendedDigits;
        string rest = text[(mark + 1)..];
        bool isFd = rest.StartsWith('#');
        if (isFd)
        {
            // One digit of flags, which do not cross.
            if (rest.Length < 2 || !char.IsAsciiHexDigit(rest[1]))
                return false;
            rest = rest[2..];
        }

        if (id > (isExtended ? 0x1FFF_FFFFu : 0x7FF))
            return false;
        if (!isFd && rest.StartsWith('R'))
            return TryReadRemote(rest[1..], id, isExtended, out frame);
        int length = rest.Length / 2;
        bool isLength = isFd
            ? length <= CanFrame.MaxClassicLength || length is 12 or 16 or 20 or 24 or 32 or 48 or 64
            : length <= CanFrame.MaxClassicLength;
        if (rest.Length % 2 != 0 || !isLength || !rest.All(char.IsAsciiHexDigit))
            return false;
        frame = new CanFrame(id, length, isExtended, isFd: isFd);
        Convert.FromHexString(rest).CopyTo(frame.Data);
        return true;
    }

    /// <summary>Writes a frame.</summary>
    internal static void Print(CanFrame frame, StringBuilder text)
    {
        text.Append(frame.Id.ToString(frame.IsExtended ? "X8" : "X3", CultureInfo.InvariantCulture)).Append('#');
        if (frame.IsRemote)
        {
            text.Append('R');
            if (frame.Length > 0)
                text.Append((char)('0' + frame.Length));
            return;
        }

        if (frame.IsFd)
            text.Append("#0");
        foreach (byte value in frame.Data)
            text.Append(value.ToString("X2", CultureInfo.InvariantCulture));
    }

    private static bool TryReadRemote(string digit, uint id, bool isExtended, out CanFrame frame)
    {
        int length = digit.Length == 0 ? 0 : digit[0] - '0';
        frame = new CanFrame(id, Math.Clamp(length, 0, CanFrame.MaxClassicLength), isExtended, isRemote: true);
        return digit.Length <= 1 && length is >= 0 and <= CanFrame.MaxClassicLength;
    }

    private static bool TryHex(string text, out uint value) =>
        uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
}
