// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Net.Sockets;

namespace VhostDevice.Bench.BackEnds;

/// <summary>The service manager's end of sd_notify(3), which tells to the microsecond when a daemon is ready.</summary>
internal sealed class ReadySocket : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    internal ReadySocket(string path)
    {
        Path = path;
        _socket.Bind(new UnixDomainSocketEndPoint(path));
    }

    internal string Path { get; }

    /// <summary>Waits for READY=1; false when the time is over.</summary>
    internal bool Wait(TimeSpan patience)
    {
        Span<byte> message = stackalloc byte[256];
        _socket.ReceiveTimeout = (int)patience.TotalMilliseconds;
        try
        {
            while (true)
            {
                int n = _socket.Receive(message);
                if (message[..n].IndexOf("READY=1"u8) >= 0)
                    return true;
            }
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        File.Delete(Path);
    }
}
