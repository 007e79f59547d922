// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Template;

/// <summary>
/// A device to begin a new one with: one queue, whose requests are described in the log and given back empty. It is no
/// device type of virtio's.
/// </summary>
public sealed class TemplateDevice(ILogger log) : RequestDevice
{
    private ulong _requests;

    public override uint DeviceId => 0;

    public override int QueueCount => 1;

    protected override uint Answer(Virtqueue queue, DescriptorChain request)
    {
        _requests++;
        if (log.IsEnabled(LogLevel.Information))
            Describe(request);
        // A device that answers returns how much it has written.
        return 0;
    }

    private void Describe(DescriptorChain request)
    {
        log.LogInformation("request {Number}: {Count} pieces", _requests, request.Readable.Length + request.Writable.Length);
        int at = 0;
        foreach (ref readonly IoVec piece in request.Readable)
            log.LogInformation("  piece {Position}: read only, {Length} bytes", at++, (ulong)piece.Length);
        foreach (ref readonly IoVec piece in request.Writable)
            log.LogInformation("  piece {Position}: write only, {Length} bytes", at++, (ulong)piece.Length);
    }
}
