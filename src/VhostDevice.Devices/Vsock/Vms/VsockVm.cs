// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Vsock.Settings;
using VhostDevice.Hosting;
using VhostDevice.Hosting.Sockets;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Vsock.Vms;

/// <summary>A guest that is served: its settings, its sockets on the host's side, its place in the hub.</summary>
internal sealed class VsockVm : IDisposable
{
    private readonly ListeningSocket? _uds;

    private VsockVm(VsockSettings settings, VsockPlace place, IVsockHost host, ListeningSocket? uds)
    {
        Settings = settings;
        Place = place;
        _uds = uds;
        Guest = new VsockGuest(settings.GuestCid, settings.Groups, host)
        {
            BufferSize = settings.BufferSize,
            QueueSize = (ushort)settings.QueueSize,
        };
    }

    internal VsockSettings Settings { get; }

    internal VsockPlace Place { get; }

    internal VsockGuest Guest { get; }

    /// <summary>The path that is removed at the end, besides the front-end's socket.</summary>
    internal string? OwnPath => _uds?.OwnPath;

    /// <summary>Opens the host's side; it takes connections from now on.</summary>
    /// <exception cref="StartupException">It cannot be opened.</exception>
    internal static VsockVm Open(VsockSettings settings, VsockPlace place, ILogger log)
    {
        ListeningSocket? uds = settings.UdsPath is { } path ? ListeningSocket.Create(path, "--uds-path") : null;
        IVsockHost? host = null;
        try
        {
            host = uds is not null ? Hybrid(settings, uds, log) : Forward(settings, log);
            VsockVm made = new(settings, place, host, uds);
            Errno errno = host.Start(place.Loop, made.Guest);
            return errno.IsSuccess ? made : throw new StartupException($"the host's side of guest {settings.GuestCid} cannot be served: {errno}");
        }
        catch
        {
            host?.Dispose();
            uds?.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        // The name goes first, then the socket.
        _uds?.Dispose();
        Guest.Host.Dispose();
    }

    private static HybridHost Hybrid(VsockSettings settings, ListeningSocket uds, ILogger log)
    {
        Errno errno = UnixAddress.Create(settings.UdsPath + "_", out UnixAddress? ports);
        return errno.IsSuccess
            ? new HybridHost(uds.Fd, ports!, log)
            : throw new StartupException(
                $"--uds-path {settings.UdsPath} is too long: guests' connections go to PATH_PORT, and a socket path "
                    + $"has at most {UnixSocket.MaxPathBytes} bytes");
    }

    private static ForwardHost Forward(VsockSettings settings, ILogger log)
    {
        ForwardHost host = new(settings.ForwardCid!.Value, log);
        foreach (VsockPort port in settings.ForwardListen)
        {
            Errno errno = host.Listen(port.Number, port.Messages);
            if (errno.IsSuccess)
                continue;
            host.Dispose();
            throw new StartupException(errno == Errno.EADDRINUSE
                ? $"vsock port {port.Number} is in use: choose another --forward-listen"
                : $"nobody can listen on vsock port {port}: {errno}");
        }

        return host;
    }
}
