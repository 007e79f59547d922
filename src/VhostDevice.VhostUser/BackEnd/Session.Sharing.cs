// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>
/// The commonest first mistake: a VMM whose guest has memory of its own, which no other process sees. Either no memory
/// comes at all (QEMU without a memory backend), or a file that the guest does not write to (share=off).
/// </summary>
internal sealed partial class Session
{
    private const string Advice = "QEMU: -object memory-backend-memfd,id=mem,size=…,share=on -machine memory-backend=mem; "
        + "Cloud Hypervisor: --memory size=…,shared=on";

    private LoopTimer? _memoryTimer;
    private string? _sharingProblem;

    /// <summary>A ring has all that it needs but memory. The order of set-up is free, so some time is left for it.</summary>
    internal void RingWaitsForMemory()
    {
        if (_sharingProblem is not null || _memoryTimer is { IsSet: true })
            return;
        if (_memoryTimer is not null || Loop.CreateTimer(MemoryIsMissing, out _memoryTimer).IsSuccess)
            _memoryTimer!.Start(_server.MemoryPatience);
    }

    /// <summary>A ring was kicked again and again, and never had anything in it. From the ring's loop.</summary>
    internal void RingIsKickedInVain() => OnLoop(MemoryIsNotShared);

    private void MemoryIsMissing()
    {
        if (Memory.Regions.IsEmpty)
            Tell("the VMM shares no memory of its guest, which will wait for ever");
    }

    private void MemoryIsNotShared() =>
        Tell("the guest says that it has requests, but none are seen: its memory is most likely not shared, and it will wait for ever");

    private void Tell(string problem)
    {
        if (_ended || _sharingProblem is not null)
            return;
        _sharingProblem = problem;
        Log.LogWarning("{Problem}. Write on the command line of {Advice}", problem, Advice);
    }
}
