// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;
using VhostDevice.Linux;

namespace VhostDevice.Hosting.CommandLine;

/// <summary>Standard output without the console class, which would send control sequences to a terminal.</summary>
public static unsafe class StandardOutput
{
    /// <summary>Writes a line at once, for whoever reads along.</summary>
    /// <inheritdoc cref="Write(string)"/>
    public static void WriteLine(string line) => Write(line + "\n");

    /// <exception cref="StartupException">It cannot be written to. A reader that left early is no problem.</exception>
    public static void Write(string text) => Write(Encoding.UTF8.GetBytes(text));

    /// <inheritdoc cref="Write(string)"/>
    public static void Write(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> rest = bytes;
        while (!rest.IsEmpty)
        {
            nint n;
            Errno errno;
            fixed (byte* p = rest)
                n = FileIo.Write(1, p, (nuint)rest.Length, out errno);
            if (n >= 0)
                rest = rest[(int)n..];
            else if (errno == Errno.EPIPE)
                return;
            else if (errno != Errno.EINTR)
                throw new StartupException($"standard output cannot be written to: {errno}");
        }
    }
}
