// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>The record of requests in flight, which outlives this process with the front-end ("Inflight I/O tracking").</summary>
internal sealed partial class Session
{
    /// <summary>Where rings that start from now on keep their record; null: nowhere.</summary>
    internal InflightArea? Inflight { get; private set; }

    /// <summary>
    /// Whether a message stops rings with requests in flight. Once GET_VRING_BASE_SKIP_DRAIN is agreed upon, that message
    /// says so each time; before there was one, all stops were meant.
    /// </summary>
    private bool Suspends(FrontEndRequest request) => SuspendsInFlight
        && (request == FrontEndRequest.GetVringBaseSkipDrain || (_acceptedProtocol & ProtocolFeatures.GetVringBaseSkipDrain) == 0);

    /// <summary>A ring may stop with requests in flight, which the record carries over to whoever starts it again.</summary>
    internal bool SuspendsInFlight =>
        Inflight is not null && (_acceptedProtocol & InflightFeatures) == InflightFeatures;

    private static ProtocolFeatures InflightFeatures => ProtocolFeatures.InflightShmfd | ProtocolFeatures.GetVringBaseInflight;

    internal bool IsPacked => (AcceptedFeatures & VirtioFeatures.RingPacked) != 0;

    private Outcome GetInflightFd(Message m)
    {
        InflightDescription wanted = ReadInflight(m);
        if (wanted.QueueCount == 0 || wanted.QueueCount > _rings.Length || wanted.QueueSize == 0 || wanted.QueueSize > Device.MaxQueueSize)
        {
            return Outcome.Refused(
                $"GET_INFLIGHT_FD for {wanted.QueueCount} queues of {wanted.QueueSize}: up to {_rings.Length} of "
                    + $"{Device.MaxQueueSize} were expected");
        }

        Errno errno = InflightArea.Create(ref wanted, IsPacked, out OwnedFd? file);
        if (errno.IsError)
            return Outcome.Refused($"GET_INFLIGHT_FD: no shared memory can be made: {errno}");
        using (file)
            Reply(m, MemoryMarshal.AsBytes(new ReadOnlySpan<InflightDescription>(in wanted)), file);
        return Outcome.Replied;
    }

    // A ring that runs keeps the record that it has. QEMU sends this before anything about rings, others after it.
    private Outcome SetInflightFd(Message m)
    {
        if (!InflightArea.TryMap(ReadInflight(m), IsPacked, m.TakeFd(), _memoryAlarm?.Fd, out InflightArea? area, out string problem))
            return Outcome.Refused($"SET_INFLIGHT_FD: {problem}");
        Inflight?.Release();
        Inflight = area;
        return Outcome.Done;
    }

    // Some send the structure without the padding at its end.
    private static InflightDescription ReadInflight(Message m)
    {
        Span<byte> bytes = stackalloc byte[Unsafe.SizeOf<InflightDescription>()];
        bytes.Clear();
        m.Payload.CopyTo(bytes);
        return MemoryMarshal.Read<InflightDescription>(bytes);
    }

    private void ForgetInflight()
    {
        Inflight?.Forget(IsPacked);
        Inflight?.Release();
        Inflight = null;
    }
}
