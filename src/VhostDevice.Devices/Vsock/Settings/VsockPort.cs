// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;

namespace VhostDevice.Devices.Vsock.Settings;

/// <summary>A port of this machine, and which kind of connections come there: Linux has one listener for a port.</summary>
/// <param name="Messages">SEQPACKET instead of STREAM.</param>
public readonly record struct VsockPort(uint Number, bool Messages)
{
    private const string StreamWord = "/stream";
    private const string MessagesWord = "/seqpacket";

    /// <summary>A number, which means streams, or a number with <c>/stream</c> or <c>/seqpacket</c> behind it.</summary>
    public static bool TryParse(string text, out VsockPort port)
    {
        bool messages = text.EndsWith(MessagesWord, StringComparison.Ordinal);
        int length = text.Length - (messages ? MessagesWord.Length : text.EndsWith(StreamWord, StringComparison.Ordinal) ? StreamWord.Length : 0);
        bool isPort = VsockSettings.TryNumber(text[..length], out uint number);
        port = new VsockPort(number, messages);
        return isPort;
    }

    /// <summary>As it is written.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number}{(Messages ? MessagesWord : "")}");
}
