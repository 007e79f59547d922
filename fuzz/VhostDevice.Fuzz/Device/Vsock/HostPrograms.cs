// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Net.Sockets;
using VhostDevice.Fuzz.Ring;

namespace VhostDevice.Fuzz.Device.Vsock;

/// <summary>
/// Programs of the host that a guest reaches: one that takes streams, one that takes messages, and such as connect to the guest.
/// Nothing here waits.
/// </summary>
internal sealed class HostPrograms : IDisposable
{
    internal const uint StreamPort = 1;
    internal const uint MessagePort = 2;

    private const int MostSockets = 12;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fuzz-vsock-");
    private readonly Socket[] _listeners;
    private readonly List<Socket> _sockets = [];
    private readonly byte[] _buffer = new byte[8192];

    internal HostPrograms()
    {
        SocketPath = Path.Combine(_folder.FullName, "v");
        _listeners = [Listen(StreamPort, SocketType.Stream), Listen(MessagePort, SocketType.Seqpacket)];
    }

    /// <summary>Where the device listens, and with an underscore and a port behind it where these do.</summary>
    internal string SocketPath { get; }

    /// <summary>Connections that were taken since the last <see cref="Forget"/>.</summary>
    internal int Taken { get; private set; }

    /// <summary>Takes the connection that waits, if there is one.</summary>
    /// <param name="which">Even: a stream; odd: one of messages.</param>
    internal Socket? Take(int which)
    {
        Socket listener = _listeners[which % _listeners.Length];
        if (!listener.Poll(0, SelectMode.SelectRead))
            return null;
        Taken++;
        return Keep(listener.Accept());
    }

    /// <summary>A program connects and says something, most likely where it wants to go.</summary>
    internal void Greet(string text)
    {
        Socket socket = Keep(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified));
        socket.Blocking = false;
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(SocketPath));
        }
        catch (SocketException)
        {
            // The device has more to take than its backlog holds.
            return;
        }

        _ = socket.Send(System.Text.Encoding.ASCII.GetBytes(text), SocketFlags.None, out _);
    }

    internal void Act(ref ScriptReader script)
    {
        byte what = script.Byte();
        byte which = script.Byte();
        if ((what & 7) == 0)
        {
            _ = Take(which);
            return;
        }

        if (_sockets.Count == 0)
            return;
        Socket socket = _sockets[which % _sockets.Count];
        int length = 1 + ((what >> 3) * 250);
        switch (what & 7)
        {
            case 1 or 2:
                _ = socket.Send(_buffer, 0, length, SocketFlags.None, out _);
                break;
            case 3 or 4:
                _ = socket.Receive(_buffer, 0, length, SocketFlags.None, out _);
                break;
            case 5:
                Shut(socket, SocketShutdown.Send);
                break;
            case 6:
                Shut(socket, SocketShutdown.Receive);
                break;
            default:
                _sockets.Remove(socket);
                socket.Dispose();
                break;
        }
    }

    /// <summary>Everything that an input left behind.</summary>
    internal void Forget()
    {
        for (int i = 0; i < _listeners.Length; i++)
        {
            while (Take(i) is { } waiting)
                _ = waiting;
        }

        foreach (Socket socket in _sockets)
            socket.Dispose();
        _sockets.Clear();
        Taken = 0;
    }

    public void Dispose()
    {
        Forget();
        foreach (Socket listener in _listeners)
            listener.Dispose();
        _folder.Delete(recursive: true);
    }

    private static void Shut(Socket socket, SocketShutdown how)
    {
        try
        {
            socket.Shutdown(how);
        }
        catch (SocketException)
        {
            // The other side was faster.
        }
    }

    private Socket Listen(uint port, SocketType type)
    {
        Socket socket = new(AddressFamily.Unix, type, ProtocolType.Unspecified) { Blocking = false };
        socket.Bind(new UnixDomainSocketEndPoint($"{SocketPath}_{port}"));
        socket.Listen(64);
        return socket;
    }

    private Socket Keep(Socket socket)
    {
        socket.Blocking = false;
        if (_sockets.Count == MostSockets)
        {
            _sockets[0].Dispose();
            _sockets.RemoveAt(0);
        }

        _sockets.Add(socket);
        return socket;
    }
}
