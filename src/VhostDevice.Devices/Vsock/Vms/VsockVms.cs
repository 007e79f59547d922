// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Vsock.Settings;
using VhostDevice.Hosting;
using VhostDevice.Hosting.Kinds;
using VhostDevice.Linux.Sandbox;
using VhostDevice.Virtio.Devices;

namespace VhostDevice.Devices.Vsock.Vms;

/// <summary>All guests of the process. With one place for all, they may come and go on its loop's thread while that runs.</summary>
/// <param name="places">Of the guests that are there at the start; others go to the first.</param>
/// <param name="descriptors">How many this process may have open, which are shared out among the guests; 0: unknown.</param>
internal sealed class VsockVms(IReadOnlyList<VsockPlace> places, ulong descriptors, ILogger log) : IDisposable
{
    private readonly List<VsockVm> _vms = [];

    internal IReadOnlyList<VsockVm> All => _vms;

    /// <summary>Opens the host's sides.</summary>
    /// <exception cref="StartupException">One cannot be opened, or two have the same CID or path.</exception>
    internal void Open(IReadOnlyList<VsockSettings> all)
    {
        for (int i = 0; i < all.Count; i++)
            _ = Open(all[i], places[i]);
    }

    /// <inheritdoc cref="Open(IReadOnlyList{VsockSettings})"/>
    internal VsockVm Open(VsockSettings settings) => Open(settings, places[0]);

    /// <summary>Ends the host's side of a guest whose device is gone.</summary>
    internal void Close(VsockVm vm)
    {
        vm.Place.Hub.Remove(vm.Guest);
        _vms.Remove(vm);
        vm.Dispose();
        ShareDescriptors();
    }

    internal VsockVm? Find(ulong cid) => _vms.Find(v => v.Settings.GuestCid == cid);

    internal static Func<VirtioDevice> Maker(VsockVm vm, ILogger socketLog) => () => new VsockDevice(vm.Guest, vm.Place.Hub, socketLog);

    /// <summary>What the guests need of the sandbox.</summary>
    /// <param name="mayGrow">Guests may be added later on, with sockets in the folders that there are.</param>
    internal void Allow(Opening at, bool mayGrow)
    {
        foreach (VsockVm vm in _vms)
        {
            if (vm.OwnPath is { } uds)
                at.AllowFolderOf(uds, FolderRightsOf(mayGrow));
            if (mayGrow && vm.Settings.Socket is { } socket)
                at.AllowFolderOf(socket, FolderRightsOf(mayGrow));
        }
    }

    public void Dispose()
    {
        foreach (VsockVm vm in _vms)
            vm.Dispose();
    }

    private VsockVm Open(VsockSettings settings, VsockPlace place)
    {
        if (_vms.Exists(v => v.Settings.GuestCid == settings.GuestCid))
            throw new StartupException(
                $"CID already in use by another vsock device: {settings.GuestCid}; give each guest its own guest-cid",
                isUsage: true);
        if (_vms.Exists(v => v.Settings.Socket == settings.Socket))
            throw new StartupException($"two guests have the socket {settings.Socket}: give each its own", isUsage: true);
        VsockVm vm = VsockVm.Open(settings, place, log);
        _vms.Add(vm);
        _ = place.Hub.TryAdd(vm.Guest);
        ShareDescriptors();
        return vm;
    }

    private void ShareDescriptors()
    {
        foreach (VsockVm vm in _vms)
            vm.Guest.MaxConnections = DescriptorShare.Of(descriptors, _vms.Count);
    }

    private static FolderRights FolderRightsOf(bool mayGrow) =>
        FolderRights.RemoveFiles | FolderRights.ConnectSockets
        | (mayGrow ? FolderRights.MakeSockets : 0);
}
