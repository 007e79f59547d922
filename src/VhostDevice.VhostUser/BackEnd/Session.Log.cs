// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio;
using VhostDevice.Virtio.Memory;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>The dirty log: which pages of guest memory were written while the front-end migrates its guest.</summary>
internal sealed partial class Session
{
    private NotifyFd? _logCall;

    /// <summary>The log of this connection; without a bitmap until SET_LOG_BASE.</summary>
    internal DirtyLog DirtyLog { get; }

    /// <summary>Whether what the device writes into chains is marked. Rings say for themselves whether they are.</summary>
    internal bool LogsChains => (AcceptedFeatures & VirtioFeatures.LogAll) != 0;

    /// <summary>Tells the front-end that there is something in the log, if it wants to be told (SET_LOG_FD).</summary>
    internal void NotifyLog()
    {
        if (_logCall is not null && DirtyLog.TakeNews())
            _logCall.Signal();
    }

    // Also while rings run: when memory is added the bitmap must grow. Its content is the front-end's affair.
    private unsafe Outcome SetLogBase(Message m)
    {
        // Without LOG_SHMFD the payload is an address in the front-end's own memory, of no use here.
        if (m.Payload.Length != Unsafe.SizeOf<LogDescription>())
            return Outcome.Refused("SET_LOG_BASE does not describe shared memory");
        using OwnedFd? file = m.TakeFd();
        if (file is null)
            return Outcome.Refused("SET_LOG_BASE came without a file descriptor");
        if (!TryWatchMemory(out Errno errno))
            return Outcome.Refused($"SET_LOG_BASE: the front-end's memory cannot be guarded: {errno}");
        LogDescription log = m.As<LogDescription>();
        string name = $"dirty log of 0x{log.MmapSize:x} bytes";
        if (!SharedFile.TryMap(file, log.MmapOffset, log.MmapSize, name, _memoryAlarm?.Fd, out MemoryMapping? mapping, out _, out string problem))
            return Outcome.Refused($"SET_LOG_BASE: {problem}");
        DirtyLog.Open(mapping!.Address, mapping.Length, mapping);
        // Answered also when nobody asks for an acknowledgement: the front-end gives the former bitmap up then.
        Reply(m, 0UL);
        return Outcome.Replied;
    }

    private Outcome SetLogFd(OwnedFd? fd)
    {
        if (fd is null)
            return Outcome.Refused("SET_LOG_FD came without a file descriptor");
        if (!NotifyFd.TryCreate(Loop, fd, NotifyFds, out NotifyFd? made, out string problem))
            return Outcome.Refused($"SET_LOG_FD: {problem}");
        _logCall?.Dispose();
        _logCall = made;
        return Outcome.Done;
    }

    private void LogTooShort(ulong address) =>
        Log.LogWarning("the dirty log is too short for guest address {Address}: writes there are not in it", $"0x{address:x}");
}
