// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>
/// The names of the sockets on which this process listens for front-ends, whichever server it is: two connections that
/// hold each other's ends are as bad as one that holds its own. For any thread.
/// </summary>
internal static class OwnListeners
{
    private static readonly Lock s_gate = new();
    private static readonly List<byte[]> s_names = [];

    internal static void Add(OwnedFd listener)
    {
        if (UnixSocket.Name(listener.Fd, out byte[] name).IsError || name.Length == 0)
            return;
        using Lock.Scope gate = s_gate.EnterScope();
        s_names.Add(name);
    }

    internal static void Remove(OwnedFd listener)
    {
        if (UnixSocket.Name(listener.Fd, out byte[] name).IsError)
            return;
        using Lock.Scope gate = s_gate.EnterScope();
        int at = s_names.FindIndex(n => n.AsSpan().SequenceEqual(name));
        if (at >= 0)
            s_names.RemoveAt(at);
    }

    /// <summary>Whether a socket whose peer has this name is connected to one of them.</summary>
    internal static bool Contains(byte[] peer)
    {
        using Lock.Scope gate = s_gate.EnterScope();
        return peer.Length > 0 && s_names.Exists(n => n.AsSpan().SequenceEqual(peer));
    }
}
