// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers;
using System.Buffers.Text;
using System.Text;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Vsock;

/// <summary>
/// The hybrid scheme's first words: a host program writes "CONNECT", a port and a newline, in as many pieces as it
/// likes and with as much behind it as it likes, and reads "OK", a port and a newline.
/// </summary>
internal sealed partial class SocketFlow
{
    /// <summary>Most bytes of the line; "CONNECT 4294967295" has 18.</summary>
    private const int MaxGreeting = 64;

    /// <returns>False when the connection is over.</returns>
    private unsafe bool ReadGreeting()
    {
        _in ??= ArrayPool<byte>.Shared.Rent(MaxGreeting);
        while (true)
        {
            nint n;
            Errno errno;
            fixed (byte* p = _in)
                n = FileIo.Read(_socket.Fd, p + _inCount, (nuint)(MaxGreeting - _inCount), out errno);
            if (n < 0 && errno == Errno.EAGAIN)
                return true;
            if (n > 0)
            {
                _inCount += (int)n;
                int length = _in.AsSpan(0, _inCount).IndexOf((byte)'\n');
                if (length >= 0 && TryParse(_in.AsSpan(0, length), out uint port))
                {
                    _inStart = length + 1;
                    _inCount -= _inStart;
                    if (_inCount == 0)
                        ReturnInput();
                    return Device.Request(this, port);
                }

                if (length < 0 && _inCount < MaxGreeting)
                    continue;
            }

            // It left, or does not speak this language. There is no answer for that.
            Device.Free(this);
            return false;
        }
    }

    // The keyword in any case, blanks between the words, further words for whoever understands them.
    private static bool TryParse(ReadOnlySpan<byte> line, out uint port)
    {
        port = 0;
        line = line.Trim(" \t\r"u8);
        if (line.Length < 8 || !Ascii.EqualsIgnoreCase(line[..7], "CONNECT"u8) || line[7] is not ((byte)' ' or (byte)'\t'))
            return false;
        line = line[8..].TrimStart(" \t"u8);
        if (line.Length > 0 && line[0] == '+')
            line = line[1..];
        return line.Length > 0 && char.IsAsciiDigit((char)line[0])
            && Utf8Parser.TryParse(line, out port, out int used)
            && (used == line.Length || line[used] is (byte)' ' or (byte)'\t');
    }

    // The guest accepted. A fresh socket has room for a line; one that has not is gone.
    private unsafe void Answer()
    {
        const int most = 16;
        byte* line = stackalloc byte[most];
        "OK "u8.CopyTo(new Span<byte>(line, most));
        _ = Utf8Formatter.TryFormat(Key.GuestPort, new Span<byte>(line + 3, most - 3), out int digits);
        line[3 + digits] = (byte)'\n';
        nint n = FileIo.Write(_socket.Fd, line, (nuint)(4 + digits), out _);
        if (n != 4 + digits)
            HostIsDeaf();
    }
}
