// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Vsock;
using VhostDevice.Devices.Vsock.Settings;
using VhostDevice.Linux;
using VhostDevice.Linux.Sandbox;
using VhostDevice.Program.Hosting;
using VhostDevice.Program.Sandbox;
using VhostDevice.Virtio.Devices;

namespace VhostDevice.Program.Vsock;

/// <summary>All guests of the process, on one loop, so that they reach each other. On that loop's thread, once it runs.</summary>
internal sealed class VsockVms(EventLoop loop, ILogger log) : IDisposable
{
    private readonly VsockHub _hub = new();
    private readonly List<VsockVm> _vms = [];

    internal IReadOnlyList<VsockVm> All => _vms;

    /// <summary>Opens the host's sides.</summary>
    /// <exception cref="StartupException">One cannot be opened, or two have the same CID or path.</exception>
    internal void Open(IReadOnlyList<VsockSettings> all)
    {
        foreach (VsockSettings settings in all)
            _ = Open(settings);
    }

    /// <inheritdoc cref="Open(IReadOnlyList{VsockSettings})"/>
    internal VsockVm Open(VsockSettings settings)
    {
        if (_vms.Exists(v => v.Settings.GuestCid == settings.GuestCid))
            throw new StartupException($"CID already in use by another vsock device: {settings.GuestCid}; give each guest its own guest-cid");
        if (_vms.Exists(v => v.Settings.Socket == settings.Socket))
            throw new StartupException($"two guests have the socket {settings.Socket}: give each its own");
        VsockVm vm = VsockVm.Open(settings, loop, log);
        _vms.Add(vm);
        _ = _hub.TryAdd(vm.Guest);
        return vm;
    }

    /// <summary>Ends the host's side of a guest whose device is gone.</summary>
    internal void Close(VsockVm vm)
    {
        _hub.Remove(vm.Guest);
        _vms.Remove(vm);
        vm.Dispose();
    }

    internal VsockVm? Find(ulong cid) => _vms.Find(v => v.Settings.GuestCid == cid);

    internal Func<VirtioDevice> Maker(VsockVm vm, ILogger socketLog) => () => new VsockDevice(vm.Guest, _hub, socketLog);

    /// <summary>What the guests need of the sandbox.</summary>
    /// <param name="mayGrow">Guests may be added later on, with sockets in the folders that there are.</param>
    internal void Allow(ProcessSandbox sandbox, bool mayGrow)
    {
        foreach (VsockVm vm in _vms)
        {
            if (vm.OwnPath is { } uds)
                sandbox.AllowFolderOf(uds, FolderRightsOf(mayGrow));
            if (mayGrow && vm.Settings.Socket is { } socket)
                sandbox.AllowFolderOf(socket, FolderRightsOf(mayGrow));
        }
    }

    public void Dispose()
    {
        foreach (VsockVm vm in _vms)
            vm.Dispose();
    }

    private static FolderRights FolderRightsOf(bool mayGrow) =>
        FolderRights.RemoveFiles | FolderRights.ConnectSockets
        | (mayGrow ? FolderRights.MakeSockets : 0);
}
