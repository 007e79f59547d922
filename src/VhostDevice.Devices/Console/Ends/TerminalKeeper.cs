// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console.Ends;

/// <summary>
/// Gives a terminal its mode back when this process was killed and could not: a shell that waits on a socket, and runs stty(1)
/// when the socket is closed without a word. Only as good as there are a shell and stty.
/// </summary>
internal sealed class TerminalKeeper : IDisposable
{
    private readonly OwnedFd _socket;

    private TerminalKeeper(OwnedFd socket) => _socket = socket;

    /// <summary>Begins to keep the mode that a terminal had when it was opened; null where that cannot be done.</summary>
    /// <param name="fd">The terminal.</param>
    internal static TerminalKeeper? Start(Terminal terminal, int fd)
    {
        if (SymbolicLink.Read($"/proc/self/fd/{fd}", out string path).IsError || path.AsSpan().ContainsAny("' \\"))
            return null;
        // Keys that send signals do none of that in raw mode; whoever signals the whole group means the others.
        string command = $"trap '' INT HUP TERM QUIT; read -r word || exec stty '{terminal.SavedMode}' <'{path}' >/dev/null 2>&1";
        return ChildProgram.StartShell(command, out OwnedFd? socket).IsSuccess ? new TerminalKeeper(socket!) : null;
    }

    /// <summary>The terminal has its mode already.</summary>
    public unsafe void Dispose()
    {
        if (_socket.IsClosed)
            return;
        byte* word = stackalloc byte[] { (byte)'x', (byte)'\n' };
        _ = FileIo.Write(_socket.Fd, word, 2, out _);
        _socket.Dispose();
    }
}
