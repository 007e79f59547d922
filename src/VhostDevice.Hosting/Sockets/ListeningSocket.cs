// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Hosting.Sockets;

/// <summary>A socket to serve: one that this process made at a path, or one that it inherited.</summary>
public sealed class ListeningSocket : IDisposable
{
    // Those that this process made and still has. A program has a few, so a list will do.
    private static readonly List<ListeningSocket> s_made = [];

    private readonly string _option;
    private readonly bool _ownsPath;

    private ListeningSocket(string name, OwnedFd fd, bool isConnected, bool ownsPath, string option)
    {
        Name = name;
        Fd = fd;
        IsConnected = isConnected;
        _ownsPath = ownsPath;
        _option = option;
    }

    /// <summary>The path, or "fd N" for an inherited socket that has none.</summary>
    public string Name { get; }

    public OwnedFd Fd { get; }

    /// <summary>The path that is removed at the end, if there is one.</summary>
    public string? OwnPath => _ownsPath ? Name : null;

    /// <summary>Whether a front-end is on the other side already, so that there will be only this one.</summary>
    public bool IsConnected { get; }

    /// <summary>Listens at a path. A socket that nobody listens on any more is replaced.</summary>
    /// <param name="option">The option that names the path.</param>
    /// <param name="access">Who may connect; null: as the umask says.</param>
    /// <exception cref="StartupException">Nobody can listen there.</exception>
    public static ListeningSocket Create(string path, string option = "--socket-path", SocketAccess? access = null)
    {
        RemoveStale(path, option);
        Errno errno = UnixSocket.Listen(path, access, out OwnedFd? fd);
        if (errno.IsError)
            throw new StartupException(SocketPaths.Explain(path, option, access, errno));
        ListeningSocket made = new(path, fd!, isConnected: false, ownsPath: true, option);
        lock (s_made)
            s_made.Add(made);
        return made;
    }

    /// <summary>Takes over an inherited descriptor: a listening or a connected Unix stream socket.</summary>
    /// <exception cref="StartupException">It is no such socket.</exception>
    public static ListeningSocket Inherit(int number)
    {
        Errno errno = UnixSocket.Inspect(number, out bool isUnixStream, out bool isListening);
        if (errno == Errno.EBADF)
            throw new StartupException($"file descriptor {number} is not open: it must be inherited from the program that starts this one");
        if (errno.IsError || !isUnixStream)
            throw new StartupException($"file descriptor {number} is no Unix stream socket inherited from the program that starts this one");
        _ = Files.SetNonBlocking(number);
        string name = isListening && UnixSocket.PathOf(number) is { } path ? path : $"fd {number}";
        return new ListeningSocket(name, new OwnedFd(number), !isListening, ownsPath: false, "--fd");
    }

    public void Dispose()
    {
        // Others may still try to connect: the name goes first, then the socket.
        if (_ownsPath)
            _ = Files.Unlink(Name);
        lock (s_made)
            _ = s_made.Remove(this);
        Fd.Dispose();
    }

    private static void RemoveStale(string path, string option)
    {
        if (Files.Stat(path, out FileFacts facts).IsError)
            return; // does not exist, or bind will say what is wrong
        if (facts.Kind != FileKind.Socket)
            throw new StartupException($"{path} exists and is no socket: remove it or choose another {option}");
        lock (s_made)
        {
            if (s_made.Find(s => SocketPaths.IsSame(s.Name, path)) is { } own)
            {
                throw new StartupException(
                    own._option == option
                        ? $"two sockets have the path {path}: give each its own"
                        : $"{own._option} and {option} have the same socket, {path}: give each its own",
                    isUsage: true);
            }
        }

        // Its owner may not take connections any more; that is no reason to wait for him.
        Errno errno = UnixSocket.Connect(path, nonBlocking: true, out OwnedFd? connection);
        connection?.Dispose();
        if (errno.IsSuccess || errno == Errno.EAGAIN)
            throw new StartupException($"another program listens on {path}: stop it or choose another {option}");
        if (errno == Errno.ECONNREFUSED)
            _ = Files.Unlink(path);
    }
}
