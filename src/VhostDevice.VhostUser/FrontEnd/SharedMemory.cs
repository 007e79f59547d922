// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.FrontEnd;

/// <summary>The shared memory regions of a device, with real mappings: serves SHMEM_MAP and SHMEM_UNMAP as a monitor does.</summary>
public sealed class SharedMemory : IBackEndRequestHandler, IDisposable
{
    private readonly SharedMemoryWindow?[] _windows;

    /// <param name="sizes">Bytes of each region by its id; 0 for one that is not there.</param>
    public SharedMemory(ReadOnlySpan<ulong> sizes)
    {
        _windows = new SharedMemoryWindow?[sizes.Length];
        for (int i = 0; i < sizes.Length; i++)
            _windows[i] = sizes[i] > 0 ? new SharedMemoryWindow(sizes[i]) : null;
    }

    /// <summary>How many ids there are, those without a region among them.</summary>
    public int Count => _windows.Length;

    /// <summary>The region of an id; null when there is none.</summary>
    public SharedMemoryWindow? this[int id] => id < _windows.Length ? _windows[id] : null;

    public bool TryServe(ReceivedMessage message, out ulong code, out OwnedFd? file)
    {
        file = null;
        code = 1;
        BackEndRequest request = (BackEndRequest)message.Header.Request;
        if (request is not (BackEndRequest.ShmemMap or BackEndRequest.ShmemUnmap))
            return false;
        ShmemMapping mapping = message.Read<ShmemMapping>();
        if (this[(int)(mapping.RegionIdAndPadding & 0xff)] is not { } window)
            return true;
        using OwnedFd? source = message.TakeFd();
        Errno errno = (request, source) switch
        {
            (BackEndRequest.ShmemUnmap, _) => window.Unmap(mapping.RegionOffset, mapping.Length),
            (_, null) => Errno.EBADF,
            _ => window.Map(mapping.RegionOffset, mapping.Length, source, mapping.FdOffset, (mapping.Flags & ShmemMapping.ReadWrite) != 0),
        };
        code = errno.IsSuccess ? 0UL : 1UL;
        return true;
    }

    /// <summary>The device was reset: nothing is mapped any more.</summary>
    public void Clear()
    {
        foreach (SharedMemoryWindow? window in _windows)
            window?.Clear();
    }

    public void Dispose()
    {
        foreach (SharedMemoryWindow? window in _windows)
            window?.Dispose();
    }
}
