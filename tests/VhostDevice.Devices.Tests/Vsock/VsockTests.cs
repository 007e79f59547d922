// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Net.Sockets;
using VhostDevice.TestKit;

namespace VhostDevice.Devices.Tests.Vsock;

/// <summary>Tests whose host programs use the runtime's sockets: those open an epoll of their own once, for good.</summary>
public abstract class VsockTests : LeakChecked
{
    static VsockTests()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("vsock-");
        UnixDomainSocketEndPoint place = new(Path.Combine(folder.FullName, "s"));
        using (Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        using (Socket client = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 1 })
        {
            listener.Bind(place);
            listener.Listen(1);
            client.Connect(place);
            try
            {
                client.Receive(new byte[1]);
            }
            catch (SocketException nothing) when (nothing.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
            {
                // What it opens for such waits is there now.
            }
        }

        folder.Delete(recursive: true);
    }
}
