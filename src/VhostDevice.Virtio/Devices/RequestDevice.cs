// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Virtio.Devices;

/// <summary>
/// A device that answers every request at once: all it has to say is <see cref="Answer"/>. One that has other queues besides
/// serves those itself, and leaves the requests to this class.
/// </summary>
public abstract class RequestDevice : VirtioDevice
{
    public override void ServeQueue(Virtqueue queue)
    {
        while (queue.TryPop(out DescriptorChain? request))
        {
            uint written = 0;
            try
            {
                written = Answer(queue, request);
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                queue.Counters.Errors++;
                Host.ReportFault(fault);
            }

            queue.Complete(request, written);
        }
    }

    /// <summary>Serves one request.</summary>
    /// <returns>Bytes written to the request's writable part, from its start. 0 for one that makes no sense and has no status.</returns>
    protected abstract uint Answer(Virtqueue queue, DescriptorChain request);
}
