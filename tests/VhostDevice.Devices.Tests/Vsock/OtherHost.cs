// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Vsock;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Tests.Vsock;

/// <summary>Unix sockets that are treated as those of AF_VSOCK have to be.</summary>
internal sealed class OtherHost(IVsockHost inner) : IVsockHost
{
    public bool Greets => inner.Greets;

    public bool CutsMessages => true;

    public bool HidesClose => true;

    public bool Serves(ulong cid) => inner.Serves(cid);

    public Errno Connect(uint port, bool messages, WatchedFd target) => inner.Connect(port, messages, target);

    public Errno Start(EventLoop loop, VsockGuest guest) => inner.Start(loop, guest);

    public void Dispose() => inner.Dispose();
}
