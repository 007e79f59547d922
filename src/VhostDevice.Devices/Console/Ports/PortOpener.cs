// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Console.Ends;
using VhostDevice.Hosting;
using VhostDevice.Hosting.Sockets;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console.Ports;

/// <summary>Opens what ports are connected with.</summary>
/// <param name="option">What names a port, for messages.</param>
internal sealed class PortOpener(string option, ILogger log)
{
    /// <summary>Makes the daemon's standard input and output a port's.</summary>
    internal Func<PortEnd>? Standard { get; init; }

    /// <summary>Whether programs can be started: not in the sandbox.</summary>
    internal bool MayStartPrograms { get; set; } = true;

    /// <summary>What makes the kernel deny something, for messages.</summary>
    internal string DeniedHint { get; set; } = "";

    /// <exception cref="StartupException">It cannot be had.</exception>
    internal PortEnd Open(PortSettings port) => port.End switch
    {
        EndKind.Standard => Standard?.Invoke() ?? throw new StartupException("stdio is for ports of the daemon's command line", isUsage: true),
        EndKind.PseudoTerminal => OpenPseudoTerminal(port.Target),
        EndKind.Unix => OpenUnix(port.Target),
        EndKind.UnixClient => new ConnectEnd(port.Target),
        EndKind.Tcp => OpenTcp(port.Target, takesOver: true),
        EndKind.File => OpenFile("file:" + port.Target, port, drops: false),
        EndKind.Log => OpenFile("log:" + port.Target, port, drops: true),
        EndKind.Program => OpenProgram(port.Target),
        _ => new NullEnd(),
    };

    /// <summary>Listens at an address, for one client after the other.</summary>
    /// <param name="address">ADDRESS:PORT; an IPv6 address in brackets.</param>
    /// <param name="takesOver">As <see cref="ListenEnd"/> has it.</param>
    internal ListenEnd OpenTcp(string address, bool takesOver)
    {
        if (!TrySplit(address, out string host, out ushort port))
            throw NoAddress(address);
        Errno errno = TcpSocket.Listen(host, port, out OwnedFd? listener);
        if (errno == Errno.EINVAL)
            throw NoAddress(address);
        if (errno == Errno.EADDRINUSE)
            throw new StartupException($"cannot listen on {address}: another program has this port; choose another one");
        if (errno.IsError)
            throw new StartupException($"cannot listen on {address}: {errno}{Hint(errno)}");
        string name = port == 0 ? address[..^1] + TcpSocket.LocalPort(listener!.Fd).ToString(CultureInfo.InvariantCulture) : address;
        return new ListenEnd("tcp:" + name, listener!, listener!, takesOver, isTcp: true);
    }

    private static StartupException NoAddress(string address) =>
        new($"'{address}' is no address to listen at: 127.0.0.1:4000, [::1]:4000 or localhost:4000", isUsage: true);

    // ADDRESS:PORT, with brackets around an address that has colons.
    private static bool TrySplit(string text, out string host, out ushort port)
    {
        int colon = text.LastIndexOf(':');
        host = colon < 0 ? "" : text[..colon];
        if (host is ['[', .., ']'])
            host = host[1..^1];
        else if (host.Contains(':', StringComparison.Ordinal))
            host = "";
        if (host == "localhost")
            host = "127.0.0.1";
        return ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) && host.Length > 0;
    }

    private ListenEnd OpenUnix(string path)
    {
        ListeningSocket socket = ListeningSocket.Create(path, option);
        return new ListenEnd("unix:" + path, socket.Fd, socket, takesOver: false, isTcp: false);
    }

    private PseudoTerminalEnd OpenPseudoTerminal(string link)
    {
        Errno errno = Terminal.CreatePair(out OwnedFd? master, out string path);
        if (errno.IsError)
            throw new StartupException($"there is no pseudo-terminal: {errno}{Hint(errno)}");
        errno = OpenNotice.Create(path, out OwnedFd? notice);
        if (errno.IsSuccess && link.Length > 0)
            errno = Link(link, path);
        if (errno.IsSuccess)
            return new PseudoTerminalEnd(master!, path, notice!, link.Length > 0 ? link : null);
        master!.Dispose();
        notice?.Dispose();
        throw new StartupException(
            errno == Errno.EEXIST ? $"{link} exists and is no link to a pseudo-terminal: remove it or choose another name"
            : notice is null ? $"opens of {path} cannot be watched: {errno}"
            : $"{link} cannot be made a link to {path}: {errno}{Hint(errno)}");
    }

    // A link that a predecessor left is replaced.
    private static Errno Link(string link, string path)
    {
        if (SymbolicLink.Read(link, out string before).IsSuccess && before.StartsWith("/dev/pts/", StringComparison.Ordinal))
            _ = Files.Unlink(link);
        return SymbolicLink.Create(link, path);
    }

    private FileEnd OpenFile(string description, PortSettings port, bool drops)
    {
        LogFile file = new(port.Target, port.Max, port.Keep);
        Errno errno = file.Open();
        if (errno == Errno.EINVAL)
            throw new StartupException($"{port.Target} exists and is no ordinary file: choose another name");
        if (errno.IsError)
            throw new StartupException($"{port.Target} cannot be opened for writing: {errno}{Hint(errno)}");
        return new FileEnd(description, file, drops, log);
    }

    private ProgramEnd OpenProgram(string command)
    {
        if (!MayStartPrograms)
            throw new StartupException("a running daemon starts no programs: its sandbox does not let it; name the port on its command line");
        Errno errno = ChildProgram.StartShell(command, out OwnedFd? socket);
        return errno.IsSuccess ? new ProgramEnd(command, socket!) : throw new StartupException($"/bin/sh cannot be started: {errno}");
    }

    private string Hint(Errno errno) => errno == Errno.EACCES || errno == Errno.EPERM ? DeniedHint : "";
}
