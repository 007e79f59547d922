// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Text;
using VhostDevice.Linux;

namespace VhostDevice.Hosting.Sockets;

/// <summary>systemd's conventions: sockets handed over at start, and word of being ready.</summary>
internal static class ServiceManager
{
    private const int FirstListenFd = 3;

    private static OwnedFd? s_connection;

    /// <summary>Number of sockets that the service manager opened for this very process (sd_listen_fds(3)), or 0.</summary>
    internal static int ListenFds()
    {
        return int.TryParse(Environment.GetEnvironmentVariable("LISTEN_PID"), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
            && pid == Environment.ProcessId
            && int.TryParse(Environment.GetEnvironmentVariable("LISTEN_FDS"), NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            && count is > 0 and < 4096
            ? count
            : 0;
    }

    /// <summary>The sockets that it handed over.</summary>
    /// <exception cref="StartupException">One of them is no socket.</exception>
    internal static IReadOnlyList<ListeningSocket> Inherit()
    {
        ListeningSocket[] sockets = new ListeningSocket[ListenFds()];
        for (int i = 0; i < sockets.Length; i++)
            sockets[i] = ListeningSocket.Inherit(FirstListenFd + i);
        return sockets;
    }

    /// <summary>
    /// Connects to whoever asks to be told through NOTIFY_SOCKET (sd_notify(3)), as long as the process may still
    /// connect to anything. One that cannot be reached does not matter.
    /// </summary>
    internal static void Connect()
    {
        string? address = Environment.GetEnvironmentVariable("NOTIFY_SOCKET");
        if (!string.IsNullOrEmpty(address))
            _ = UnixSocket.ConnectDatagram(address, out s_connection);
    }

    /// <summary>Tells it something, for example <c>READY=1</c>.</summary>
    internal static unsafe void Notify(string state)
    {
        if (s_connection is null)
            return;
        byte[] data = Encoding.UTF8.GetBytes(state);
        fixed (byte* p = data)
            _ = FileIo.Write(s_connection.Fd, p, (nuint)data.Length, out _);
    }
}
