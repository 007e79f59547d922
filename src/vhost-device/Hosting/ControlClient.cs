// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;
using VhostDevice.Linux;

namespace VhostDevice.Program.Hosting;

/// <summary>The other end of a <see cref="ControlSocket"/>.</summary>
internal static unsafe class ControlClient
{
    /// <summary>Asks, and writes the answer line by line; with <paramref name="stay"/>, what comes after it as well, until the daemon ends.</summary>
    /// <param name="what">Who is asked, for messages.</param>
    /// <param name="hint">Another way to name the socket.</param>
    /// <exception cref="StartupException">There is nobody, or he refuses.</exception>
    internal static int Ask(string what, string path, string request, bool stay, Action<string> write, string hint = "")
    {
        Errno errno = UnixSocket.Connect(path, out OwnedFd? connected);
        if (errno.IsError)
        {
            throw new StartupException(errno == Errno.ENOENT || errno == Errno.ECONNREFUSED
                ? $"no {what} listens on {path}: start one with --control-socket {path}, or name the right socket with --control-socket{hint}"
                : $"cannot connect to {path}: {errno}");
        }

        using OwnedFd socket = connected!;
        Send(socket, path, request + "\n");
        StringBuilder line = new();
        byte[] buffer = new byte[4096];
        Decoder decoder = Encoding.UTF8.GetDecoder();
        char[] characters = new char[Encoding.UTF8.GetMaxCharCount(buffer.Length)];
        while (true)
        {
            nint n;
            fixed (byte* p = buffer)
                n = FileIo.Read(socket.Fd, p, (nuint)buffer.Length, out errno);
            if (n <= 0)
                return stay ? 0 : throw new StartupException($"the {what} on {path} ended before it answered");
            int count = decoder.GetChars(buffer, 0, (int)n, characters, 0);
            for (int i = 0; i < count; i++)
            {
                if (characters[i] != '\n')
                {
                    line.Append(characters[i]);
                    continue;
                }

                if (Take(line.ToString(), write) && !stay)
                    return 0;
                line.Clear();
            }
        }
    }

    // True for the last line of an answer.
    private static bool Take(string line, Action<string> write)
    {
        if (line.StartsWith("error ", StringComparison.Ordinal))
            throw new StartupException(line["error ".Length..]);
        if (line.StartsWith("- ", StringComparison.Ordinal))
            write(line[2..]);
        return line == "ok";
    }

    private static void Send(OwnedFd socket, string path, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* p = bytes)
        {
            if (FileIo.Write(socket.Fd, p, (nuint)bytes.Length, out Errno errno) != bytes.Length)
                throw new StartupException($"cannot write to {path}: {errno}");
        }
    }
}
