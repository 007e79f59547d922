// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Program.Hosting;

/// <summary>A socket to serve: one that this process made at a path, or one that it inherited.</summary>
internal sealed class ListeningSocket : IDisposable
{
    private readonly bool _ownsPath;

    private ListeningSocket(string name, OwnedFd fd, bool isConnected, bool ownsPath)
    {
        Name = name;
        Fd = fd;
        IsConnected = isConnected;
        _ownsPath = ownsPath;
    }

    /// <summary>The path, or "fd N".</summary>
    internal string Name { get; }

    internal OwnedFd Fd { get; }

    /// <summary>The path that is removed at the end, if there is one.</summary>
    internal string? OwnPath => _ownsPath ? Name : null;

    /// <summary>Whether a front-end is on the other side already, so that there will be only this one.</summary>
    internal bool IsConnected { get; }

    /// <summary>Listens at a path. A socket that nobody listens on any more is replaced.</summary>
    /// <param name="option">The option that names the path.</param>
    internal static ListeningSocket Create(string path, string option = "--socket-path")
    {
        RemoveStale(path, option);
        Errno errno = UnixSocket.Listen(path, out OwnedFd? fd);
        if (errno.IsError)
            throw new StartupException(Explain(path, option, errno));
        return new ListeningSocket(path, fd!, isConnected: false, ownsPath: true);
    }

    /// <summary>Takes over an inherited descriptor: a listening or a connected Unix stream socket.</summary>
    internal static ListeningSocket Inherit(int number)
    {
        Errno errno = UnixSocket.Inspect(number, out bool isUnixStream, out bool isListening);
        if (errno == Errno.EBADF)
            throw new StartupException($"file descriptor {number} is not open: it must be inherited from the program that starts this one");
        if (errno.IsError || !isUnixStream)
            throw new StartupException($"file descriptor {number} is no Unix stream socket inherited from the program that starts this one");
        _ = Files.SetNonBlocking(number);
        return new ListeningSocket($"fd {number}", new OwnedFd(number), !isListening, ownsPath: false);
    }

    public void Dispose()
    {
        // Others may still try to connect: the name goes first, then the socket.
        if (_ownsPath)
            _ = Files.Unlink(Name);
        Fd.Dispose();
    }

    private static void RemoveStale(string path, string option)
    {
        if (Files.Stat(path, out FileFacts facts).IsError)
            return; // does not exist, or bind will say what is wrong
        if (facts.Kind != FileKind.Socket)
            throw new StartupException($"{path} exists and is no socket: remove it or choose another {option}");
        Errno errno = UnixSocket.Connect(path, nonBlocking: true, out OwnedFd? connection);
        connection?.Dispose();
        // EAGAIN: somebody does listen, and more want to connect than there is room for.
        if (errno.IsSuccess || errno == Errno.EAGAIN)
            throw new StartupException($"another program listens on {path}: stop it or choose another {option}");
        if (errno == Errno.ECONNREFUSED)
            _ = Files.Unlink(path);
    }

    private static string Explain(string path, string option, Errno errno)
    {
        string directory = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
        if (errno == Errno.ENOENT)
            return $"cannot listen on {path}: the directory {directory} does not exist";
        if (errno == Errno.EACCES)
            return $"cannot listen on {path}: no permission to write to {directory}";
        if (errno == Errno.EADDRINUSE)
            return $"{path} exists and cannot be replaced: remove it or choose another {option}";
        if (errno == Errno.ENAMETOOLONG)
            return $"cannot listen on {path}: a socket path has at most {UnixSocket.MaxPathBytes} bytes";
        return $"cannot listen on {path}: {errno}";
    }
}
