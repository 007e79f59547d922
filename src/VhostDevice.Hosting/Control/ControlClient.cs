// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;
using VhostDevice.Linux;

namespace VhostDevice.Hosting.Control;

/// <summary>The other end of a <see cref="ControlSocket"/>.</summary>
internal static unsafe class ControlClient
{
    /// <summary>Longer than any request takes; opening an image on a slow network file system is the slowest.</summary>
    private const int PatienceMilliseconds = 30_000;

    private const int ForEver = -1;

    /// <summary>Asks, and writes the answer line by line; with <paramref name="stay"/>, what comes after it as well, until the daemon ends.</summary>
    /// <param name="what">Who is asked, for messages.</param>
    /// <param name="hint">Another way to name the socket.</param>
    /// <exception cref="StartupException">There is nobody, or he refuses, or says nothing for half a minute.</exception>
    internal static int Ask(string what, string path, string request, bool stay, Action<string> write, string hint = "")
    {
        using OwnedFd socket = Connect(what, path, hint);
        Send(socket, path, request + "\n");
        StringBuilder line = new();
        byte[] buffer = new byte[4096];
        Decoder decoder = Encoding.UTF8.GetDecoder();
        char[] characters = new char[Encoding.UTF8.GetMaxCharCount(buffer.Length)];
        bool answered = false;
        while (true)
        {
            if (!EventFd.Wait(socket.Fd, answered ? ForEver : PatienceMilliseconds))
                throw NoAnswer(what, path);
            nint n;
            fixed (byte* p = buffer)
                n = FileIo.Read(socket.Fd, p, (nuint)buffer.Length, out Errno errno);
            if (n <= 0)
                return answered ? 0 : throw new StartupException($"the {what} on {path} ended before it answered");
            int count = decoder.GetChars(buffer, 0, (int)n, characters, 0);
            for (int i = 0; i < count; i++)
            {
                if (characters[i] != '\n')
                {
                    line.Append(characters[i]);
                    continue;
                }

                if (Take(line.ToString(), write))
                {
                    if (!stay)
                        return 0;
                    answered = true;
                }

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

    private static OwnedFd Connect(string what, string path, string hint)
    {
        Errno errno = UnixSocket.Connect(path, nonBlocking: true, out OwnedFd? connected);
        if (errno == Errno.EAGAIN)
            throw NoAnswer(what, path);
        if (errno.IsError)
        {
            throw new StartupException(errno == Errno.ENOENT || errno == Errno.ECONNREFUSED
                ? $"no {what} listens on {path}: start one with --control-socket {path}, or name the right socket with --control-socket{hint}"
                : $"cannot connect to {path}: {errno}");
        }

        _ = Files.SetBlocking(connected!.Fd);
        return connected;
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

    private static StartupException NoAnswer(string what, string path) =>
        new($"the {what} on {path} does not answer: it is busy or stopped, so try again or look at its log");
}
